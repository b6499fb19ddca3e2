//! The sandbox's own time: real time, plus what a test let pass, plus how wrong the server's clock is.
//!
//! Deadlines inside the sandbox run on `now_ms` (never goes back); timestamps and `Date` headers use `wall_ms`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::dates;

/// Cheap to clone; all clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    started: Option<Instant>,
    started_wall_ms: u64,
    advanced_ms: Arc<AtomicU64>,
    skew_ms: Arc<AtomicI64>,
}

/// One point in time, on both scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Sandbox milliseconds since the start.
    pub now_ms: u64,
    /// Unix milliseconds as the server believes.
    pub wall_ms: u64,
}

impl Clock {
    /// A clock that runs with real time and starts now.
    pub(crate) fn new() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            started: Some(Instant::now()),
            ..Self::standing(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX))
        }
    }

    /// A clock that moves only by `advance`, for tests.
    pub(crate) fn standing(wall_ms: u64) -> Self {
        Self { started: None, started_wall_ms: wall_ms, advanced_ms: Arc::default(), skew_ms: Arc::default() }
    }

    /// Sandbox milliseconds since the start, with everything that was advanced.
    pub(crate) fn now_ms(&self) -> u64 {
        let real = self
            .started
            .map_or(0, |started| u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        real.saturating_add(self.advanced_ms.load(Ordering::SeqCst))
    }

    /// Unix milliseconds as the server believes: with advance and skew.
    pub(crate) fn wall_ms(&self) -> u64 {
        self.moment().wall_ms
    }

    /// Both scales at once.
    pub(crate) fn moment(&self) -> Moment {
        let now_ms = self.now_ms();
        let wall = self.started_wall_ms.saturating_add(now_ms);
        Moment { now_ms, wall_ms: wall.saturating_add_signed(self.skew_ms.load(Ordering::SeqCst)) }
    }

    /// Lets `ms` pass at once.
    pub(crate) fn advance(&self, ms: u64) {
        self.advanced_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Makes the server's clock wrong by `ms` (replaces an earlier skew).
    pub(crate) fn skew(&self, ms: i64) {
        self.skew_ms.store(ms, Ordering::SeqCst);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Moment {
    /// The same moment seen from a job that was due earlier: `due_ms` on the sandbox's scale.
    pub(crate) fn back_to(self, due_ms: u64) -> Self {
        let late = self.now_ms.saturating_sub(due_ms);
        Self { now_ms: self.now_ms.saturating_sub(late), wall_ms: self.wall_ms.saturating_sub(late) }
    }
}

/// A timestamp as the API writes it: second precision, `+00:00`.
pub(crate) fn timestamp(wall_ms: u64) -> String {
    dates::rfc_3339(wall_ms)
}

/// A timestamp of an object that is not persisted yet: the same with `Z`.
pub(crate) fn timestamp_uncommitted(wall_ms: u64) -> String {
    dates::rfc_3339(wall_ms).replace("+00:00", "Z")
}

/// Reads a time in any form that the official clients send. Unix milliseconds, or `None`.
pub(crate) fn read_time(text: &str) -> Option<u64> {
    u64::try_from(dates::parse(text)?).ok()
}

/// A moment `count` days, weeks, months or years later; a day that the month lacks becomes its last one.
pub(crate) fn later(wall_ms: u64, period: &str, count: u32) -> Option<u64> {
    let nanos = i128::from(wall_ms) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    let then = match period {
        "day" => at.checked_add(Duration::days(i64::from(count)))?,
        "week" => at.checked_add(Duration::weeks(i64::from(count)))?,
        "month" => add_months(at, count)?,
        _ => add_months(at, count.checked_mul(12)?)?,
    };
    u64::try_from(then.unix_timestamp_nanos() / 1_000_000).ok()
}

fn add_months(at: OffsetDateTime, count: u32) -> Option<OffsetDateTime> {
    let months = u32::from(u8::from(at.month())) - 1 + count;
    let year = at.year().checked_add(i32::try_from(months / 12).ok()?)?;
    let month = time::Month::try_from(u8::try_from(months % 12 + 1).ok()?).ok()?;
    let day = at.day().min(month.length(year));
    let date = time::Date::from_calendar_date(year, month, day).ok()?;
    Some(PrimitiveDateTime::new(date, at.time()).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Unix times from `date -u -d … +%s`.
    const JULY_24: u64 = 1_690_188_388_000;

    #[test]
    fn advance_moves_both_scales_and_skew_only_the_wall() {
        let clock = Clock::standing(JULY_24);
        clock.advance(1_500);
        clock.skew(-3_600_000);
        assert_eq!(clock.moment(), Moment { now_ms: 1_500, wall_ms: JULY_24 + 1_500 - 3_600_000 });
    }

    #[test]
    fn timestamps_have_second_precision_and_tell_persisted_from_not() {
        assert_eq!(timestamp(JULY_24 + 999), "2023-07-24T08:46:28+00:00");
        assert_eq!(timestamp_uncommitted(JULY_24), "2023-07-24T08:46:28Z");
    }

    #[test]
    fn every_time_that_a_client_sends_is_read() {
        for text in [
            "2023-07-24 08:46:28 UTC",
            "2023-07-24T08:46:28Z",
            "2023-07-24T10:46:28+02:00",
            "2023-07-24T08:46:28+0000",
            "2023-07-24T08:46:28.000Z",
        ] {
            assert_eq!(read_time(text), Some(JULY_24), "{text}");
        }
        for wrong in
            ["", "yesterday", "2023-07-24", "2023-13-01T00:00:00Z", "é23-07-24T08:46:28Z", "24/07/2023 08:46"]
        {
            assert_eq!(read_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_month_after_the_31st_of_january_is_the_end_of_february() {
        let january_31 = read_time("2024-01-31T12:00:00Z").unwrap();
        assert_eq!(timestamp(later(january_31, "month", 1).unwrap()), "2024-02-29T12:00:00+00:00");
        assert_eq!(timestamp(later(january_31, "year", 1).unwrap()), "2025-01-31T12:00:00+00:00");
        assert_eq!(timestamp(later(january_31, "month", 12).unwrap()), "2025-01-31T12:00:00+00:00");
        assert_eq!(timestamp(later(january_31, "week", 2).unwrap()), "2024-02-14T12:00:00+00:00");
    }
}
