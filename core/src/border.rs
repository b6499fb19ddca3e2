//! The border of the bindings: the same few functions as text. Steps leave as JSON (or through any serde serialiser),
//! events and starts come in as JSON, a response's body comes in as bytes and never goes out again. The same JSON is
//! the format of the transcripts.

use crate::call::Call;
use crate::call::options::Options;
use crate::call::pending::Record;
use crate::client::Client;
use crate::config::Config;
use crate::error::{ApiError, Cause, FieldError, Signed};
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::http::{Request, Response};
use crate::invalid::InvalidConfig;
use crate::outcome::{Outcome, Resolution, Trace};
use crate::step::Step;
use core::ops::Range;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Makes a client of the configuration in this JSON (see [`Config::from_json`]).
///
/// # Errors
/// [`InvalidConfig`] names the setting and says what to do.
pub fn client(config: &[u8]) -> Result<Client, InvalidConfig> {
    let value = serde_json::from_slice::<Value>(config)
        .map_err(|_| InvalidConfig { name: "config", reason: "is no JSON" })?;
    Client::new(Config::from_json(&value)?)
}

/// Begins a call: `{unix_ms, tick_ms, entropy, params, options}`. Whatever is wrong comes as the first step.
#[must_use]
pub fn begin(client: &Client, operation: &str, start: &[u8]) -> (Call, Step) {
    match Start::parse(start) {
        Ok((start, options)) => client.begin(start.moment(), operation, start.params, &options, start.entropy.0),
        Err((field, message)) => refused(client, operation, field, &message),
    }
}

/// Begins finding out how a write ended: `{unix_ms, tick_ms, entropy, params: the record, options}`.
#[must_use]
pub fn resolve(client: &Client, start: &[u8]) -> (Call, Step) {
    match Start::parse(start) {
        Ok((start, options)) => match Record::from_json(&Value::Object(start.params.clone())) {
            Ok(record) => client.resolve(start.moment(), &record, &options, start.entropy.0),
            Err(message) => refused(client, "resolve", "record", &message),
        },
        Err((field, message)) => refused(client, "resolve", field, &message),
    }
}

fn refused(client: &Client, operation: &str, field: &str, message: &str) -> (Call, Step) {
    let (call, _) = client.begin(Moment::default(), "", Map::new(), &Options::default(), [0; 16]);
    (call, Step::Done(Box::new(Err(ApiError::invalid_argument(operation, field, message)))))
}

/// An event in this JSON, `{unix_ms, tick_ms, response: {status, headers} | failed: {kind, sent, detail} | woken: {} |
/// cancelled: {} | permitted: {wait_ms} | permit_failed: {}}`; the body of a response comes beside it.
///
/// # Errors
/// A sentence that says what is wrong; the driver has a defect then.
pub fn event(json: &[u8], body: &[u8]) -> Result<(Moment, Event), String> {
    let wire: EventWire = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let at = Moment { unix_ms: wire.unix_ms, tick_ms: wire.tick_ms };
    let event = match wire {
        EventWire { response: Some(ResponseWire { status, headers }), .. } => {
            Event::Response(Response { status, headers, body: body.to_vec() })
        }
        EventWire { failed: Some(FailedWire { kind, sent, detail }), .. } => Event::Failed(Failure {
            kind: FailureKind::parse(&kind).ok_or("'kind' must be connect, timeout, broken or too_large")?,
            // What a driver cannot tell apart may have been sent (W1).
            sent: if sent == "no" { Sent::No } else { Sent::Maybe },
            detail,
        }),
        EventWire { permitted: Some(PermittedWire { wait_ms }), .. } => Event::Permitted { wait_ms },
        EventWire { permit_failed: Some(_), .. } => Event::PermitFailed,
        EventWire { woken: Some(_), .. } => Event::Woken,
        EventWire { cancelled: Some(_), .. } => Event::Cancelled,
        _ => return Err("the event names none of response, failed, woken, cancelled, permitted, permit_failed".into()),
    };
    Ok((at, event))
}

/// Advances a call by an event and answers the next step.
///
/// # Errors
/// A wrong driver gets the text `{"misuse": {state, event}}`, and the call is unchanged.
pub fn step(call: &mut Call, json: &[u8], body: &[u8]) -> Result<Step, String> {
    let wrong = |state, event: &str| text(&Wrong { misuse: MisuseWire { state, event } });
    let (at, event) = event(json, body).map_err(|message| wrong(call.state(), &message))?;
    call.advance(at, event).map_err(|misuse| wrong(misuse.state, misuse.event))
}

