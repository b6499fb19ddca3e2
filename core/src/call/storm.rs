//! A storm of random events against the machine: whatever a server, a network and a host may do, in any order. What
//! is checked are the promises of the rules, judged by what was told, not by the machine's own facts.

use super::Call;
use super::options::Options;
use crate::api;
use crate::client::Client;
use crate::code::Code;
use crate::config::Config;
use crate::environment::Environment;
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::http::{Method, Purpose, Response};
use crate::operation::{Answer, Operation, Safety};
use crate::random::Random;
use crate::schema::{Field, Kind, Model};
use crate::secret::Secret;
use crate::step::Step;
use serde_json::{Map, Value, json};

const CALLS: u64 = 90_000;
const STEPS: u64 = 1_000_000;
const ID: &str = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
const DEADLINE: u64 = 90_000;
/// W2: how long after its beginning a call may commit again.
const QUOTE: u64 = 25_000;

fn index(random: &mut Random, below: u64) -> usize {
    usize::try_from(random.below(below)).unwrap()
}

fn client(random: &mut Random) -> Client {
    let secret = Secret::new("api_secret", "unspeakable").unwrap();
    let mut config = Config::new(Environment::Sandbox, "key", secret);
    config.rate_limit = [None, Some(195), Some(5)][index(random, 3)];
    config.shared_limit = random.below(8) == 0;
    Client::new(config).unwrap()
}

fn sample(kind: &Kind, random: &mut Random) -> Value {
    match kind {
        Kind::Text => ["EUR", "BTC", "a b/ü"][index(random, 3)].into(),
        Kind::Uuid => ID.into(),
        Kind::Amount => ["1.50", "100", "0.00000001"][index(random, 3)].into(),
        Kind::Time => "2026-01-01T00:00:00+00:00".into(),
        Kind::Bool => (random.below(2) == 0).into(),
        Kind::Integer => random.below(9).into(),
        Kind::Float => Value::Null,
        Kind::Choice { values, .. } => (*values.first().unwrap()).into(),
        Kind::Object(model) => Value::Object(fill(model, random)),
        Kind::List(kind) => Value::Array(vec![sample(kind, random)]),
        Kind::TextMap => json!({"k": "v"}),
    }
}

fn fill(model: &Model, random: &mut Random) -> Map<String, Value> {
    let mut params = Map::new();
    let group = model.one_of.get(index(random, model.one_of.len().max(1) as u64));
    for Field { name, kind, required, .. } in model.fields {
        let in_groups = model.one_of.iter().any(|group| group.contains(name));
        let chosen = group.is_some_and(|group| group.contains(name));
        if *required || chosen || (!in_groups && random.below(2) == 0) {
            params.insert((*name).into(), sample(kind, random));
        }
    }
    params
}

fn params(operation: &Operation, random: &mut Random) -> Map<String, Value> {
    let mut params: Map<String, Value> =
        operation.path_fields.iter().map(|field| (field.name.into(), sample(&field.kind, random))).collect();
    for model in [operation.query, operation.body].into_iter().flatten() {
        params.extend(fill(model, random));
    }
    params
}

/// A body, and whether it holds what a success of this shape must hold.
fn body(answer: Answer, wanted: &Map<String, Value>, random: &mut Random) -> (String, bool) {
    let mut object = wanted.clone();
    object.insert("id".into(), ID.into());
    let statuses = ["new", "pending", "cancelled", "completed", "active", "strange"];
    object.insert("status".into(), statuses[index(random, 6)].into());
    if random.below(2) == 0 {
        let times = ["2023-11-14T22:13:20+00:00", "2023-11-14T22:13:50Z", "2001-01-01T00:00:00Z", "soon"];
        object.insert("created_at".into(), times[index(random, 4)].into());
    }
    if random.below(4) == 0 {
        object.insert("price_currency".into(), "XXX".into());
        object.insert("address".into(), "elsewhere".into());
    }
    let rows = json!([
        {"id": ID, "reference_id": ID, "custom_id": wanted.get("custom_id"), "address": wanted.get("address")},
        {"id": "15d0bb11-1e9f-4295-bec5-abd9d5a906a1", "reference_id": "15d0bb11-1e9f-4295-bec5-abd9d5a906a1"},
    ]);
    match random.below(12) {
        0 => (String::new(), false),
        1 => ("<html>".into(), false),
        2 => ("{\"data\":{\"id\"".into(), false),
        3 => ("{\"data\":null}".into(), false),
        4 => ("{\"error\":{\"code\":\"not_found\",\"message\":\"m\",\"details\":[]}}".into(), false),
        5 => ("[1,2".into(), false),
        _ => match answer {
            Answer::Object | Answer::Map => (json!({ "data": object }).to_string(), true),
            Answer::Page | Answer::Rows => (
                json!({"data": rows, "meta": {"total": 2, "has_more": random.below(3) == 0}}).to_string(),
                true,
            ),
        },
    }
}

