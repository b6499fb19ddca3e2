//! Reading: the only place where facts are written. An answer or a failure comes in; the client's clock, limiter and
//! quota learn from it, doubt is noted, and what remains is one word for the table.

use super::decide::{InDoubt, Told};
use super::same::Found;
use super::{Call, Flight, Pace, Phase, State};
use crate::classify::{Classification, Data, Expect, LARGER, classify};
use crate::clock::{Exchange, Verdict, WRONG_MS};
use crate::code::Code;
use crate::date::parse_http_date;
use crate::error::{ApiError, Signed};
use crate::event::{Failure, FailureKind, Sent};
use crate::http::Response;
use crate::json;
use crate::limiter::Reply;
use crate::observe::ReadSeen;
use crate::operation::Answer;
use crate::quota;
use crate::status::is_retried;

/// An answer that was read: its classification and its bytes.
pub(super) struct Answered {
    pub(super) classification: Classification,
    pub(super) response: Response,
}

/// What is told of a write whose list of what was there before it cannot be read.
const NO_ROWS: &str =
    "the list of what was there before is not one, or longer than the API's are: nothing was sent";
const NO_ROWS_HINT: &str = "try again later; if it stays so, ask the API's support";

impl Call {
    /// Reads an answer.
    pub(super) fn read_response(
        &mut self,
        state: &mut State,
        flight: Flight,
        response: Response,
    ) -> (Told, Pace, Option<Answered>) {
        let place = flight.place;
        let (told, pace, answered) = self.read_answer(state, &flight, response);
        if let Some(place) = place {
            // The commit of a quote keeps a place of its own (L2); where nothing was made there is nothing to commit.
            if self.plan.two_step() && self.phase == Phase::Send {
                match self.answered_id(answered.as_ref()).filter(|_| told == Told::Done) {
                    Some(id) => state.limiter.held(place, &id),
                    None => state.limiter.release_hold(place),
                }
            }
        }
        (told, pace, answered)
    }

    fn read_answer(
        &mut self,
        state: &mut State,
        flight: &Flight,
        response: Response,
    ) -> (Told, Pace, Option<Answered>) {
        let now = self.now.tick_ms;
        let exchange = Exchange {
            date_ms: response.header("date").and_then(parse_http_date),
            aged: response.header("age").is_some(),
            sent_tick: flight.sent.tick_ms,
            received_tick: now,
            received_unix_ms: self.now.unix_ms,
        };
        let expect = self.expect(flight);
        let read = classify(&response, expect, self.shared.config.max_body);
        self.server = exchange.shown().map(|shown| shown.after(self.server)).or(self.server);
        if let Some(place) = flight.place {
            let reply = match read.status {
                429 => Reply::Refused { retry_after_ms: read.retry_after_ms },
                _ => Reply::Passed,
            };
            state.limiter.answered(place, now, reply);
        }
        self.last_read = Some(ReadSeen {
            status: response.status,
            request_id: read.request_id.clone(),
            clock_offset_ms: exchange.offset_ms(),
            places_left: self.shared.config.rate_limit.map(|_| state.limiter.places_left(now)),
        });

        if response.status == 401 {
            let again = self.clock_was_wrong(state, flight, &exchange);
            self.note(self.refused_signature(flight, &read, &exchange));
            let told = if again { Told::Untouched } else { Told::Refused };
            if self.phase == Phase::Send {
                // Refused at the door: as if it had not been sent.
                self.sent = flight.sent_before;
            }
            self.forbid_after_refusal(told);
            return (told, Pace::AtOnce, None);
        }
        state.clock.drift(&exchange);
        self.previous_offset = None;

        let pace = pace(response.status, read.retry_after_ms);
        let told = match self.phase {
            Phase::Send => self.told_by_send(state, &read),
            Phase::Look | Phase::Before => {
                let server_now = exchange.date_ms.filter(|_| !exchange.aged);
                let more =
                    has_more(&read, &response).or((flight.operation.answer != Answer::Page).then_some(false));
                self.told_by_read(&read, &response, server_now, more)
            }
        };
        if read.code.is_some() {
            self.note(self.error_of(&read));
        }
        (told, pace, Some(Answered { classification: read, response }))
    }

