//! Sending: the only place where a call takes a place of the rate limit, is dated, signed and handed to its host.
//! What is sent follows from the phase; whether anything may be sent was decided before.

use super::decide::InDoubt;
use super::lookup::{AGE_TOLERANCE_MS, Asked};
use super::pending::RECORD;
use super::{Call, Flight, Phase, SentAt, State, Waiting};
use crate::clock::REFUSED_MS;
use crate::code::Code;
use crate::date::format_imf;
use crate::error::ApiError;
use crate::http::{Method, Purpose, Request};
use crate::limiter::{Ask, Place, Priority, Reply, Turn};
use crate::operation::Operation;
use crate::request::prepare;
use crate::sign::CONTENT_TYPE;
use crate::step::{Step, Wait};

/// How long one recovery read, one commit or asking a shared limit may take, in ms (T3).
const SHORT_MS: u64 = 5_000;
/// A write is sent only if at least this much time is left beyond the reserve, in ms (T3).
const LEAST_MS: u64 = 1_000;

impl Call {
    /// Takes a place and sends what the phase asks for, or waits for a place.
    pub(super) fn go(&mut self, state: &mut State) -> Step {
        let now = self.now.tick_ms;
        let Some(timeout) = self.timeout(now) else { return self.out_of_time(state) };
        let place = if self.permitted {
            self.permitted = false;
            Some(state.limiter.permitted(now, timeout))
        } else if self.shared.config.shared_limit && !self.permit_failed {
            self.waiting = Waiting::Permit;
            return Step::Permit {
                cost: if self.two() { 2 } else { 1 },
                priority: self.priority(),
                frozen_ms: state.limiter.frozen_ms(now),
                // Half of what is left at most: when nobody answers there must be time to send all the same.
                timeout_ms: (self.latest().unwrap_or(now).saturating_sub(now) / 2).clamp(1, SHORT_MS),
            };
        } else {
            self.permit_failed = false;
            let ask = Ask {
                ticket: self.ticket.take(),
                priority: self.priority(),
                two: self.two(),
                commit_of: self.plan.commits().filter(|_| self.phase == Phase::Send),
                deadline: self.latest().unwrap_or(now),
                attempt_timeout_ms: timeout,
                // A look ahead, so that the queue does not change what the backoff draws.
                random: self.random.clone().draw(),
            };
            match state.limiter.ask(now, &ask) {
                Turn::Go(place) => Some(place),
                Turn::Wait { ms, ticket } => {
                    self.ticket = Some(ticket);
                    return self.sleep(ms, Wait::Limit);
                }
                Turn::Never { free_at } => return self.no_place(state, free_at.saturating_sub(now)),
            }
        };
        self.fetch(state, place, timeout)
    }

    /// The shared limit has reserved a place that may be used after this wait (L5).
    pub(super) fn permitted_after(&mut self, state: &mut State, wait_ms: u64) -> Step {
        if self.latest().is_none_or(|latest| self.now.tick_ms.saturating_add(wait_ms) > latest) {
            return self.no_place(state, wait_ms);
        }
        self.permitted = true;
        if wait_ms == 0 { self.go(state) } else { self.sleep(wait_ms, Wait::Limit) }
    }

    fn priority(&self) -> Priority {
        if self.phase == Phase::Send { self.plan.send_priority() } else { self.plan.look_priority() }
    }

    /// Whether the request needs a second place, for the commit that follows it (L2).
    fn two(&self) -> bool {
        self.phase == Phase::Send && self.plan.two_step()
    }

    /// The latest tick at which a request of this phase may start; `None`: no tick is early enough.
    pub(super) fn latest(&self) -> Option<u64> {
        let kept = match self.phase {
            Phase::Send if self.plan.writes() => self.budget.reserve.saturating_add(LEAST_MS),
            _ => 1,
        };
        let latest = self.budget.deadline.checked_sub(kept)?;
        // Whatever kept the call waiting: a quote is committed again in its own time only (W2).
        Some(if self.commits_again() { latest.min(self.commit_until) } else { latest })
    }

