//! What goes out over the border: steps as data for any serde serialiser. Bodies stay with the host; a success names
//! the bytes of the last one that hold its data.

use crate::error::{ApiError, Cause, FieldError, Signed};
use crate::http::Request;
use crate::outcome::{Outcome, Resolution, Trace};
use crate::retry_after::LONGEST_MS;
use crate::step::Step;
use core::ops::Range;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

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
                Err(error) => map.serialize_entry("done", &FailedDone::from(error))?,
            },
        }
        map.end()
    }
}

/// A time that every language holds exactly.
fn exact(ms: u64) -> u64 {
    ms.min(LONGEST_MS)
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
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
                    retry_at_ms: retry_at_ms.map(exact),
                    differing,
                }),
                _ => None,
            },
            trace: &outcome.trace,
        }
    }
}

#[derive(Serialize)]
pub(super) struct FailedDone<'a> {
    error: ErrorWire<'a>,
}

impl<'a> From<&'a ApiError> for FailedDone<'a> {
    fn from(error: &'a ApiError) -> Self {
        Self { error: ErrorWire::from(error) }
    }
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
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
            retry_at_ms: error.retry_at_ms.map(exact),
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
