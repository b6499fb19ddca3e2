//! What time the server has, as far as this client needs to know (rules C1–C3): requests carry a signed `Date`, and one
//! that is minutes off is refused. Only a 401 may prove the local clock wrong; everything else at most lets a
//! correction drift. Reads no clock, parses no header, sends nothing.

use core::ops::RangeInclusive;

/// A difference of more than this, in ms, explains a 401; anything up to it is noise (C1, C2).
pub(crate) const WRONG_MS: u64 = 60_000;
/// `Date` counts whole seconds: a difference up to this, in ms, says nothing (C3).
const NOISE_MS: u64 = 1_000;
/// Further apart, in ms, from the server's clock no signature is accepted: a send that counted was signed by a clock that is closer.
pub(crate) const REFUSED_MS: u64 = 20 * 60_000;
/// The share of a difference by which an offset drifts: one late answer hardly matters, a clock that runs fast does.
const DRIFT_SHARE: i64 = 8;

/// The offset between the local wall clock and the server's, shared by all calls of a client. Starts at 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset_ms: i64,
    adopted: bool,
    /// Counts adoptions and restorations, so that a call takes back only its own.
    changes: u64,
}

/// What one exchange has shown of the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Server time minus the host's, ms.
    pub offset_ms: i64,
    /// The least that it can be, ms, beyond what counts as noise: a slow exchange shows little, because the `Date` is as likely
    /// from its end.
    pub lowest_ms: i64,
    /// The most that it can be, ms.
    pub highest_ms: i64,
}

impl Shown {
    /// This, seen after `earlier`: whoever answered before may have shown the server's clock just as well.
    #[must_use]
    pub fn after(self, earlier: Option<Self>) -> Self {
        let earlier = earlier.unwrap_or(self);
        Self {
            lowest_ms: earlier.lowest_ms.min(self.lowest_ms),
            highest_ms: earlier.highest_ms.max(self.highest_ms),
            ..self
        }
    }

    /// The least and the most that it can be, ms, if the server has accepted one of the requests that were signed with these offsets,
    /// ms: what lies further from them was another's clock.
    #[must_use]
    pub fn among(self, signed: RangeInclusive<i64>) -> (i64, i64) {
        let least = signed.start().saturating_sub_unsigned(REFUSED_MS);
        let most = signed.end().saturating_add_unsigned(REFUSED_MS);
        (
            if self.lowest_ms > most { least } else { self.lowest_ms.max(least) },
            if self.highest_ms < least { most } else { self.highest_ms.min(most) },
        )
    }
}

/// The times of one exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The response's `Date`, unix ms; `None` when it is missing or cannot be read.
    pub date_ms: Option<u64>,
    /// Whether the response carried `Age`: a cache answered, and its `Date` says nothing.
    pub aged: bool,
    /// The monotonic tick (ms) at which the request was handed over.
    pub sent_tick: u64,
    /// The monotonic tick (ms) at which the response was complete.
    pub received_tick: u64,
    /// The local wall clock when the response was complete, unix ms.
    pub received_unix_ms: u64,
}

/// What a 401 says about the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not the clock: the keys, the signature or the environment are wrong.
    NotTheClock,
    /// The request was signed with an offset that has been corrected since: sign again with the current one (C2).
    SignAgain,
    /// The clock was wrong and the offset has been adopted: repeat once. If that is a 401 too, pass this to
    /// [`Clock::restore`].
    Adopted(Previous),
}

/// The offset that an adoption replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    offset_ms: i64,
    adopted: bool,
    after_change: u64,
}

impl Clock {
    /// The current offset in ms: server time minus local time.
    #[must_use]
    pub const fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// The server's time, unix ms, when the local wall clock shows `unix_ms`.
    #[must_use]
    pub const fn now(&self, unix_ms: u64) -> u64 {
        unix_ms.saturating_add_signed(self.offset_ms)
    }

    /// Whether a request that was signed with this offset (ms) has to be signed again (C2).
    #[must_use]
    pub const fn stale(&self, signed_offset_ms: i64) -> bool {
        self.offset_ms.abs_diff(signed_offset_ms) > WRONG_MS
    }