    /// Whether the next request commits what a request before it was to commit.
    fn commits_again(&self) -> bool {
        self.phase == Phase::Send && self.plan.row == InDoubt::Commit && self.trace.sends > 0
    }

    /// How long the request of this phase may take, in ms; `None`: there is no time left for it (T2, T3).
    fn timeout(&self, now: u64) -> Option<u64> {
        if now > self.latest()? {
            return None;
        }
        let left = self.budget.deadline.saturating_sub(now);
        let attempt = match (self.phase, self.plan.row) {
            (Phase::Look | Phase::Before, _) => left.min(SHORT_MS),
            (Phase::Send, InDoubt::Repeat) => left,
            (Phase::Send, InDoubt::Commit) => left.saturating_sub(self.budget.reserve).min(SHORT_MS),
            (Phase::Send, _) => left.saturating_sub(self.budget.reserve),
        };
        Some(attempt.min(self.budget.attempt).max(1))
    }

    fn out_of_time(&mut self, state: &mut State) -> Step {
        let lapsed = self.commits_again() && self.now.tick_ms > self.commit_until;
        let (message, hint) = match (lapsed, self.trace.sends) {
            (true, _) => (
                "the quote is too old to be committed again",
                "read the object; if it was not committed, make a new one",
            ),
            (false, 0) => {
                ("the timeout of the call leaves no time to send", "give the call a longer timeout")
            }
            (false, _) => ("the timeout of the call has passed", "give the call a longer timeout"),
        };
        self.note(ApiError::new(Code::Timeout, self.plan.operation.name, message, hint));
        self.stop(state)
    }

    /// A wait for the rate limit that cannot end before the deadline ends the call at once (L3).
    fn no_place(&mut self, state: &mut State, wait_ms: u64) -> Step {
        let mut error = ApiError::new(
            Code::RateLimited,
            self.plan.operation.name,
            "the client's own rate limit has no room before the timeout of the call",
            "come back at the given time, or give the call a longer timeout",
        );
        error.retry_at_ms = Some(self.now.unix_ms.saturating_add(wait_ms));
        self.note(error);
        self.stop(state)
    }

