//! The sliding log (L1, L2): which places are occupied, by what, and until when. Knows nothing of queues or of 429s.

use super::Ask;
use std::collections::BinaryHeap;

/// A place is occupied this long after its answer or failure, in ms (L1): the API's minute and a second for the clock.
const COOLING_MS: u64 = 61_000;
/// A place is held for a commit this long after the answer to the create, in ms (L2): as long as the quote lives.
const HELD_MS: u64 = 30_000;

/// The place of one attempt in the log. It names the place, it does not own it: a lost one becomes free in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    number: u64,
    sent_at: u64,
    /// Whether a second place is held with it.
    two: bool,
}

impl Place {
    /// The tick (ms) at which the place was taken.
    pub(super) const fn sent_at(self) -> u64 {
        self.sent_at
    }
}

#[derive(Clone, Debug)]
pub(super) struct Places {
    size: u64,
    /// Occupied places. All of them, whatever their state, become free at `until`.
    slots: Vec<Slot>,
    /// No slot ends before this tick, so that most calls need not look at all of them.
    first_end: u64,
    next_number: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    number: u64,
    until: u64,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Sent, not answered.
    Flying,
    /// Answered, less than 61 s ago.
    Cooling,
    /// The second place of a two-step create, under its id once that is known.
    Held(Option<String>),
}

impl Slot {
    fn is_flying(&self, place: Place) -> bool {
        self.number == place.number && self.state == State::Flying
    }

    fn is_held_by(&self, place: Place) -> bool {
        self.number == place.number && matches!(self.state, State::Held(_))
    }

    fn is_held_for(&self, id: &str) -> bool {
        matches!(&self.state, State::Held(Some(held)) if held == id)
    }
}

impl Places {
    pub(super) fn new(limit: u32) -> Self {
        let size = u64::from(limit.max(1));
        Self { size, slots: Vec::new(), first_end: u64::MAX, next_number: 0 }
    }

    pub(super) fn expire(&mut self, now: u64) {
        if now < self.first_end {
            return;
        }
        self.slots.retain(|slot| slot.until > now);
        self.first_end = self.slots.iter().map(|slot| slot.until).min().unwrap_or(u64::MAX);
    }

    /// Without a limit nothing is counted: the log would only grow.
    fn is_endless(&self) -> bool {
        self.size >= u64::from(u32::MAX)
    }

    fn push(&mut self, slot: Slot) {
        if !self.is_endless() {
            self.first_end = self.first_end.min(slot.until);
            self.slots.push(slot);
        }
    }

    pub(super) fn left(&self, now: u64) -> u32 {
        let occupied = if now < self.first_end {
            self.slots.len()
        } else {
            self.slots.iter().filter(|slot| slot.until > now).count()
        };
        let left = self.size.saturating_sub(u64::try_from(occupied).unwrap_or(u64::MAX));
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    pub(super) fn any_held(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.state, State::Held(_)))
    }

    /// How many free places a request needs: none when one is held for it.
    pub(super) fn need(&self, ask: &Ask<'_>) -> u64 {
        let held = ask.commit_of.is_some_and(|id| self.slots.iter().any(|slot| slot.is_held_for(id)));
        match (held, ask.two) {
            (true, _) => 0,
            (false, true) => self.size.min(2),
            (false, false) => 1,
        }
    }

    /// The tick at which `count` places will have been free, `need` of them for the asker; never too late, as answers
    /// are taken to come now and places to be used the moment they are free.
    pub(super) fn free_at(&self, now: u64, count: u64, need: u64) -> u64 {
        let occupied = u64::try_from(self.slots.len()).unwrap_or(u64::MAX);
        let free = self.size.saturating_sub(occupied);
        if need == 0 || count <= free {
            return now;
        }
        let answered_now = now.saturating_add(COOLING_MS);
        // A heap: this is rare, and the sort of slices is one of the largest functions of a small binary.
        let end =
            |slot: &Slot| if slot.state == State::Flying { slot.until.min(answered_now) } else { slot.until };
        let ends = self.slots.iter().map(end).collect::<BinaryHeap<_>>().into_sorted_vec();
        // A store's permits may occupy more places than there are: those that end first make no room.
        let surplus = occupied.saturating_sub(self.size);
        // Once every place has been used in turn, the round begins again, one minute later.
        let beyond = count.saturating_sub(1);
        let (round, nth) = (beyond / self.size, beyond % self.size);
        let first = match nth.checked_sub(free) {
            None => now,
            Some(nth) => usize::try_from(nth.saturating_add(surplus))
                .ok()
                .and_then(|nth| ends.get(nth).copied())
                .unwrap_or(answered_now),
        };
        first.saturating_add(round.saturating_mul(COOLING_MS))
    }

    /// Takes what [`Places::need`] asked for: the held place, or a free one and perhaps a second.
    pub(super) fn take(&mut self, now: u64, ask: &Ask<'_>) -> Place {
        let held = ask.commit_of.and_then(|id| self.slots.iter().position(|slot| slot.is_held_for(id)));
        if let Some(index) = held {
            self.slots.swap_remove(index);
        }
        let mut place = self.occupy(now, ask.attempt_timeout_ms);
        if ask.two && self.size > 1 {
            place.two = true;
            let until = lost_until(now, ask.attempt_timeout_ms);
            self.push(Slot { number: place.number, until, state: State::Held(None) });
        }
        place
    }

    pub(super) fn occupy(&mut self, now: u64, attempt_timeout_ms: u64) -> Place {
        let place = Place { number: self.next_number, sent_at: now, two: false };
        self.next_number = self.next_number.saturating_add(1);
        let until = lost_until(now, attempt_timeout_ms);
        self.push(Slot { number: place.number, until, state: State::Flying });
        place
    }

    pub(super) fn answered(&mut self, place: Place, now: u64) {
        // The latest are at the end, and most answers are to them.
        let flew = self.slots.iter_mut().rev().find(|slot| slot.is_flying(place));
        let Some(slot) = flew else { return };
        slot.state = State::Cooling;
        slot.until = now.saturating_add(COOLING_MS);
        self.first_end = self.first_end.min(slot.until);
        let hold =
            if place.two { self.slots.iter_mut().rev().find(|slot| slot.is_held_by(place)) } else { None };
        if let Some(hold) = hold {
            hold.until = now.saturating_add(HELD_MS);
            self.first_end = self.first_end.min(hold.until);
        }
    }

    pub(super) fn name_hold(&mut self, place: Place, id: &str) {
        if let Some(hold) = self.slots.iter_mut().find(|slot| slot.is_held_by(place)) {
            hold.state = State::Held(Some(id.to_owned()));
        }
    }

    pub(super) fn release_hold(&mut self, place: Place) {
        self.slots.retain(|slot| !slot.is_held_by(place));
    }
}

/// When the place of a call that vanishes is free again: as if its attempt had timed out.
const fn lost_until(now: u64, attempt_timeout_ms: u64) -> u64 {
    now.saturating_add(attempt_timeout_ms).saturating_add(COOLING_MS)
}
