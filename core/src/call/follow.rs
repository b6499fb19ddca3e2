//! Following a decision: the only place where a call waits or ends. Backoff, `Retry-After`, the number of retries,
//! the quota and the deadline are weighed here; what to do next was decided by the table.

use super::decide::{self, Ending, InDoubt, Next, Phase, Told};
use super::lookup::{APART_MS, SETTLED_MS};
use super::read::Answered;
use super::{Call, Pace, State};
use crate::code::Code;
use crate::error::ApiError;
use crate::outcome::{Outcome, Resolution};
use crate::quota;
use crate::retry::{SCAN_AT_MS, backoff, look_wait};
use crate::step::{Step, Wait};

/// Rounds of looks that a call may make even when it may not retry (T2).
const LEAST_LOOKS: u32 = 4;

impl Call {
    pub(super) fn follow(&mut self, state: &mut State, next: Next, pace: Pace) -> Step {
        self.follow_with(state, next, pace, None)
    }

    /// Does what the table says; `answered` is the response that led here, if one did.
    pub(super) fn follow_with(
        &mut self,
        state: &mut State,
        next: Next,
        pace: Pace,
        answered: Option<Answered>,
    ) -> Step {
        if matches!(next, Next::Again(Phase::Look) | Next::Now(Phase::Look)) && self.plan.look.is_none() {
            // Nothing can be read: as if nothing had been found (a recalculation's commit without its quote).
            let blind = decide::next(self.plan.row, Phase::Look, Told::Absent, self.facts);
            return self.follow_with(state, blind, pace, answered);
        }
        match next {
            Next::End(ending) => self.finish_with(state, ending, answered),
            // One more request of the same round.
            Next::Now(phase) if phase == self.phase && phase != Phase::Send => self.go(state),
            Next::Now(phase) => {
                if phase == Phase::Look && !self.look_allowed(state, quota::Cause::TurnedAway) {
                    return self.stop(state);
                }
                self.enter(phase);
                self.go(state)
            }
            Next::Again(phase) => self.again(state, phase, pace),
        }
    }

    fn again(&mut self, state: &mut State, phase: Phase, pace: Pace) -> Step {
        if pace == Pace::AtOnce && phase == self.phase {
            return self.go(state);
        }
        let cause = match pace {
            Pace::Backoff(cause) | Pace::After(_, cause) => cause,
            Pace::AtOnce => quota::Cause::TurnedAway,
        };
        let allowed = match phase {
            Phase::Send => self.send_allowed(state, cause),
            Phase::Look => self.look_allowed(state, cause),
            Phase::Before => {
                self.befores <= self.budget.max_retries && state.quota.sends.spend(self.now.tick_ms, cause)
            }
        };
        if !allowed {
            return self.stop(state);
        }
        let (ms, reason) = self.wait(phase, pace);
        // A closed limit would only wake the call to wait again (L4).
        let ms = ms.max(state.limiter.frozen_ms(self.now.tick_ms));
        let from = self.phase;
        self.enter(phase);
        let start = self.now.tick_ms.saturating_add(ms);
        if self.latest().is_none_or(|latest| start > latest) {
            self.phase = from;
            return self.stop(state);
        }
        self.sleep(ms, reason)
    }

    /// Enters a phase, which for a look begins a new round.
    pub(super) fn enter(&mut self, phase: Phase) {
        if phase == Phase::Look {
            self.trace.looks = self.trace.looks.saturating_add(1);
            self.lookup.begin();
        }
        if (self.phase, phase) == (Phase::Look, Phase::Send) {
            // Nothing is there, twice: one more send, and only one (W5).
            self.facts.no_more_sends |= self.plan.row == InDoubt::Find;
            self.lookup.forget_misses();
        }
        self.phase = phase;
    }

    fn send_allowed(&mut self, state: &mut State, cause: quota::Cause) -> bool {
        let retries = self.trace.sends.saturating_sub(self.sends_dated_again);
        let allowed = retries <= self.budget.max_retries && state.quota.sends.spend(self.now.tick_ms, cause);
        if allowed {
            self.paid = Some(cause);
        }
        allowed
    }

    fn look_allowed(&mut self, state: &mut State, cause: quota::Cause) -> bool {
        let rounds = LEAST_LOOKS.max(self.budget.max_retries.saturating_add(1));
        self.trace.looks < rounds && state.quota.looks.spend(self.now.tick_ms, cause)
    }

