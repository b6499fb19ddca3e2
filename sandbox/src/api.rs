//! One request to the API, from its arrival to how it ends: gate, route, fault, world, journal.
//!
//! It knows nothing of sockets: what comes out is an answer or a way of giving none.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::answer::Incoming;
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Target};
use crate::gate::{Caller, Denied, Gate};
use crate::journal::Journal;
use crate::lenient;
use crate::quirks::Quirks;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::{self, Route};
use crate::seed::Seed;
use crate::signature::Signed;
use crate::wire::Flow;
use crate::world::World;

/// A request that was read to its end.
pub(crate) struct Arrived {
    /// The method as sent.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `None` if it was too large to be read.
    pub body: Option<Bytes>,
    /// Where it came from.
    pub ip: IpAddr,
    /// Whether its connection has carried another request before.
    pub reused: bool,
}

/// How a request ends on the wire.
pub(crate) enum Ending {
    /// With an answer.
    Answer {
        /// The answer.
        reply: Reply,
        /// How its body goes out.
        flow: Flow,
        /// Real time before it begins.
        wait: Duration,
        /// For how many milliseconds nobody listens afterwards.
        refuse_ms: Option<u64>,
    },
    /// The connection ends without one.
    Drop,
    /// The connection is reset.
    Reset,
    /// It never begins.
    Stall,
}

/// A request that is lost to its client and will be carried out later.
struct Late {
    due_ms: u64,
    n: u64,
    incoming: Incoming,
}

/// Everything behind the door: one value under one lock.
pub(crate) struct State {
    /// Time as the sandbox has it.
    pub clock: Clock,
    /// Ledgers and objects.
    pub world: World,
    /// The key and the rate limit.
    pub gate: Gate,
    /// The rules that stand.
    pub faults: Faults,
    /// The open questions, answered.
    pub quirks: Quirks,
    /// What came in.
    pub journal: Journal,
    /// Counts the resets, so that what was begun before one does not end after it.
    pub generation: u64,
    request_ids: Seed,
    late: Vec<Late>,
}

impl State {
    /// A world in its first moment.
    pub(crate) fn new(world: World, gate: Gate, seed: u64, generation: u64) -> Self {
        Self {
            clock: Clock::new(),
            world,
            gate,
            faults: Faults::new(seed),
            quirks: Quirks::default(),
            journal: Journal::default(),
            generation,
            request_ids: Seed::new(seed ^ 0x5245_5155_4553_5453),
            late: Vec::new(),
        }
    }

    /// Takes a request and says how it ends.
    pub(crate) fn take(&mut self, arrived: &Arrived) -> Ending {
        self.catch_up();
        let (path, query) = arrived.target.split_once('?').unwrap_or((&arrived.target, ""));
        let found = routes::find(&arrived.method, path);
        let route = found.as_ref().map(|(route, _)| *route);
        let now_ms = self.clock.now_ms();
        let operation = route.map(|route| route.operation);
        let n = self.journal.open(now_ms, operation, &arrived.method, &arrived.target);

        let Some(body) = &arrived.body else {
            let too_large = Refusal {
                message: "the body is larger than 1 MiB".to_owned(),
                ..Refusal::new(413, "too_large")
            };
            let reply = self.refused(&too_large).closing();
            return self.ends(n, reply, None, false);
        };
        if let Err(denied) = self.admit(arrived, body, route, now_ms) {
            let reply = self.denied(denied);
            return self.ends(n, reply, None, false);
        }
        let Some((route, path)) = found else {
            let reply = self.refused(&Refusal::not_found());
            return self.ends(n, reply, None, false);
        };
        let fault = self.faults.strike(Target { route, reused: arrived.reused });
        let content_type = text(&arrived.headers, "content-type").unwrap_or_default();
        let incoming = lenient::body(body, content_type)
            .and_then(|body| Ok((body, lenient::query(query)?)))
            .map(|(body, query)| Incoming { operation: route.operation, path, query, body, as_of_ms: None });
        if let Ok(incoming) = &incoming
            && let Some(custom_id) = incoming.body.get("custom_id").and_then(Value::as_str)
        {
            self.journal.name(n, custom_id);
        }
        let if_none_match = text(&arrived.headers, "if-none-match").filter(|_| route.is_read());
        self.strike(n, fault, incoming, |reply| {
            if route.is_read() { reply.conditional(if_none_match) } else { reply }
        })
    }

