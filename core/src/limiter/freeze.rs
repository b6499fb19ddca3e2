//! The pause after a 429 (L4): closed, then one probe, then open again.
//!
//! ```text
//! open --429--> closed --pause over, next call--> probing --probe passed--> open
//!                 ^                                  |
//!                 +------------- 429 ----------------+      (probe lost: the next call probes)
//! ```

use super::places::{Place, Places};
use super::Reply;
use crate::random::scaled;

/// The first pause without a `Retry-After`, in ms; it doubles with every probe that is refused.
const FIRST_MS: u64 = 2_000;
/// No pause of our own is longer, in ms: after a minute the API's window has moved on.
const LONGEST_MS: u64 = 61_000;
/// The calls that follow a probe spread over this many ms.
const SPREAD_MS: u64 = 1_000;

/// What the last 429 taught.
#[derive(Clone, Debug, Default)]
pub(super) struct Freeze {
    /// `None`: open.
    closed: Option<Closed>,
}

#[derive(Clone, Debug)]
struct Closed {
    until: u64,
    /// The last pause of our own, in ms; 0 when there was none.
    pause: u64,
    probe: Option<Place>,
}

/// Whether a call may pass now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Yes; as the probe if it says so.
    Open { probe: bool },
    /// Not before `opens_at`; the call is to come back at `look_at`.
    Shut { opens_at: u64, look_at: u64 },
}

impl Freeze {
    /// Asks for a call at tick `now`; `first`: nobody goes before it.
    pub(super) fn gate(&self, now: u64, first: bool, random: u64, places: &Places) -> Gate {
        let Some(closed) = &self.closed else { return Gate::Open { probe: false } };
        let probing = closed.probe.is_some_and(|probe| places.flies(probe));
        let opens_at = closed.until.max(now);
        if first && !probing && closed.until <= now {
            return Gate::Open { probe: true };
        }
        // The first in the queue comes back when the pause ends, everybody else at a moment of the second after that:
        // whoever finds the probe still on its way comes back once more, which spreads those that follow it.
        let spread = scaled(random, SPREAD_MS).saturating_add(1);
        let look_at = if first && !probing { opens_at } else { opens_at.saturating_add(spread) };
        Gate::Shut { opens_at, look_at }
    }

    /// A call was let through.
    pub(super) fn sent(&mut self, as_probe: bool, place: Place) {
        if let (true, Some(closed)) = (as_probe, &mut self.closed) {
            closed.probe = Some(place);
        }
    }

    /// An attempt ended. What was sent before the pause ended says nothing about now.
    pub(super) fn answered(&mut self, place: Place, now: u64, reply: Reply) {
        match (reply, &mut self.closed) {
            (Reply::Lost, Some(closed)) if closed.probe == Some(place) => closed.probe = None,
            (Reply::Passed, Some(closed)) if place.sent_at() >= closed.until => self.closed = None,
            (Reply::Passed | Reply::Lost, _) => {}
            (Reply::Refused { retry_after_ms }, Some(closed)) if place.sent_at() < closed.until => {
                let told = retry_after_ms.map_or(0, |ms| now.saturating_add(ms));
                closed.until = closed.until.max(told);
            }
            (Reply::Refused { retry_after_ms }, closed) => {
                let last = closed.as_ref().map_or(0, |closed| closed.pause);
                let doubled = last.saturating_mul(2).clamp(FIRST_MS, LONGEST_MS);
                let (wait, pause) = retry_after_ms.map_or((doubled, doubled), |told| (told, last));
                *closed = Some(Closed { until: now.saturating_add(wait), pause, probe: None });
            }
        }
    }

    pub(super) fn left_ms(&self, now: u64) -> u64 {
        self.closed.as_ref().map_or(0, |closed| closed.until.saturating_sub(now))
    }
}
