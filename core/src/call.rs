//! One call as a state machine: events in, steps out. Pure, deterministic and total: the same events give the same
//! steps, and no event can make it panic.
//!
//! ```text
//!                   ┌────────────────────── Woken ───────────────────────┐
//!                   ▼                                                    │
//!   begin ──────► go ──► Step::Permit ── Permitted ──► Step::Sleep ──────┤
//!                 │  │        └───────── PermitFailed ──► go             │
//!                 │  └──────── no place yet ─────────► Step::Sleep ──────┤
//!                 ▼                                                      │
//!            Step::Fetch ── Response │ Failed ──► read ──► next ──► follow ──► Step::Sleep
//!                                                 facts    table     │  │
//!                 ▲                                                  │  └──► Step::Done
//!                 └──────────────────── at once ─────────────────────┘
//! ```
//!
//! Three bottlenecks keep it readable: `go` sends, or waits for a place to; `read` takes in answers and failures; `follow`
//! carries out what the table decided. What follows what is that one table, [`decide`]. The client's shared state is locked once per event and never
//! across a wait.

pub mod decide;
mod flight;
mod follow;
mod go;
mod lookup;
pub mod options;
pub mod pending;
mod plan;
mod read;
mod same;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;
mod unfit;

use crate::client::{Shared, State};
use crate::clock::{Previous, Shown};
use crate::error::ApiError;
use crate::event::{Event, Misuse, Moment, Sent};
use crate::limiter::{Reply, Ticket};
use crate::observe::{ReadSeen, Seen};
use crate::outcome::{Outcome, Resolution, Trace, Waited};
use crate::quota;
use crate::random::Random;
use crate::step::{Step, Wait};
use decide::{Ending, Facts, InDoubt, Phase, stop};
use flight::{Flight, SentAt};
use lookup::Lookup;
use options::Options;
use pending::Record;
use plan::Plan;
use serde_json::{Map, Value};
use std::sync::Arc;
use unfit::Success;

/// One running call. The host does what each [`Step`] says and reports back with [`Call::advance`].
#[derive(Debug)]
pub struct Call {
    shared: Arc<Shared>,
    plan: Plan,
    budget: Budget,
    waiting: Waiting,
    phase: Phase,
    facts: Facts,
    lookup: Lookup,
    random: Random,
    now: Moment,
    trace: Trace,
    /// How often the existing state was read before the first send.
    befores: u32,
    /// Repeats that a wrong clock made necessary (C1).
    clock_repeats: u32,
    /// Those of them that were sends: they are not retries (T2).
    sends_dated_again: u32,
    /// The offset to go back to if the repeat is refused too.
    previous_offset: Option<Previous>,
    /// What the last retry cost, to be returned on success (T6).
    paid: Option<quota::Cause>,
    ticket: Option<Ticket>,
    permitted: bool,
    permit_failed: bool,
    /// When and how the write was sent; `None`: not yet.
    sent: Option<SentAt>,
    doubt_at: u64,
    /// Until when a commit may be repeated, tick ms.
    commit_until: u64,
    /// What the usable `Date`s have shown of the server's clock.
    server: Option<Shown>,
    /// For `resolve`: the record.
    resolving: Option<Box<Record>>,
    /// The last error of a send and the last of all.
    send_error: Option<Box<ApiError>>,
    last_error: Option<Box<ApiError>>,
    last_read: Option<ReadSeen>,
    /// `If-None-Match` and `If-Modified-Since` of a read.
    conditions: (Option<String>, Option<String>),
    /// What is known of the answer that the call succeeded with.
    success: Option<Success>,
}

/// How much time a call has, in ms and ticks.
#[derive(Clone, Copy, Debug)]
struct Budget {
    deadline: u64,
    /// Kept for finding out how a write ended (T3).
    reserve: u64,
    attempt: u64,
    max_retries: u32,
}

/// What a call is waiting for.
#[derive(Debug)]
enum Waiting {
    Permit,
    Sleep { until: u64, reason: Wait },
    Answer(Flight),
    Nothing,
}

/// How soon an attempt may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Now: only the signature was wrong.
    AtOnce,
    /// After a backoff, which costs quota.
    Backoff(quota::Cause),
    /// When the server said, in ms, at the same cost.
    After(u64, quota::Cause),
}