    /// Judges a 401 (C1, C2). `signed_date_ms` is the `Date` that was signed (unix ms), `signed_offset_ms` the offset
    /// that it was made with.
    pub fn unauthenticated(
        &mut self,
        signed_date_ms: u64,
        signed_offset_ms: i64,
        exchange: &Exchange,
    ) -> Verdict {
        let apart = exchange.date().map(|date| date.abs_diff(signed_date_ms.saturating_add(exchange.half())));
        let was_right = apart.is_some_and(|apart| apart <= WRONG_MS);
        match exchange.offset_ms() {
            _ if was_right => Verdict::NotTheClock,
            _ if self.stale(signed_offset_ms) => Verdict::SignAgain,
            None => Verdict::NotTheClock,
            Some(offset_ms) => {
                let after_change = self.changes.saturating_add(1);
                let previous = Previous { offset_ms: self.offset_ms, adopted: self.adopted, after_change };
                *self = Self { offset_ms, adopted: true, changes: after_change };
                Verdict::Adopted(previous)
            }
        }
    }

    /// Takes an adoption back because the repeated request was a 401 too (C1), unless another call has changed the
    /// offset since. Drift is no such change.
    pub fn restore(&mut self, previous: &Previous) {
        if self.changes == previous.after_change {
            *self = Self {
                offset_ms: previous.offset_ms,
                adopted: previous.adopted,
                changes: self.changes.saturating_add(1),
            };
        }
    }

    /// Reads the `Date` of a response that is not a 401 (C3). An adopted offset drifts towards the one that it shows, by an eighth of a
    /// difference above 1 s; one of more than 60 s would be an adoption and is ignored.
    pub fn drift(&mut self, exchange: &Exchange) {
        let Some(shown) = exchange.offset_ms() else { return };
        let apart = shown.abs_diff(self.offset_ms);
        if self.adopted && apart > NOISE_MS && apart <= WRONG_MS {
            let step = shown.saturating_sub(self.offset_ms) / DRIFT_SHARE;
            self.offset_ms = self.offset_ms.saturating_add(step);
        }
    }
}

impl Exchange {
    fn date(&self) -> Option<u64> {
        if self.aged { None } else { self.date_ms }
    }

    /// Half of the time between send and receive: the server wrote its `Date` somewhere between, most likely there.
    const fn half(&self) -> u64 {
        self.received_tick.saturating_sub(self.sent_tick) / 2
    }

    /// What it shows of the server's clock; `None`: nothing.
    pub fn shown(&self) -> Option<Shown> {
        let vague = i64::try_from(self.half().saturating_sub(NOISE_MS)).unwrap_or(i64::MAX);
        self.offset_ms().map(|offset_ms| Shown {
            offset_ms,
            lowest_ms: offset_ms.saturating_sub(vague),
            highest_ms: offset_ms.saturating_add(vague),
        })
    }