    /// What a look must know of this call.
    pub(super) fn asked(&self, server_now: Option<u64>) -> Option<Asked<'_>> {
        let now = self.now.tick_ms;
        let (first_send, earliest_send) = match (&self.resolving, self.sent) {
            (Some(record), _) => (Some(record.first_send_ms), Some(record.first_send_ms)),
            (None, Some(sent)) => {
                let known = self.server.map(|_| self.happened(sent.first).0);
                let ticks = now.saturating_sub(sent.first.tick_ms);
                let first = server_now.map(|server| server.saturating_sub(ticks)).or(known);
                // A clock of the wall goes on while the machine is asleep, a monotonic one often does not.
                let slept = self.now.unix_ms.saturating_sub(sent.first.unix_ms).saturating_sub(ticks);
                let slept = if slept > AGE_TOLERANCE_MS { slept } else { 0 };
                (first, first.map(|first| first.saturating_sub(slept)))
            }
            (None, None) => (None, None),
        };
        Some(Asked {
            operation: self.plan.operation,
            look: self.plan.look?,
            params: &self.plan.params,
            custom_id: self.plan.custom_id.as_deref(),
            quote: self.plan.quote.as_ref(),
            forced: self.plan.forced,
            doubt: self.facts.doubt,
            taken: self.facts.taken,
            resolving_since: self.resolving.as_ref().map(|record| record.last_signed_ms),
            tolerance: match &self.resolving {
                Some(record) if !record.server_time => REFUSED_MS,
                _ => AGE_TOLERANCE_MS,
            },
            doubt_at: self.doubt_at,
            now,
            server_now,
            first_send,
            earliest_send,
        })
    }

    fn fetch(&mut self, state: &mut State, place: Option<Place>, timeout_ms: u64) -> Step {
        let (operation, path_and_query, body) = match self.target() {
            Ok(target) => target,
            Err(error) => {
                if let Some(place) = place {
                    state.limiter.answered(place, self.now.tick_ms, Reply::Lost);
                }
                self.note(error);
                return self.stop(state);
            }
        };
        let signed_ms = state.clock.now(self.now.unix_ms);
        let date = format_imf(signed_ms);
        let headers = self.headers(operation.method, &path_and_query, body.as_deref(), &date);
        let purpose = match self.phase {
            Phase::Before => Purpose::Before,
            Phase::Send => Purpose::Send,
            Phase::Look => Purpose::Look,
        };
        let fresh = self.phase == Phase::Send
            && matches!(self.plan.row, InDoubt::Commit | InDoubt::Scan | InDoubt::GiveUp);
        let config = &self.shared.config;
        let request = Request {
            method: operation.method,
            url: [config.environment.base_url(), &path_and_query].concat(),
            headers,
            body,
            timeout_ms,
            max_body: config.max_body,
            fresh,
            purpose,
        };
        let sent_before = self.sent;
        self.count(signed_ms, state.clock.offset_ms());
        self.waiting = Waiting::Answer(Flight {
            place,
            operation,
            sent: self.now,
            sent_before,
            signed_ms,
            signed_offset_ms: state.clock.offset_ms(),
            date,
            path_and_query,
            has_body: request.body.is_some(),
        });
        Step::Fetch(request)
    }

    /// The headers of a request, its signature among them.
    fn headers(
        &self,
        method: Method,
        path_and_query: &str,
        body: Option<&[u8]>,
        date: &str,
    ) -> Vec<(&'static str, String)> {
        let signature = self.shared.signer.sign(method, body, CONTENT_TYPE, date, path_and_query);
        let mut headers = vec![
            ("Authorization", self.shared.signer.authorization(&signature)),
            ("Date", date.to_owned()),
            ("Content-Type", CONTENT_TYPE.to_owned()),
            ("Accept", CONTENT_TYPE.to_owned()),
            ("User-Agent", self.shared.config.user_agent.clone()),
        ];
        if self.phase == Phase::Send {
            let conditions =
                [("If-None-Match", &self.conditions.0), ("If-Modified-Since", &self.conditions.1)];
            headers.extend(conditions.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        }
        headers
    }

    /// Notes that the request of the phase goes out now.
    fn count(&mut self, signed_ms: u64, offset_ms: i64) {
        match self.phase {
            Phase::Before => self.befores = self.befores.saturating_add(1),
            Phase::Send => {
                self.trace.sends = self.trace.sends.saturating_add(1);
                let offsets_ms = (offset_ms, offset_ms);
                let now = SentAt { first: self.now, last: self.now, signed_ms, offsets_ms };
                self.sent = Some(self.sent.map_or(now, |before| before.and(now)));
            }
            Phase::Look => {}
        }
    }

    /// What the phase sends: operation, path with query, body.
    fn target(&self) -> Result<(&'static Operation, String, Option<Vec<u8>>), ApiError> {
        if self.phase == Phase::Send {
            let prepared = &self.plan.prepared;
            return Ok((self.plan.operation, prepared.path_and_query.clone(), prepared.body.clone()));
        }
        let refused = |message: &str| ApiError::invalid_argument(self.plan.operation.name, RECORD, message);
        let asked = self.asked(None).ok_or_else(|| refused("has nothing that can be looked for"))?;
        let (operation, params) = self.lookup.read(&asked);
        let prepared = prepare(operation, &params).map_err(|wrong| refused(&wrong.to_string()))?;
        Ok((operation, prepared.path_and_query, None))
    }
}