/// The answer shape of the request at hand, from its URL alone.
fn shape(url: &str, purpose: Purpose, operation: &Operation) -> Answer {
    match purpose {
        Purpose::Send => operation.answer,
        _ if url.contains("/transactions") || url.ends_with("/refunds") => Answer::Page,
        _ => Answer::Object,
    }
}

/// One call in the storm and what is known of it from outside.
struct Watch {
    operation: &'static Operation,
    safety: Safety,
    has_custom_id: bool,
    max_retries: u32,
    started: u64,
    sends: u32,
    sends_in_doubt: u32,
    doubt: bool,
    taken: bool,
}

impl Watch {
    fn writes(&self) -> bool {
        !matches!(self.safety, Safety::Read | Safety::Quote)
    }

    fn told(&mut self, purpose: Purpose, event: &Event, whole: bool) {
        if purpose != Purpose::Send || !self.writes() {
            return;
        }
        self.taken |= matches!(event, Event::Response(response) if response.status == 409);
        self.doubt |= match event {
            Event::Failed(failure) => failure.sent == Sent::Maybe,
            Event::Response(response) => match response.status {
                200 | 201 | 202 | 204 | 226 => !whole,
                300..=399 | 408 | 425 | 500..=599 => true,
                0..=199 | 203..=299 | 600.. => true,
                _ => false,
            },
            Event::Cancelled(sent) => *sent == Sent::Maybe,
            _ => false,
        };
    }

    fn check(&mut self, call: &Call, step: &Step, now: u64) {
        let deadline = self.started + DEADLINE;
        match step {
            Step::Fetch(request) => {
                assert!(
                    now + request.timeout_ms <= deadline,
                    "{}: a fetch outlives the deadline",
                    self.operation.name
                );
                if request.purpose == Purpose::Send {
                    self.sends += 1;
                    self.sends_in_doubt += u32::from(self.doubt);
                }
                assert!(self.sends <= self.max_retries + 2, "{}: too many sends", self.operation.name);
                if matches!(self.safety, Safety::Commit(_))
                    && request.purpose == Purpose::Send
                    && self.sends > 1
                {
                    assert!(now <= self.started + QUOTE, "{}: sent again too late", self.operation.name);
                }
            }
            Step::Sleep { ms, .. } => {
                assert!(now + ms <= deadline, "{}: a sleep outlives the deadline", self.operation.name)
            }
            Step::Permit { .. } => {}
            Step::Done(result) => self.check_end(result.as_ref()),
        }
        assert!(call.trace.looks <= 4.max(self.max_retries + 1), "{}: too many looks", self.operation.name);
        if self.doubt && !matches!(step, Step::Done(_)) {
            assert!(call.pending().is_some(), "{}: a write in doubt has no record", self.operation.name);
        }
        let never_again = match self.safety {
            Safety::Never | Safety::ByLedger(_) | Safety::ByListing(_) | Safety::ByCustomIdOnce(_) => true,
            Safety::ByCustomId(_) => !self.has_custom_id,
            _ => false,
        };
        let name = self.operation.name;
        if never_again {
            assert_eq!(self.sends_in_doubt, 0, "{name}: sent again in doubt");
        }
        if matches!(self.safety, Safety::ByCustomId(_) | Safety::ByOwnId(_)) {
            assert!(self.sends_in_doubt <= 1, "{name}: sent more than once more in doubt");
        }
    }

    /// W2: after doubt a call never ends as a definite error, except by one of the two proofs.
    fn check_end(&self, result: &Result<crate::outcome::Outcome, crate::error::ApiError>) {
        let Err(error) = result else { return };
        assert!(!error.to_string().contains("unspeakable"), "the secret is in the error");
        if !self.doubt {
            // W5: a 409 whose object cannot be found is the one unknown without doubt.
            let contradicted = self.taken && error.code == Code::OutcomeUnknown;
            assert!(
                contradicted || error.code != Code::OutcomeUnknown,
                "{}: unknown without doubt",
                self.operation.name
            );
            return;
        }
        let name = self.operation.name;
        match error.code {
            Code::OutcomeUnknown | Code::ParameterMismatch => {
                assert!(error.record.is_some(), "{name}: no record")
            }
            Code::DuplicateCustomId | Code::Conflict => {
                assert!(error.existing_id.is_some(), "{name}: no proof")
            }
            other => panic!("{name}: a definite {other} after doubt"),
        }
    }
}