    /// Server time minus local time in the middle of the exchange, measured by the monotonic clock, because the wall
    /// clock may have been set in between.
    pub fn offset_ms(&self) -> Option<i64> {
        let date = self.date()?;
        let local = self.received_unix_ms.saturating_sub(self.half());
        let size = i64::try_from(date.abs_diff(local)).unwrap_or(i64::MAX);
        Some(if date < local { size.saturating_neg() } else { size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_790_000_000_000;
    const HOUR: u64 = 3_600_000;

    /// An exchange of 400 ms that ended when the local clock showed `received_unix_ms`.
    fn exchange(date_ms: u64, received_unix_ms: u64) -> Exchange {
        Exchange {
            date_ms: Some(date_ms),
            aged: false,
            sent_tick: 5_000,
            received_tick: 5_400,
            received_unix_ms,
        }
    }

    /// A clock that one 401 has put right by an hour.
    fn corrected() -> (Clock, Previous) {
        let mut clock = Clock::default();
        match clock.unauthenticated(NOON, 0, &exchange(NOON + HOUR + 200, NOON + 400)) {
            Verdict::Adopted(previous) => (clock, previous),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn c1_a_401_whose_date_is_an_hour_from_the_signed_one_corrects_the_clock() {
        let (clock, _) = corrected();
        assert_eq!(clock.offset_ms(), 3_600_000);
        assert_eq!(clock.now(NOON), NOON + HOUR);
    }

    #[test]
    fn c1_a_clock_that_is_ahead_is_corrected_too() {
        let mut clock = Clock::default();
        let verdict = clock.unauthenticated(NOON, 0, &exchange(NOON - HOUR + 200, NOON + 400));
        assert!(matches!(verdict, Verdict::Adopted(_)));
        assert_eq!(clock.now(NOON), NOON - HOUR);
    }

    #[test]
    fn c1_sixty_seconds_against_the_middle_of_the_exchange_are_not_enough() {
        // The middle of an exchange of 400 ms is 200 ms after the send.
        for (date, wrong) in [
            (NOON + 200 + 60_000, false),
            (NOON + 200 + 60_001, true),
            (NOON + 200 - 60_000, false),
            (NOON + 200 - 60_001, true),
        ] {
            let verdict = Clock::default().unauthenticated(NOON, 0, &exchange(date, NOON + 400));
            assert_eq!(matches!(verdict, Verdict::Adopted(_)), wrong, "{date}");
        }
    }

    #[test]
    fn c1_a_date_from_a_cache_or_none_at_all_proves_nothing() {
        let mut clock = Clock::default();
        let cached = Exchange { aged: true, ..exchange(NOON + HOUR, NOON) };
        let without = Exchange { date_ms: None, ..exchange(0, NOON) };
        for silent in [cached, without] {
            assert_eq!(clock.unauthenticated(NOON, 0, &silent), Verdict::NotTheClock);
            clock.drift(&silent);
            assert_eq!(silent.offset_ms(), None);
        }
        assert_eq!(clock, Clock::default());
    }

    #[test]
    fn c1_a_second_401_restores_the_previous_offset() {
        let (mut clock, previous) = corrected();
        clock.restore(&previous);
        assert_eq!(clock.offset_ms(), 0);
        clock.drift(&exchange(NOON + 10_000, NOON));
        assert_eq!(clock.offset_ms(), 0, "a restored offset does not drift");
    }

    #[test]
    fn c1_only_the_last_adoption_can_be_taken_back() {
        let (mut clock, first) = corrected();
        let signed = clock.now(NOON);
        let verdict =
            clock.unauthenticated(signed, clock.offset_ms(), &exchange(NOON + 3 * HOUR + 200, NOON + 400));
        let Verdict::Adopted(second) = verdict else { panic!("{verdict:?}") };
        clock.restore(&first);
        assert_eq!(clock.now(NOON), NOON + 3 * HOUR, "another call has changed it since");
        clock.restore(&second);
        assert_eq!(clock.now(NOON), NOON + HOUR);
    }

    #[test]
    fn c2_a_hundred_calls_at_once_make_one_correction() {
        let mut clock = Clock::default();
        let refusal = exchange(NOON + HOUR + 200, NOON + 400);
        let verdicts: Vec<Verdict> = (0..100).map(|_| clock.unauthenticated(NOON, 0, &refusal)).collect();
        assert!(matches!(verdicts[0], Verdict::Adopted(_)));
        assert!(verdicts[1..].iter().all(|verdict| *verdict == Verdict::SignAgain));
    }

    #[test]
    fn c2_an_offset_is_stale_from_more_than_sixty_seconds() {
        let (clock, _) = corrected();
        assert!(clock.stale(0));
        assert!(!clock.stale(3_600_000 - 60_000));
        assert!(!clock.stale(3_600_000 + 60_000));
        assert!(clock.stale(3_600_000 + 60_001));
    }

    #[test]
    fn c2_a_request_that_was_signed_right_is_not_repeated() {
        // Another call has adopted a wrong offset meanwhile; this one's Date was right, so the keys are at fault.
        let (mut clock, _) = corrected();
        let verdict = clock.unauthenticated(NOON, 0, &exchange(NOON + 200, NOON + 400));
        assert_eq!(verdict, Verdict::NotTheClock);
    }

    #[test]
    fn c3_other_responses_never_adopt() {
        let mut clock = Clock::default();
        for date in [NOON + HOUR, NOON + 30_000, NOON + 1_000] {
            clock.drift(&exchange(date, NOON + 200));
        }
        assert_eq!(clock, Clock::default());
        assert_eq!(exchange(NOON + HOUR, NOON + 200).offset_ms(), Some(3_600_000), "observers see it");
    }

    #[test]
    fn c3_an_adopted_offset_drifts_but_not_by_noise_and_never_jumps() {
        let (mut clock, _) = corrected();
        let steps = [
            (HOUR + 1_000, 3_600_000),  // a second is noise
            (HOUR - 1_000, 3_600_000),  // in both directions
            (HOUR + 8_000, 3_601_000),  // an eighth
            (HOUR - 7_000, 3_600_000),  // and back
            (HOUR + 60_001, 3_600_000), // a jump is ignored
            (9 * HOUR, 3_600_000),      // however large
            (HOUR + 60_000, 3_607_500),
        ];
        for (ahead, expected) in steps {
            clock.drift(&exchange(NOON + ahead, NOON + 200));
            assert_eq!(clock.offset_ms(), expected, "{ahead}");
        }
    }

    #[test]
    fn w8_whoever_answered_first_may_have_shown_the_servers_clock_just_as_well() {
        let shown = |offset_ms: i64, vague: i64| Shown {
            offset_ms,
            lowest_ms: offset_ms - vague,
            highest_ms: offset_ms + vague,
        };
        let bounds = |shown: Shown| (shown.lowest_ms, shown.offset_ms, shown.highest_ms);
        assert_eq!(bounds(shown(5, 2).after(None)), (3, 5, 7));
        assert_eq!(bounds(shown(10_000, 2).after(Some(shown(5, 1)))), (4, 10_000, 10_002));
        assert_eq!(bounds(shown(5, 1).after(Some(shown(10_000, 2)))), (4, 5, 10_002));
        assert_eq!(bounds(shown(0, 9_000_000).after(Some(shown(5, 1)))), (-9_000_000, 0, 9_000_000));
    }

    #[test]
    fn w8_a_clock_by_which_no_send_can_have_been_accepted_is_not_the_servers() {
        let among = |lowest_ms: i64, highest_ms: i64, signed| {
            Shown { offset_ms: 0, lowest_ms, highest_ms }.among(signed)
        };
        assert_eq!(among(4, 10_002, 0..=0), (4, 10_002));
        assert_eq!(among(-1_200_000, 1_200_000, 0..=0), (-1_200_000, 1_200_000), "twenty minutes");
        assert_eq!(among(-1_200_001, 1_200_001, 0..=0), (-1_200_000, 1_200_000), "and no more");
        assert_eq!(among(3, 1_500_000, 0..=0), (3, 1_200_000), "one of 25 minutes beside a true one");
        assert_eq!(
            among(1_200_001, 1_500_000, 0..=0),
            (-1_200_000, 1_200_000),
            "that one alone says nothing"
        );
        assert_eq!(among(-1_500_000, -1_200_001, 0..=0), (-1_200_000, 1_200_000));
        assert_eq!(among(1_200_000, 1_500_000, 0..=0), (1_200_000, 1_200_000));
        assert_eq!(among(-1_500_000, -1_200_000, 0..=0), (-1_200_000, -1_200_000));
        assert_eq!(
            among(i64::MIN, i64::MAX, 0..=3_600_000),
            (-1_200_000, 4_800_000),
            "signed anew in between"
        );
        assert_eq!(among(0, 0, i64::MIN..=i64::MAX), (0, 0));
    }

    #[test]
    fn the_clock_is_total() {
        let mut clock = Clock::default();
        let odd = Exchange {
            date_ms: Some(u64::MAX),
            aged: false,
            sent_tick: u64::MAX,
            received_tick: 0,
            received_unix_ms: 0,
        };
        assert!(matches!(clock.unauthenticated(0, 0, &odd), Verdict::Adopted(_)));
        assert_eq!(clock.now(u64::MAX), u64::MAX);
        let back = Exchange { date_ms: Some(0), received_unix_ms: u64::MAX, ..odd };
        clock.unauthenticated(u64::MAX, i64::MAX, &back);
        assert_eq!(clock.now(0), 0);
    }
}
