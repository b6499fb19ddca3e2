//! Who may send now, who waits and how long (rules L1–L4): the API takes 200 requests a minute for each key, and one
//! limiter is shared by all calls of a client. A sliding log of places, a queue of tickets, and the pause after a 429
//! (in `freeze`). It never sends, sleeps or reads a clock; every time is the caller's monotonic tick in ms, and one
//! that goes back counts as standing still.

mod freeze;
mod places;
#[cfg(test)]
mod tests;

use self::freeze::{Freeze, Gate};
use self::places::Places;
use crate::random::scaled;

pub use self::places::Place;

/// A ticket that is not used this long after its wake time, in ms, no longer keeps its turn (L3): its call is gone.
const LAPSE_MS: u64 = 250;
/// A ticket rises one class every so many ms (L3).
const AGING_MS: u64 = 10_000;
/// A wait that others may shorten, by giving up or giving a held place back, is looked at again after at most this, in
/// ms; up to `LOOK_AGAIN_SPREAD_MS` less, so that a thousand waiting calls do not come back at once.
const LOOK_AGAIN_MS: u64 = 10_000;
const LOOK_AGAIN_SPREAD_MS: u64 = 2_000;

/// Who goes first when calls have to wait (L3), first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Priority {
    /// Commits and the recovery requests of writes that move money.
    Urgent,
    /// Other writes.
    Write,
    /// Reads, and other recovery reads.
    Read,
    /// Pages of a list.
    Page,
}

impl Priority {
    /// The word used on the border and by observers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Write => "write",
            Self::Read => "read",
            Self::Page => "page",
        }
    }

    /// The class after waiting this long, 0 first. Nobody rises into the first.
    fn aged(self, waited_ms: u64) -> u64 {
        let risen = waited_ms / AGING_MS;
        match self {
            Self::Urgent => 0,
            Self::Write => 1,
            Self::Read => 2_u64.saturating_sub(risen).max(1),
            Self::Page => 3_u64.saturating_sub(risen).max(1),
        }
    }
}

/// What a call asks for before each attempt.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The ticket of the last [`Turn::Wait`]; `None` when the attempt is new.
    pub ticket: Option<Ticket>,
    /// The class of the request.
    pub priority: Priority,
    /// Whether this is a two-step create, which needs a second place for its commit (L2). A create that is sent again
    /// gives back the second place of the attempt before ([`Limiter::release_hold`]).
    pub two: bool,
    /// The id of the object that this request commits: the place held for it is used.
    pub commit_of: Option<&'a str>,
    /// The latest tick (ms) at which the attempt may still start.
    pub deadline: u64,
    /// How long the attempt may take, in ms. A place whose call vanishes is free 61 s after that.
    pub attempt_timeout_ms: u64,
    /// 64 random bits, which spread calls that would otherwise come back at the same moment.
    pub random: u64,
}

/// A turn in the queue. It holds no place; a call that is cancelled may simply drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    number: u64,
    since: u64,
}

/// The answer to an [`Ask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send now: the place is taken. [`Limiter::answered`] must follow.
    Go(Place),
    /// Ask again, with this ticket, after so many ms.
    Wait {
        /// How long to wait, at least 1 ms.
        ms: u64,
        /// The turn in the queue.
        ticket: Ticket,
    },
    /// The wait cannot end before the deadline.
    Never {
        /// The earliest tick (ms) at which the attempt could start.
        free_at: u64,
    },
}

/// How an attempt ended, as far as the limit is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Any response but a 429: the server let the request through.
    Passed,
    /// A 429.
    Refused {
        /// Its `Retry-After`, in ms.
        retry_after_ms: Option<u64>,
    },
    /// No response: the transport failed.
    Lost,
}

/// The rate limit of one client.
#[derive(Clone, Debug)]
pub struct Limiter {
    places: Places,
    freeze: Freeze,
    /// The queue, by ticket number; lapsed turns may still be in it.
    waiting: Vec<Waiting>,
    /// When lapsed turns are thrown out again.
    sweep_at: u64,
    next_ticket: u64,
    /// The latest tick seen.
    now: u64,
}

/// A call in the queue, as it last asked.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    ticket: Ticket,
    priority: Priority,
    /// How many free places it needs.
    need: u64,
    lapses_at: u64,
}

impl Waiting {
    /// The order of the queue: class, then arrival.
    fn rank(&self, now: u64) -> (u64, u64) {
        (self.priority.aged(now.saturating_sub(self.ticket.since)), self.ticket.number)
    }
}