/// The same as [`step`], as text.
#[must_use]
pub fn advance(call: &mut Call, json: &[u8], body: &[u8]) -> String {
    step(call, json, body).map_or_else(|misuse| misuse, |step| text(&step))
}

/// Any of the border's values as JSON text.
#[must_use]
pub fn text(value: &impl Serialize) -> String {
    // Serialising plain data into memory has no way to fail.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Deserialize)]
struct Start {
    unix_ms: u64,
    tick_ms: u64,
    entropy: Entropy,
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    options: Value,
}

impl Start {
    fn parse(json: &[u8]) -> Result<(Self, Options), (&'static str, String)> {
        let start: Self = serde_json::from_slice(json).map_err(|error| ("params", error.to_string()))?;
        let options = Options::from_json(&start.options).map_err(|(name, message)| (name, message.to_owned()))?;
        Ok((start, options))
    }

    const fn moment(&self) -> Moment {
        Moment { unix_ms: self.unix_ms, tick_ms: self.tick_ms }
    }
}

/// 16 bytes as 32 hex digits.
struct Entropy([u8; 16]);

impl<'de> Deserialize<'de> for Entropy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("entropy must be 32 hex digits");
        let bits = u128::from_str_radix(&text, 16).map_err(|_| wrong())?;
        if text.len() == 32 { Ok(Self(bits.to_be_bytes())) } else { Err(wrong()) }
    }
}

#[derive(Deserialize)]
struct EventWire {
    unix_ms: u64,
    tick_ms: u64,
    response: Option<ResponseWire>,
    failed: Option<FailedWire>,
    permitted: Option<PermittedWire>,
    permit_failed: Option<serde::de::IgnoredAny>,
    woken: Option<serde::de::IgnoredAny>,
    cancelled: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ResponseWire {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct FailedWire {
    kind: String,
    sent: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct PermittedWire {
    wait_ms: u64,
}

#[derive(Serialize)]
struct Wrong<'a> {
    misuse: MisuseWire<'a>,
}

#[derive(Serialize)]
struct MisuseWire<'a> {
    state: &'a str,
    event: &'a str,
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Fetch(request) => map.serialize_entry("fetch", &FetchWire::from(request))?,
            Self::Sleep { ms, reason } => {
                map.serialize_entry("sleep", &SleepWire { ms: *ms, reason: reason.as_str() })?;
            }
            Self::Permit { cost, priority, frozen_ms } => {
                let wire = PermitWire { cost: *cost, priority: priority.as_str(), frozen_ms: *frozen_ms };
                map.serialize_entry("permit", &wire)?;
            }
            Self::Done(result) => match result.as_ref() {
                Ok(outcome) => map.serialize_entry("done", &DoneWire::from(outcome))?,
                Err(error) => map.serialize_entry("done", &FailedDone { error: ErrorWire::from(error) })?,
            },
        }
        map.end()
    }
}

#[derive(Serialize)]
struct FetchWire<'a> {
    method: &'static str,
    url: &'a str,
    headers: &'a [(&'static str, String)],
    body: Option<&'a str>,
    timeout_ms: u64,
    max_body: usize,
    fresh: bool,
    purpose: &'static str,
}

impl<'a> From<&'a Request> for FetchWire<'a> {
    fn from(request: &'a Request) -> Self {
        Self {
            method: request.method.as_str(),
            url: &request.url,
            headers: &request.headers,
            body: request.body.as_deref().and_then(|body| core::str::from_utf8(body).ok()),
            timeout_ms: request.timeout_ms,
            max_body: request.max_body,
            fresh: request.fresh,
            purpose: request.purpose.as_str(),
        }
    }
}

#[derive(Serialize)]
struct SleepWire {
    ms: u64,
    reason: &'static str,
}

#[derive(Serialize)]
struct PermitWire {
    cost: u8,
    priority: &'static str,
    frozen_ms: u64,
}

/// A success; `data` and `meta` are byte ranges of the last body.
#[derive(Serialize)]
struct DoneWire<'a> {
    status: u16,
    request_id: Option<&'a str>,
    data: Option<(usize, usize)>,
    meta: Option<(usize, usize)>,
    recovered: bool,
    accepted: bool,
    not_modified: bool,
    unverified: &'a [String],
    custom_id: Option<&'a str>,
    etag: Option<&'a str>,
    last_modified: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unresolved: Option<UnresolvedWire<'a>>,
    trace: &'a Trace,
}