    /// Carries out what fault and request leave to be carried out, and ends it as the fault says.
    fn strike(
        &mut self,
        n: u64,
        fault: Option<Fault>,
        incoming: Result<Incoming, String>,
        finish: impl FnOnce(Reply) -> Reply,
    ) -> Ending {
        if let (Some(Fault::ApplyLate { ms }), Ok(incoming)) = (&fault, &incoming) {
            let due_ms = self.clock.now_ms().saturating_add(*ms);
            self.late.push(Late { due_ms, n, incoming: incoming.clone() });
            self.journal.close(n, None, Some("apply_late"), false);
            return Ending::Drop;
        }
        let applies = fault.as_ref().is_none_or(Fault::applies);
        let (reply, applied) = match incoming {
            Ok(mut incoming) if applies => {
                if let Some(Fault::StaleReads { ms }) = fault {
                    incoming.as_of_ms = Some(self.clock.now_ms().saturating_sub(ms));
                }
                match self.world.answer(&incoming, &self.clock, &self.quirks) {
                    Ok(answer) => (Reply::json(answer.status, &answer.body()), true),
                    Err(refusal) => (self.refused(&refusal), false),
                }
            }
            Ok(_) => (Reply::json(200, &Value::Null), false),
            Err(sentence) => {
                (self.refused(&Refusal { message: sentence, ..Refusal::new(400, "bad_request") }), false)
            }
        };
        let Some(fault) = fault else {
            return self.ends(n, finish(reply), None, applied);
        };
        let silent = |ending| (None, ending);
        let (status, ending) = match &fault {
            Fault::DropBeforeApply | Fault::ApplyThenDrop | Fault::ApplyLate { .. } => silent(Ending::Drop),
            Fault::ResetReused => silent(Ending::Reset),
            Fault::StallHeaders => silent(Ending::Stall),
            _ => {
                let (reply, flow, wait, refuse_ms) = match &fault {
                    Fault::ApplyThen500 => (self.injected(500), Flow::Whole, 0, None),
                    Fault::Html { status, .. } => (Reply::html(*status), Flow::Whole, 0, None),
                    // Nobody has in hand what was just refused.
                    Fault::Status { status: 200..=299, apply: true, .. } if !applied => {
                        (finish(reply), Flow::Whole, 0, None)
                    }
                    Fault::Status { status, body: Some(body), .. } => {
                        (Reply::text(*status, body.clone()), Flow::Whole, 0, None)
                    }
                    Fault::Status { status, .. } => (self.injected(*status), Flow::Whole, 0, None),
                    Fault::RateLimited { retry_after } => {
                        (self.rate_limited().retry_after(retry_after.clone()), Flow::Whole, 0, None)
                    }
                    Fault::Refuse { ms } => (finish(reply).closing(), Flow::Whole, 0, Some(*ms)),
                    Fault::Slow { ms } => (finish(reply), Flow::Whole, *ms, None),
                    Fault::StallBody => (finish(reply), Flow::Stall, 0, None),
                    Fault::Drip => (finish(reply), Flow::Drip, 0, None),
                    Fault::Truncate => (finish(reply), Flow::Truncate, 0, None),
                    _ => (finish(reply), Flow::Whole, 0, None),
                };
                let wait = Duration::from_millis(wait);
                (Some(reply.status), Ending::Answer { reply, flow, wait, refuse_ms })
            }
        };
        self.journal.close(n, status, Some(fault.name()), applied);
        ending
    }

    /// Carries out the late requests that are due by now, in the order of their times.
    pub(crate) fn catch_up(&mut self) {
        let now_ms = self.clock.now_ms();
        while let Some(index) =
            self.next_late().filter(|index| self.late.get(*index).is_some_and(|late| late.due_ms <= now_ms))
        {
            let late = self.late.swap_remove(index);
            if self.world.answer(&late.incoming, &self.clock, &self.quirks).is_ok() {
                self.journal.applied_late(late.n);
            }
        }
        self.world.settle(&self.clock);
    }

    /// When the next late request is due.
    pub(crate) fn next_late_ms(&self) -> Option<u64> {
        self.late.iter().map(|late| late.due_ms).min()
    }

    fn next_late(&self) -> Option<usize> {
        let order = |(_, late): &(usize, &Late)| (late.due_ms, late.n);
        self.late.iter().enumerate().min_by_key(order).map(|(index, _)| index)
    }

    fn admit(
        &mut self,
        arrived: &Arrived,
        body: &[u8],
        route: Option<&Route>,
        now_ms: u64,
    ) -> Result<(), Denied> {
        let signed = Signed {
            method: &arrived.method,
            body,
            content_type: text(&arrived.headers, "content-type").unwrap_or_default(),
            date: text(&arrived.headers, "date").unwrap_or_default(),
            target: &arrived.target,
        };
        let caller =
            Caller { signed, authorization: text(&arrived.headers, "authorization"), ip: arrived.ip };
        self.gate.admit(&caller, route, now_ms, self.clock.wall_ms())
    }

    fn ends(&mut self, n: u64, reply: Reply, fault: Option<&'static str>, applied: bool) -> Ending {
        self.journal.close(n, Some(reply.status), fault, applied);
        Ending::Answer { reply, flow: Flow::Whole, wait: Duration::ZERO, refuse_ms: None }
    }

    fn refused(&mut self, refusal: &Refusal) -> Reply {
        let request_id = self.request_ids.hex(32);
        Reply::json(refusal.status, &refusal.body(&request_id))
    }

    fn rate_limited(&mut self) -> Reply {
        let message = "API rate limit exceeded".to_owned();
        self.refused(&Refusal { message, ..Refusal::new(429, "rate_limit_exceeded") })
    }

    fn denied(&mut self, denied: Denied) -> Reply {
        if denied.status == 429 {
            return self.rate_limited();
        }
        let request_id = self.request_ids.hex(32);
        let mut body = Refusal::new(denied.status, denied.code).body(&request_id);
        if let (Some(fields), Some(explain)) = (body.as_object_mut(), denied.explain) {
            fields.insert("explain".to_owned(), explain);
        }
        Reply::json(denied.status, &body)
    }

    /// The answer of a fault that names only a status: an error that claims nothing, or nothing at all.
    fn injected(&mut self, status: u16) -> Reply {
        if status < 400 {
            return Reply::text(status, String::new());
        }
        let request_id = self.request_ids.hex(32);
        let code = if status >= 500 { "server_error" } else { "injected" };
        let error = json!({"code": code, "message": code.replace('_', " "), "details": []});
        Reply::json(status, &json!({"error": error, "meta": {"request_id": request_id}}))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