impl Call {
    /// Begins a call; what has to be done first is the step. An error of the arguments is that step too.
    pub(crate) fn begin(
        shared: Arc<Shared>,
        at: Moment,
        operation: &str,
        params: Map<String, Value>,
        options: &Options,
        entropy: [u8; 16],
    ) -> (Self, Step) {
        match Plan::new(operation, params, options, &entropy) {
            Ok(plan) => {
                let mut call = Self::new(shared, at, plan, options, entropy);
                if call.plan.row == InDoubt::Scan {
                    call.phase = Phase::Before;
                }
                let step = call.locked(|call, state| call.go(state));
                (call, step)
            }
            Err(error) => Self::over(shared, at, options, entropy, error),
        }
    }

    /// Begins finding out how the write of this record ended. Never sends it.
    pub(crate) fn resolve(
        shared: Arc<Shared>,
        at: Moment,
        record: &Record,
        options: &Options,
        entropy: [u8; 16],
    ) -> (Self, Step) {
        let wrong = |(field, message): (&str, &str)| ApiError::invalid_argument("resolve", field, message);
        let checked = options.check(false, false).and_then(|()| record.check(&shared.config.api_key));
        match checked.map_err(wrong).and_then(|()| Plan::resolving(record)) {
            Ok(plan) => {
                let mut call = Self::new(shared, at, plan, options, entropy);
                call.facts = Facts {
                    doubt: true,
                    // A quote moves nothing, whoever has it in hand, and has lapsed long before its absence counts.
                    accepted: record.accepted && !call.plan.two_step(),
                    resolving: true,
                    ..Facts::default()
                };
                call.lookup.seen.clone_from(&record.seen);
                call.resolving = Some(Box::new(record.clone()));
                let step = call.locked(|call, state| match call.plan.look {
                    // The first look is the call itself, and draws on no quota.
                    Some(_) => {
                        call.enter(Phase::Look);
                        call.go(state)
                    }
                    None => call.finish(state, Ending::Unknown),
                });
                (call, step)
            }
            Err(error) => Self::over(shared, at, options, entropy, error),
        }
    }

    fn new(shared: Arc<Shared>, at: Moment, plan: Plan, options: &Options, entropy: [u8; 16]) -> Self {
        let config = &shared.config;
        let total = options.deadline_ms.unwrap_or(config.deadline_ms);
        let budget = Budget {
            deadline: at.tick_ms.saturating_add(total),
            reserve: if plan.writes() { (total.saturating_mul(2) / 5).min(15_000) } else { 0 },
            attempt: options.attempt_timeout_ms.unwrap_or(config.attempt_timeout_ms),
            max_retries: options.max_retries.unwrap_or(config.max_retries),
        };
        let server_ms = shared.lock().clock.now(at.unix_ms);
        let quote_left = lookup::QUOTE_MS.saturating_sub(options.quote_age(at.unix_ms, server_ms));
        Self {
            plan,
            budget,
            waiting: Waiting::Nothing,
            phase: Phase::Send,
            facts: Facts::default(),
            lookup: Lookup::default(),
            random: Random::new(entropy),
            now: at,
            trace: Trace::default(),
            befores: 0,
            clock_repeats: 0,
            sends_dated_again: 0,
            previous_offset: None,
            paid: None,
            ticket: None,
            permitted: false,
            permit_failed: false,
            sent: None,
            doubt_at: at.tick_ms,
            commit_until: at.tick_ms.saturating_add(quote_left),
            server: None,
            resolving: None,
            send_error: None,
            last_error: None,
            last_read: None,
            conditions: (options.if_none_match.clone(), options.if_modified_since.clone()),
            success: None,
            shared,
        }
    }

    /// A call that ends before it begins.
    fn over(
        shared: Arc<Shared>,
        at: Moment,
        options: &Options,
        entropy: [u8; 16],
        error: ApiError,
    ) -> (Self, Step) {
        (Self::new(shared, at, Plan::nothing(), options, entropy), Step::Done(Box::new(Err(error))))
    }

    /// Takes in what happened and says what to do next.
    ///
    /// # Errors
    /// [`Misuse`] when the event does not fit what the call is waiting for; the call is unchanged then.
    pub fn advance(&mut self, at: Moment, event: Event) -> Result<Step, Misuse> {
        let misuse = Misuse { state: self.state(), event: event.as_str() };
        match (&self.waiting, &event) {
            (Waiting::Nothing, _) => return Err(misuse),
            (_, Event::Cancelled(_))
            | (Waiting::Sleep { .. }, Event::Woken)
            | (Waiting::Answer(_), Event::Response(_) | Event::Failed(_))
            | (Waiting::Permit, Event::Permitted { .. } | Event::PermitFailed) => {}
            _ => return Err(misuse),
        }
        // A monotonic clock that goes back counts as standing still (T1).
        self.now = Moment { tick_ms: at.tick_ms.max(self.now.tick_ms), ..at };
        Ok(self.locked(|call, state| call.take_in(state, event)))
    }