    /// How long to wait before the phase, and what for.
    fn wait(&mut self, phase: Phase, pace: Pace) -> (u64, Wait) {
        if let Pace::After(ms, _) = pace {
            return (ms, Wait::RetryAfter);
        }
        let from_look = self.phase == Phase::Look;
        match phase {
            Phase::Look if self.plan.row == InDoubt::Scan && self.resolving.is_none() => {
                let now = self.now.tick_ms;
                let next = SCAN_AT_MS.iter().map(|at| self.doubt_at.saturating_add(*at)).find(|at| *at > now);
                let ms = next.map_or_else(
                    || look_wait(self.trace.looks, &mut self.random),
                    |at| at.saturating_sub(now),
                );
                (ms, Wait::Look)
            }
            Phase::Look => {
                let ms = look_wait(self.trace.looks, &mut self.random);
                let least = APART_MS.max(self.lookup.lapses_in_ms);
                if from_look { (ms.max(least), Wait::Look) } else { (ms, Wait::Retry) }
            }
            Phase::Send => (backoff(self.trace.sends.saturating_sub(1), &mut self.random), Wait::Retry),
            Phase::Before => (backoff(self.befores.saturating_sub(1), &mut self.random), Wait::Retry),
        }
    }

    pub(super) fn finish(&mut self, state: &mut State, ending: Ending) -> Step {
        self.finish_with(state, ending, None)
    }

    fn finish_with(&mut self, state: &mut State, ending: Ending, answered: Option<Answered>) -> Step {
        match (ending, self.facts.resolving) {
            (Ending::Recovered, true) => {
                state.quota.looks.succeeded(None);
                self.answer(answered, true, Some(Resolution::Applied))
            }
            (Ending::NotApplied, _) => self.done(Ok(self.resolution(Resolution::NotApplied))),
            (Ending::Mismatch, true) => self.resolved_as_unknown(answered),
            (Ending::Unknown | Ending::Accepted, true) => self.unresolved(answered),
            (_, true) => self.fail_with_last(),
            (Ending::Answered, _) => self.answer(answered, false, None),
            (Ending::Recovered, _) => {
                state.quota.looks.succeeded(None);
                self.answer(answered, true, None)
            }
            (Ending::Accepted, _) => self.accepted(answered),
            (Ending::Refused, _) => self.refuse(),
            (Ending::Mismatch, _) => self.mismatch(),
            (Ending::Unknown, _) => self.unknown(),
        }
    }

    /// Success with the object of the response at hand.
    fn answer(
        &mut self,
        answered: Option<Answered>,
        recovered: bool,
        resolution: Option<Resolution>,
    ) -> Step {
        let mut outcome = self.outcome_of(answered);
        if recovered {
            outcome.recovered = resolution.is_none();
            outcome.data.clone_from(&self.lookup.data);
            outcome.unverified.clone_from(&self.lookup.unverified);
        }
        outcome.resolution = resolution;
        self.done(Ok(outcome))
    }

    fn accepted(&mut self, answered: Option<Answered>) -> Step {
        let mut outcome = self.outcome_of(answered);
        outcome.accepted = true;
        // The 202 decided, whatever the look for its object came to.
        outcome.status = 202;
        outcome.data = None;
        outcome.record = if self.plan.writes() { self.record().map(Box::new) } else { None };
        self.done(Ok(outcome))
    }

    fn outcome_of(&self, answered: Option<Answered>) -> Outcome {
        let mut outcome = Outcome {
            custom_id: self.plan.custom_id.clone(),
            trace: self.trace.clone(),
            ..Outcome::default()
        };
        if let Some(Answered { classification, response }) = answered {
            outcome.status = response.status;
            outcome.accepted = response.status == 202;
            outcome.not_modified = classification.not_modified;
            outcome.etag = response.header("etag").map(str::to_owned);
            outcome.last_modified = response.header("last-modified").map(str::to_owned);
            outcome.request_id = classification.request_id;
            outcome.data = classification.data;
            outcome.meta = classification.meta;
            outcome.body = response.body;
        }
        outcome
    }

    /// A definite error: nothing was applied by this call.
    fn refuse(&mut self) -> Step {
        let existing = self
            .lookup
            .existing_id
            .take()
            .filter(|_| self.phase == Phase::Look || self.phase == Phase::Before);
        let error = match (self.send_error.take(), existing) {
            (Some(mut error), Some(id)) if error.status == Some(409) && !self.facts.doubt => {
                error.existing_id = Some(id);
                error
            }
            (_, Some(id)) => Box::new(self.stands_in_the_way(id)),
            (error, None) => error.unwrap_or_else(|| self.last()),
        };
        self.fail(*error)
    }