#[derive(Serialize)]
struct UnresolvedWire<'a> {
    cause: Option<CauseWire<'a>>,
    retry_at_ms: Option<u64>,
    differing: &'a [String],
}

impl<'a> From<&'a Outcome> for DoneWire<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let range = |range: &Range<usize>| (range.start, range.end);
        Self {
            status: outcome.status,
            request_id: outcome.request_id.as_deref(),
            data: outcome.data.as_ref().map(range),
            meta: outcome.meta.as_ref().map(range),
            recovered: outcome.recovered,
            accepted: outcome.accepted,
            not_modified: outcome.not_modified,
            unverified: &outcome.unverified,
            custom_id: outcome.custom_id.as_deref(),
            etag: outcome.etag.as_deref(),
            last_modified: outcome.last_modified.as_deref(),
            record: outcome.record.as_ref().map(|record| record.to_json()),
            resolved: outcome.resolution.as_ref().map(Resolution::as_str),
            unresolved: match &outcome.resolution {
                Some(Resolution::Unknown { cause, retry_at_ms, differing }) => Some(UnresolvedWire {
                    cause: cause.as_ref().map(CauseWire::from),
                    retry_at_ms: *retry_at_ms,
                    differing,
                }),
                _ => None,
            },
            trace: &outcome.trace,
        }
    }
}

/// An error that ends something else than a call (a list), as a step ends a call with it: `{error: {…}}`.
#[must_use]
pub fn failed(error: &ApiError) -> impl Serialize + '_ {
    FailedDone { error: ErrorWire::from(error) }
}

#[derive(Serialize)]
struct FailedDone<'a> {
    error: ErrorWire<'a>,
}

/// An error; `text` is the whole sentence that every language shows.
#[derive(Serialize)]
struct ErrorWire<'a> {
    code: &'static str,
    text: String,
    operation: &'a str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    message: &'a str,
    hint: &'a str,
    api_code: Option<&'a str>,
    fields: Vec<FieldWire<'a>>,
    existing_id: Option<&'a str>,
    differing: &'a [String],
    retry_at_ms: Option<u64>,
    record: Option<Value>,
    cause: Option<CauseWire<'a>>,
    signed: Option<SignedWire<'a>>,
    trace: &'a Trace,
}

impl<'a> From<&'a ApiError> for ErrorWire<'a> {
    fn from(error: &'a ApiError) -> Self {
        Self {
            code: error.code.as_str(),
            text: error.to_string(),
            operation: &error.operation,
            status: error.status,
            request_id: error.request_id.as_deref(),
            message: &error.message,
            hint: &error.hint,
            api_code: error.api_code.as_deref(),
            fields: error.fields.iter().map(FieldWire::from).collect(),
            existing_id: error.existing_id.as_deref(),
            differing: &error.differing,
            retry_at_ms: error.retry_at_ms,
            record: error.record.as_ref().map(|record| record.to_json()),
            cause: error.cause.as_ref().map(CauseWire::from),
            signed: error.signed.as_ref().map(SignedWire::from),
            trace: &error.trace,
        }
    }
}

#[derive(Serialize)]
struct FieldWire<'a> {
    target: &'a str,
    code: &'a str,
    message: &'a str,
    args: &'a str,
}

impl<'a> From<&'a FieldError> for FieldWire<'a> {
    fn from(field: &'a FieldError) -> Self {
        Self { target: &field.target, code: &field.code, message: &field.message, args: &field.args }
    }
}

#[derive(Serialize)]
struct CauseWire<'a> {
    code: &'static str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    message: &'a str,
}

impl<'a> From<&'a Cause> for CauseWire<'a> {
    fn from(cause: &'a Cause) -> Self {
        Self {
            code: cause.code.as_str(),
            status: cause.status,
            request_id: cause.request_id.as_deref(),
            message: &cause.message,
        }
    }
}

#[derive(Serialize)]
struct SignedWire<'a> {
    string_to_sign: &'a str,
    clock_difference_ms: Option<i64>,
    likely: &'a str,
}

impl<'a> From<&'a Signed> for SignedWire<'a> {
    fn from(signed: &'a Signed) -> Self {
        Self {
            string_to_sign: &signed.string_to_sign,
            clock_difference_ms: signed.clock_difference_ms,
            likely: &signed.likely,
        }
    }
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let waits: Vec<SleepWire> =
            self.waits.iter().map(|wait| SleepWire { ms: wait.ms, reason: wait.reason.as_str() }).collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("sends", &self.sends)?;
        map.serialize_entry("looks", &self.looks)?;
        map.serialize_entry("waits", &waits)?;
        map.end()
    }
}