    fn take_in(&mut self, state: &mut State, event: Event) -> Step {
        match (core::mem::replace(&mut self.waiting, Waiting::Nothing), event) {
            (waiting, Event::Cancelled(sent)) => self.cancel(state, waiting, sent),
            (Waiting::Sleep { until, reason }, _) if self.now.tick_ms < until => {
                self.waiting = Waiting::Sleep { until, reason };
                Step::Sleep { ms: until.saturating_sub(self.now.tick_ms), reason }
            }
            (Waiting::Answer(flight), Event::Response(response)) => {
                let (told, pace, body) = self.read_response(state, flight, response);
                let next = decide::next(self.plan.row, self.phase, told, self.facts);
                self.follow_with(state, next, pace, body)
            }
            (Waiting::Answer(flight), Event::Failed(failure)) => {
                let (told, pace) = self.read_failure(state, flight, &failure);
                let next = decide::next(self.plan.row, self.phase, told, self.facts);
                self.follow(state, next, pace)
            }
            (_, Event::Permitted { wait_ms }) => self.permitted_after(state, wait_ms),
            (_, Event::PermitFailed) => {
                self.permit_failed = true;
                self.go(state)
            }
            _ => self.go(state),
        }
    }

    fn locked(&mut self, act: impl FnOnce(&mut Self, &mut State) -> Step) -> Step {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        act(self, &mut state)
    }

    /// What the call is waiting for, in a word.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self.waiting {
            Waiting::Permit => "waiting for a permit",
            Waiting::Sleep { .. } => "asleep",
            Waiting::Answer(_) => "waiting for a response",
            Waiting::Nothing => "over",
        }
    }

    /// The `custom_id` of the call, the caller's or a generated one; known before the first send (W3).
    #[must_use]
    pub fn custom_id(&self) -> Option<&str> {
        self.plan.custom_id.as_deref()
    }

    /// What observers see of the step that the call has just answered.
    #[must_use]
    pub fn seen(&self, step: &Step) -> Seen {
        Seen::of(
            self.plan.operation.name,
            self.plan.custom_id.as_deref(),
            step,
            self.trace.sends,
            self.trace.looks,
            self.last_read.clone(),
        )
    }

    fn sleep(&mut self, ms: u64, reason: Wait) -> Step {
        self.trace.waits.push(Waited { ms, reason });
        self.waiting = Waiting::Sleep { until: self.now.tick_ms.saturating_add(ms), reason };
        Step::Sleep { ms, reason }
    }

    /// W4: what cancelling means depends on whether the write may have been applied.
    fn cancel(&mut self, state: &mut State, waiting: Waiting, sent: Sent) -> Step {
        if let Some(ticket) = self.ticket.take() {
            state.limiter.forget(ticket);
        }
        if let Waiting::Answer(flight) = waiting {
            if let Some(place) = flight.place {
                state.limiter.answered(place, self.now.tick_ms, Reply::Lost);
            }
            if self.phase == Phase::Send && self.plan.writes() && sent == Sent::Maybe {
                self.facts.doubt = true;
            }
        }
        let error = ApiError::new(
            crate::code::Code::Cancelled,
            self.plan.operation.name,
            "the call was cancelled by the caller",
            "nothing was applied by this call",
        );
        self.last_error = Some(Box::new(error));
        self.send_error = None;
        if self.facts.resolving {
            return self.fail_with_last();
        }
        self.finish(state, if self.in_doubt() { Ending::Unknown } else { Ending::Refused })
    }

    /// The end that the limits lead to.
    fn stop(&mut self, state: &mut State) -> Step {
        let ending = stop(self.facts);
        self.finish(state, ending)
    }

    fn done(&mut self, result: Result<Outcome, ApiError>) -> Step {
        self.success = result.as_ref().ok().map(Success::of);
        Step::Done(Box::new(result))
    }

    fn resolution(&self, resolution: Resolution) -> Outcome {
        Outcome {
            custom_id: self.plan.custom_id.clone(),
            resolution: Some(resolution),
            trace: self.trace.clone(),
            ..Outcome::default()
        }
    }
}