    /// The two definite errors that may follow doubt, both proven by an object that was read: an older object under
    /// this id (W6), a quote that has lapsed (W7). Before the first send: our id already in the ledger.
    fn stands_in_the_way(&self, id: String) -> ApiError {
        let name = self.plan.operation.name;
        let mut error = if self.lookup.lapsed {
            ApiError::new(
                Code::Conflict,
                name,
                "the quote was made but has lapsed: nothing moved",
                "create a new one under a new custom_id",
            )
        } else {
            ApiError::new(
                Code::DuplicateCustomId,
                name,
                "another object was created under this custom_id before this call",
                "read that object; use a new custom_id only for something that is really new",
            )
        };
        error.existing_id = Some(id);
        error
    }

    fn mismatch(&mut self) -> Step {
        let mut error = ApiError::new(
            Code::ParameterMismatch,
            self.plan.operation.name,
            ["the object under this custom_id differs in ", &self.lookup.differing.join(", ")].concat(),
            "read that object before anything else: do not pay under another custom_id until it is clear what it is",
        );
        error.existing_id.clone_from(&self.lookup.existing_id);
        error.differing.clone_from(&self.lookup.differing);
        error.record = self.record().map(Box::new);
        error.cause = self.cause();
        self.fail(error)
    }

    fn unknown(&mut self) -> Step {
        let hint = match (self.plan.row, self.plan.once, self.plan.look) {
            (InDoubt::Find, false, _) if self.plan.custom_id.is_some() => {
                "store the record and resolve it; never pay under another custom_id: only the same create under the same one is safe"
            }
            (InDoubt::GiveUp, ..) | (_, _, None) => {
                "it cannot be looked up by itself: look at the object and the account's transactions before sending it again"
            }
            _ => "store the record and resolve it later; do not send it again before that",
        };
        let mut error = ApiError::new(
            Code::OutcomeUnknown,
            self.plan.operation.name,
            "the request may have been applied, and its answer is lost",
            hint,
        );
        error.cause = self.cause();
        error.differing.clone_from(&self.lookup.differing);
        error.existing_id.clone_from(&self.lookup.existing_id);
        error.record = self.record().map(Box::new);
        if let Some(last) = &self.last_error {
            error.status = last.status;
            error.request_id.clone_from(&last.request_id);
            error.retry_at_ms = last.retry_at_ms;
        }
        self.fail(error)
    }

    /// `resolve` found an object that differs: unknown, with the object.
    fn resolved_as_unknown(&mut self, answered: Option<Answered>) -> Step {
        let mut outcome = self.outcome_of(answered);
        outcome.data.clone_from(&self.lookup.data);
        outcome.resolution = Some(Resolution::Unknown {
            cause: None,
            retry_at_ms: None,
            differing: self.lookup.differing.clone(),
        });
        self.done(Ok(outcome))
    }

    /// `resolve` found nothing that proves anything: says when asking again can.
    fn unresolved(&mut self, answered: Option<Answered>) -> Step {
        let settled = self.resolving.as_ref().map(|record| record.last_signed_ms.saturating_add(SETTLED_MS));
        let host = settled.map(|at| at.saturating_add_signed(self.offset_ms().saturating_neg()));
        let retry_at_ms = host.filter(|at| *at > self.now.unix_ms && self.plan.look.is_some());
        let mut outcome = self.outcome_of(answered);
        outcome.data = None;
        outcome.resolution = Some(Resolution::Unknown {
            cause: self.cause(),
            retry_at_ms,
            differing: self.lookup.differing.clone(),
        });
        self.done(Ok(outcome))
    }

    pub(super) fn fail_with_last(&mut self) -> Step {
        let error = self.last();
        self.fail(*error)
    }

    fn last(&mut self) -> Box<ApiError> {
        let name = self.plan.operation.name;
        let early = || Box::new(ApiError::new(Code::Timeout, name, "the call ended early", "try again"));
        self.last_error.take().unwrap_or_else(early)
    }

    fn fail(&mut self, mut error: ApiError) -> Step {
        error.trace = self.trace.clone();
        self.done(Err(error))
    }
}

#[cfg(test)]
mod tests;
