//! The pause after a 429 (L4): closed, then one probe, then open again.
//!
//! ```text
//! open --429--> closed --pause over, next call--> probing --probe passed--> open
//!                 ^                                  |
//!                 +------------- 429 ----------------+      (probe lost: the next call probes)
//! ```

use super::Reply;
use super::places::Place;
use crate::random::scaled;

/// The first pause without a `Retry-After`, in ms; it doubles with every probe that is refused.
const FIRST_MS: u64 = 2_000;
/// No pause of our own is longer, in ms: after a minute the API's window has moved on.
const LONGEST_MS: u64 = 61_000;
/// However long the server asks for, a probe goes after this many ms: what one answer says must not close a client for good.
const MOST_MS: u64 = 600_000;
/// The calls that follow a probe spread over this many ms.
const SPREAD_MS: u64 = 1_000;

/// What the last 429 taught.
#[derive(Clone, Debug, Default)]
pub(super) struct Freeze {
    /// `None`: open.
    closed: Option<Closed>,
}

#[derive(Clone, Debug, Default)]
struct Closed {
    until: u64,
    /// The last pause of our own, in ms; 0 when there was none.
    pause: u64,
    probe: Option<Probe>,
}

#[derive(Clone, Debug)]
struct Probe {
    place: Place,
    /// When its attempt must have ended: a probe whose call vanished keeps nobody waiting any longer.
    lapses_at: u64,
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
    pub(super) fn gate(&self, now: u64, first: bool, random: u64) -> Gate {
        let Some(closed) = &self.closed else { return Gate::Open { probe: false } };
        let probing = closed.probe.as_ref().is_some_and(|probe| probe.lapses_at > now);
        let may_probe = first && !probing;
        if may_probe && closed.until <= now {
            return Gate::Open { probe: true };
        }
        // The first in the queue comes back when the pause ends, everybody else at a moment of the second after that:
        // whoever finds the probe still on its way comes back once more, which spreads those that follow it.
        let opens_at = closed.until.max(now);
        let spread = if may_probe { 0 } else { scaled(random, SPREAD_MS).saturating_add(1) };
        Gate::Shut { opens_at, look_at: opens_at.saturating_add(spread) }
    }

    /// The call that was let through is the probe; its attempt ends by `lapses_at`.
    pub(super) fn probes(&mut self, place: Place, lapses_at: u64) {
        if let Some(closed) = &mut self.closed {
            closed.probe = Some(Probe { place, lapses_at });
        }
    }

    /// An attempt ended. What was sent before the pause was over says nothing about the time after it; only a probe
    /// does, always.
    pub(super) fn answered(&mut self, place: Place, now: u64, reply: Reply) {
        let Some(closed) = &mut self.closed else {
            if let Reply::Refused { retry_after_ms } = reply {
                self.closed.insert(Closed::default()).refused(now, retry_after_ms, false);
            }
            return;
        };
        let was_probe = closed.probe.take_if(|probe| probe.place == place).is_some();
        let is_old = place.sent_at() < closed.until;
        match reply {
            Reply::Passed if !is_old => self.closed = None,
            Reply::Passed | Reply::Lost => {}
            Reply::Refused { retry_after_ms } => closed.refused(now, retry_after_ms, is_old && !was_probe),
        }
    }

    /// How long the pause lasts, in ms from `now`.
    pub(super) fn left_ms(&self, now: u64) -> u64 {
        self.closed.as_ref().map_or(0, |closed| closed.until.saturating_sub(now))
    }
}

impl Closed {
    /// A 429 came at `now`. One that belongs to the same trouble lengthens a pause only by its own `Retry-After`.
    fn refused(&mut self, now: u64, retry_after_ms: Option<u64>, same_trouble: bool) {
        if retry_after_ms.is_none() && !same_trouble {
            self.pause = self.pause.saturating_mul(2).clamp(FIRST_MS, LONGEST_MS);
        }
        let own = if same_trouble { 0 } else { self.pause };
        let asked = retry_after_ms.map(|ms| ms.min(MOST_MS));
        self.until = self.until.max(now.saturating_add(asked.unwrap_or(own)));
    }
}