    /// Reads a failure of the transport.
    pub(super) fn read_failure(
        &mut self,
        state: &mut State,
        flight: Flight,
        failure: &Failure,
    ) -> (Told, Pace) {
        if let Some(place) = flight.place {
            state.limiter.answered(place, self.now.tick_ms, Reply::Lost);
            if self.plan.two_step() && self.phase == Phase::Send {
                state.limiter.release_hold(place);
            }
        }
        let (code, hint) = match failure.kind {
            FailureKind::Timeout => (Code::Timeout, "the service or the network is slow: try again later"),
            FailureKind::TooLarge => (Code::InvalidResponse, LARGER),
            FailureKind::Connect | FailureKind::Broken => (
                Code::Connection,
                "check the network, the environment's address, and the proxy if this machine needs one",
            ),
        };
        self.note(ApiError::new(code, self.plan.operation.name, failure.detail.clone(), hint));
        self.last_read = None;
        let told = match (self.phase, failure.kind, failure.sent) {
            (Phase::Send, FailureKind::TooLarge, _) if !self.plan.writes() => Told::Refused,
            (Phase::Look | Phase::Before, FailureKind::TooLarge, _) => Told::Refused,
            (Phase::Send, _, Sent::Maybe) => self.unclear(),
            (Phase::Send, _, Sent::No) => Told::Untouched,
            (Phase::Look | Phase::Before, ..) => Told::Unclear,
        };
        (told, Pace::Backoff(quota::Cause::Failed))
    }

    fn expect(&self, flight: &Flight) -> Expect {
        let data = match flight.operation.answer {
            Answer::Object => Data::Object,
            Answer::Page | Answer::Rows => Data::List,
            Answer::Map => Data::Map,
        };
        let sends = self.phase == Phase::Send;
        let conditional = sends && (self.conditions.0.is_some() || self.conditions.1.is_some());
        Expect { data, conditional, write: sends && self.plan.writes() }
    }

    /// The id of the object in an answer.
    fn answered_id(&self, answered: Option<&Answered>) -> Option<String> {
        let Answered { classification, response } = answered?;
        let data = core::str::from_utf8(response.body.get(classification.data.clone()?)?).ok()?;
        Found::parse(data)?.text("id")
    }

    /// C1 and C2: whether the request is to be signed again at once, because the clock was wrong.
    fn clock_was_wrong(&mut self, state: &mut State, flight: &Flight, exchange: &Exchange) -> bool {
        if self.clock_repeats > 0 {
            if let Some(previous) = self.previous_offset.take() {
                state.clock.restore(&previous);
            }
            return false;
        }
        match state.clock.unauthenticated(flight.signed_ms, flight.signed_offset_ms, exchange) {
            Verdict::NotTheClock => return false,
            Verdict::SignAgain => {}
            Verdict::Adopted(previous) => self.previous_offset = Some(previous),
        }
        self.clock_repeats = self.clock_repeats.saturating_add(1);
        if self.phase == Phase::Send {
            self.sends_dated_again = self.sends_dated_again.saturating_add(1);
        }
        true
    }

    fn told_by_send(&mut self, state: &mut State, read: &Classification) -> Told {
        if self.plan.writes() && read.may_have_applied() && !read.accepted {
            return self.unclear();
        }
        match (read.code, read.status) {
            (None, status) if read.accepted => {
                self.facts.accepted |= status == 202;
                if self.plan.writes() {
                    self.doubt();
                    self.facts.no_more_sends = true;
                }
                Told::Accepted
            }
            (None, _) => {
                state.quota.sends.succeeded(self.paid);
                Told::Done
            }
            (code, 409)
                if code != Some(Code::Validation)
                    || self.plan.row != InDoubt::Find
                    || read.names_the_id() =>
            {
                // Something stands under this id: whatever a look finds, another send cannot help. A commit's object may have been
                // committed before.
                self.facts.taken |= matches!(self.plan.row, InDoubt::Find | InDoubt::Commit);
                self.facts.no_more_sends |= self.plan.row == InDoubt::Find || self.plan.look.is_none();
                Told::Taken
            }
            (_, 429) => Told::Untouched,
            (_, status) if is_retried(status) => Told::Unclear,
            _ => {
                self.forbid_after_refusal(Told::Refused);
                Told::Refused
            }
        }
    }

    fn told_by_read(
        &mut self,
        read: &Classification,
        response: &Response,
        server_now: Option<u64>,
        more: Option<bool>,
    ) -> Told {
        let mut lookup = core::mem::take(&mut self.lookup);
        let told = match self.asked(server_now) {
            None => Told::Refused,
            Some(asked) => match (read.code, read.data.clone()) {
                (None, Some(range)) => {
                    let at = range.start;
                    match response.body.get(range).and_then(|bytes| core::str::from_utf8(bytes).ok()) {
                        None => Told::Refused,
                        Some(data) if self.phase == Phase::Before => lookup.snapshot(&asked, data),
                        Some(data) => lookup.found(&asked, data, at, more),
                    }
                }
                (Some(Code::NotFound), _)
                    if self.phase == Phase::Look && read.api_code.as_deref() == Some("not_found") =>
                {
                    lookup.missing(&asked)
                }
                (_, _) if is_retried(read.status) => Told::Unclear,
                _ => Told::Refused,
            },
        };
        self.lookup = lookup;
        if (self.phase, told, read.code) == (Phase::Before, Told::Refused, None) {
            let name = self.plan.operation.name;
            self.note(ApiError::new(Code::InvalidResponse, name, NO_ROWS, NO_ROWS_HINT));
        }
        // It was read, and nobody has committed it.
        self.facts.taken &= !self.lookup.uncommitted;
        if let Some(left) = self.lookup.quote_left_ms {
            self.commit_until = self.commit_until.min(self.now.tick_ms.saturating_add(left));
        }
        told
    }