impl Limiter {
    /// A limiter with this many places, at least 1. Processes that share a key divide theirs among them. With one place only, no
    /// place can be held for a commit.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self {
            places: Places::new(limit),
            freeze: Freeze::default(),
            waiting: Vec::new(),
            sweep_at: 0,
            next_ticket: 0,
            now: 0,
        }
    }

    /// Asks for a place at tick `now` (ms).
    pub fn ask(&mut self, now: u64, ask: &Ask<'_>) -> Turn {
        let now = self.see(now);
        let mine = self.dequeue(now, ask);
        let ahead = self.ahead(now, &mine);
        let free_at = self.places.free_at(now, ahead.saturating_add(mine.need), mine.need);
        // Sends at `sure` at the earliest; looks again at `wake`.
        let (sure, wake) = match self.freeze.gate(now, ahead == 0, ask.random) {
            Gate::Shut { opens_at, look_at } => (free_at.max(opens_at), free_at.max(look_at)),
            Gate::Open { probe } if free_at <= now && ask.deadline >= now => {
                let place = self.places.take(now, ask);
                if probe {
                    self.freeze.probes(place, now.saturating_add(ask.attempt_timeout_ms));
                }
                return Turn::Go(place);
            }
            Gate::Open { .. } => (free_at, free_at),
        };
        let soonest = now.saturating_add(1);
        if sure.max(soonest) > ask.deadline {
            return Turn::Never { free_at: sure.max(soonest) };
        }
        let wake = wake.min(ask.deadline).min(self.look_again_at(now, ahead, ask.random)).max(soonest);
        self.enqueue(now, Waiting { lapses_at: wake.saturating_add(LAPSE_MS), ..mine });
        Turn::Wait { ms: wake.saturating_sub(now), ticket: mine.ticket }
    }

    /// Takes a place that a shared store has given (L5), whatever is free here: the log stays right for the moment when
    /// the store fails.
    pub fn permitted(&mut self, now: u64, attempt_timeout_ms: u64) -> Place {
        let now = self.see(now);
        self.places.occupy(now, attempt_timeout_ms)
    }

    /// The attempt got its answer or failed: its place is occupied for 61 s from `now` on, a second place for 30 s.
    pub fn answered(&mut self, place: Place, now: u64, reply: Reply) {
        let now = self.see(now);
        self.places.answered(place, now);
        self.freeze.answered(place, now, reply);
    }

    /// Names the object whose commit may use the second place of a two-step create (L2), once its id is known.
    pub fn held(&mut self, place: Place, id: &str) {
        self.places.name_hold(place, id);
    }

    /// Gives back the second place of a two-step create that made nothing to commit, or is sent again.
    pub fn release_hold(&mut self, place: Place) {
        self.places.release_hold(place);
    }

    /// Leaves the queue: the call was cancelled. Dropping a ticket does the same, only later.
    pub fn forget(&mut self, ticket: Ticket) {
        if let Ok(index) = self.position(ticket) {
            self.waiting.remove(index);
        }
    }

    /// The places free at tick `now` (ms), for observers.
    #[must_use]
    pub fn places_left(&self, now: u64) -> u32 {
        self.places.left(now.max(self.now))
    }

    /// How long nothing may be sent because of a 429, in ms from `now`; 0 when nothing is known.
    #[must_use]
    pub fn frozen_ms(&self, now: u64) -> u64 {
        self.freeze.left_ms(now.max(self.now))
    }

    /// Brings the log up to this tick and answers it, or the latest one if it went back.
    fn see(&mut self, now: u64) -> u64 {
        self.now = self.now.max(now);
        let now = self.now;
        self.places.expire(now);
        now
    }

    /// The caller's turn, taken out of the queue. A lapsed one keeps its age if its call comes back late.
    fn dequeue(&mut self, now: u64, ask: &Ask<'_>) -> Waiting {
        let ticket = ask.ticket.unwrap_or(Ticket { number: self.next_ticket, since: now });
        match ask.ticket {
            Some(ticket) => self.forget(ticket),
            None => self.next_ticket = self.next_ticket.saturating_add(1),
        }
        Waiting { ticket, priority: ask.priority, need: self.places.need(ask), lapses_at: now }
    }

    fn enqueue(&mut self, now: u64, mine: Waiting) {
        if self.sweep_at <= now {
            self.waiting.retain(|other| other.lapses_at >= now);
            self.sweep_at = now.saturating_add(LAPSE_MS);
        }
        if let Err(index) = self.position(mine.ticket) {
            self.waiting.insert(index, mine);
        }
    }

    /// Where a ticket is in the queue, or where it belongs.
    fn position(&self, ticket: Ticket) -> Result<usize, usize> {
        self.waiting.binary_search_by_key(&ticket.number, |other| other.ticket.number)
    }

    /// How many places those want who go first. Linear in the queue: a thousand waiting calls cost microseconds.
    fn ahead(&self, now: u64, mine: &Waiting) -> u64 {
        let my_rank = mine.rank(now);
        self.waiting.iter().fold(0, |sum, other| {
            let first = other.lapses_at >= now && other.rank(now) < my_rank;
            if first { sum.saturating_add(other.need) } else { sum }
        })
    }

    /// When a wait has to be looked at again, because it may become shorter than it looks now.
    fn look_again_at(&self, now: u64, ahead: u64, random: u64) -> u64 {
        if ahead == 0 && !self.places.any_held() {
            return u64::MAX;
        }
        now.saturating_add(LOOK_AGAIN_MS).saturating_sub(scaled(random, LOOK_AGAIN_SPREAD_MS))
    }
}