fn event(
    step: &Step,
    operation: &Operation,
    wanted: &Map<String, Value>,
    random: &mut Random,
) -> (Event, bool) {
    if random.below(60) == 0 {
        let sent = if random.below(2) == 0 { Sent::Maybe } else { Sent::No };
        return (Event::Cancelled(sent), false);
    }
    let Step::Fetch(request) = step else {
        let event = match step {
            Step::Permit { .. } if random.below(3) == 0 => Event::PermitFailed,
            Step::Permit { .. } => Event::Permitted { wait_ms: random.below(4) * 700 },
            _ => Event::Woken,
        };
        return (event, false);
    };
    if random.below(3) == 0 {
        let kinds = [FailureKind::Connect, FailureKind::Timeout, FailureKind::Broken, FailureKind::TooLarge];
        let sent = if random.below(2) == 0 { Sent::No } else { Sent::Maybe };
        let kind = kinds[index(random, 4)];
        return (Event::Failed(Failure { kind, sent, detail: "storm-free".into() }), false);
    }
    const STATUSES: [u16; 24] = [
        200, 200, 200, 201, 202, 204, 226, 304, 302, 400, 401, 403, 404, 404, 408, 409, 409, 422, 425, 429,
        500, 503, 0, 999,
    ];
    let status = STATUSES[index(random, 24)];
    let (text, whole) = match status {
        404 if random.below(4) > 0 => {
            ("{\"error\":{\"code\":\"not_found\",\"details\":[]}}".to_owned(), false)
        }
        _ => body(shape(&request.url, request.purpose, operation), wanted, random),
    };
    let mut headers = Vec::new();
    let dates = ["Tue, 14 Nov 2023 22:13:25 GMT", "Tue, 14 Nov 2023 23:13:25 GMT", "nonsense"];
    if random.below(4) > 0 {
        headers.push(("date".into(), dates[index(random, 3)].into()));
    }
    if random.below(6) == 0 {
        headers.push(("retry-after".into(), ["1", "99999999999999999999", "soon"][index(random, 3)].into()));
    }
    (Event::Response(Response { status, headers, body: text.into_bytes() }), whole)
}

#[test]
fn a_million_random_events_break_no_promise_of_the_rules() {
    let mut random = Random::new([7; 16]);
    let (mut steps, mut calls, mut ended_in_doubt) = (0_u64, 0_u64, 0_u64);
    let mut shared = client(&mut random);
    while calls < CALLS || steps < STEPS {
        calls += 1;
        if random.below(40) == 0 {
            shared = client(&mut random);
        }
        let operation = api::OPERATIONS[index(&mut random, api::OPERATIONS.len() as u64)];
        let mut wanted = params(operation, &mut random);
        if random.below(3) == 0 {
            wanted.remove("custom_id");
        }
        let max_retries = u32::try_from(random.below(5)).unwrap();
        let options = Options {
            max_retries: Some(max_retries),
            generated_custom_id: [None, Some(true), Some(false)][index(&mut random, 3)]
                .filter(|_| operation.takes("custom_id")),
            deadline_ms: Some(DEADLINE),
            ..Options::default()
        };
        let forced = wanted.get("force_commit") == Some(&true.into());
        let safety = operation.forced.as_ref().filter(|_| forced).unwrap_or(&operation.safety);
        // Calls come in bursts of a dozen, so that the limit is met and also forgotten again.
        let mut now = calls / 12 * 70_000 + random.below(20_000);
        let mut entropy = [0; 16];
        entropy[0] = u8::try_from(random.below(256)).unwrap();
        let at = |tick: u64| Moment { unix_ms: 1_700_000_000_000 + tick, tick_ms: tick };
        let (mut call, mut step) = shared.begin(at(now), operation.name, wanted.clone(), &options, entropy);
        let mut watch = Watch {
            operation,
            safety: *safety,
            has_custom_id: call.custom_id().is_some(),
            max_retries,
            started: now,
            sends: 0,
            sends_in_doubt: 0,
            doubt: false,
            taken: false,
        };
        watch.check(&call, &step, now);
        while !matches!(step, Step::Done(_)) {
            steps += 1;
            let (event, whole) = event(&step, operation, &wanted, &mut random);
            let purpose = match &step {
                Step::Fetch(request) => request.purpose,
                _ => Purpose::Look,
            };
            if random.below(20) == 0 {
                // A clock that goes back, and an event that does not fit: the call stays as it is.
                let state = call.state();
                let wrong = if matches!(step, Step::Fetch(_)) {
                    Event::Woken
                } else {
                    Event::Response(Response::default())
                };
                assert!(call.advance(at(now.saturating_sub(4_000)), wrong).is_err());
                assert_eq!(call.state(), state);
            }
            now += match &step {
                Step::Sleep { ms, .. } => *ms,
                Step::Fetch(request) => random.below(request.timeout_ms.max(1)),
                _ => 0,
            };
            watch.told(purpose, &event, whole);
            step = call.advance(at(now), event).unwrap();
            watch.check(&call, &step, now);
        }
        ended_in_doubt += u64::from(watch.doubt);
        assert!(call.advance(at(now), Event::Woken).is_err(), "a call that is over takes no event");
        assert!(operation.method != Method::Get || !watch.doubt, "a read is never in doubt");
    }
    assert!(
        ended_in_doubt > calls / 10,
        "the storm is too calm: {ended_in_doubt} of {calls} calls were in doubt"
    );
}