    /// Doubt: from now on only an object that was read can say that nothing happened (W2).
    fn unclear(&mut self) -> Told {
        if self.plan.writes() {
            self.doubt();
        }
        Told::Unclear
    }

    fn doubt(&mut self) {
        self.facts.doubt = true;
        self.facts.no_more_sends |= self.plan.once;
        self.doubt_at = self.now.tick_ms;
    }

    /// A definite no in doubt settles its own attempt; what it refused now it would refuse again (W2).
    fn forbid_after_refusal(&mut self, told: Told) {
        if told == Told::Refused && self.facts.doubt && self.phase == Phase::Send {
            self.facts.no_more_sends = true;
        }
    }

    /// Keeps an error as the last one, and as the last of a send if it is one.
    pub(super) fn note(&mut self, error: ApiError) {
        let error = Box::new(error);
        if self.phase == Phase::Send {
            self.send_error = Some(error.clone());
        }
        self.last_error = Some(error);
    }

    fn error_of(&self, read: &Classification) -> ApiError {
        let code = read.code.unwrap_or(Code::InvalidResponse);
        let message = match &read.api_message {
            Some(own) if !own.is_empty() && !quotes_a_signature(own) => {
                [read.meaning, " (", own, ")"].concat()
            }
            _ => read.meaning.to_owned(),
        };
        let mut error = ApiError::new(code, self.plan.operation.name, message, read.hint);
        error.status = Some(read.status);
        error.request_id.clone_from(&read.request_id);
        error.api_code.clone_from(&read.api_code);
        error.fields.clone_from(&read.fields);
        error
            .fields
            .retain(|field| ![&field.message, &field.args].iter().any(|said| quotes_a_signature(said)));
        error.retry_at_ms = read.retry_after_ms.map(|ms| self.now.unix_ms.saturating_add(ms));
        error
    }

    /// A 401 that explains itself: what was signed, and which part of it is most likely wrong.
    fn refused_signature(&self, flight: &Flight, read: &Classification, exchange: &Exchange) -> ApiError {
        let body = self.plan.prepared.body.as_deref().filter(|_| flight.has_body);
        let signature = self.shared.signer.sign(
            flight.operation.method,
            body,
            crate::sign::CONTENT_TYPE,
            &flight.date,
            &flight.path_and_query,
        );
        let difference = exchange.date_ms.filter(|_| !exchange.aged).map(|date| {
            let apart = i64::try_from(date.abs_diff(flight.signed_ms)).unwrap_or(i64::MAX);
            if date < flight.signed_ms { apart.saturating_neg() } else { apart }
        });
        let likely = match difference {
            Some(ms) if ms.unsigned_abs() > WRONG_MS => {
                "the clock: the signed time and the server's are more than a minute apart, and correcting it did not help: set this machine's clock"
            }
            Some(_) => "the API secret, the API key, or keys of the other environment: the clock is right",
            None => {
                "the API secret, the API key, or keys of the other environment; the server's time is not known"
            }
        };
        let mut error = self.error_of(read);
        error.signed = Some(Signed {
            string_to_sign: signature.string_to_sign(),
            clock_difference_ms: difference,
            likely: likely.into(),
        });
        error
    }
}

/// Whether somebody on the way wrote the request's `Authorization` into an answer: it could be sent again for minutes.
fn quotes_a_signature(text: &str) -> bool {
    text.contains("HMAC ")
}

/// When the next request may follow an answer, and what that costs.
fn pace(status: u16, retry_after_ms: Option<u64>) -> Pace {
    let cause = if status < 500 { quota::Cause::TurnedAway } else { quota::Cause::Failed };
    match retry_after_ms {
        Some(ms) if is_retried(status) => Pace::After(ms, cause),
        _ => Pace::Backoff(cause),
    }
}

/// Whether a page says that more rows follow; `None`: it does not say.
fn has_more(read: &Classification, response: &Response) -> Option<bool> {
    let meta = core::str::from_utf8(response.body.get(read.meta.clone()?)?).ok()?;
    json::truth(json::member(&json::members(meta)?, "has_more")?)
}

#[cfg(test)]
mod tests;
