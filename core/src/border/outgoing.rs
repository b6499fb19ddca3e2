//! What goes out over the border: steps as JSON text. Bodies stay with the host; a success names the bytes of the last
//! one that hold its data.

use crate::error::{ApiError, Cause, FieldError, Signed};
use crate::http::Request;
use crate::json::{Object, range_text};
use crate::outcome::{Outcome, Resolution, Trace};
use crate::pager::Rows;
use crate::retry_after::LONGEST_MS;
use crate::step::{Step, Wait};

/// A step, `{"fetch": {…}}` and so on.
pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Fetch(request) => one("fetch", &fetch(request)),
        Step::Sleep { ms, reason } => one("sleep", &sleep(*ms, *reason)),
        Step::Permit { cost, priority, frozen_ms, timeout_ms } => {
            let mut permit = Object::new();
            permit.number("cost", u64::from(*cost));
            permit.text("priority", priority.as_str());
            permit.number("frozen_ms", *frozen_ms);
            permit.number("timeout_ms", *timeout_ms);
            one("permit", &permit.end())
        }
        Step::Done(result) => match result.as_ref() {
            Ok(outcome) => one("done", &done(outcome)),
            Err(error) => one("done", &failed(error)),
        },
    }
}

/// An object of this one member.
pub(super) fn one(name: &str, json: &str) -> String {
    ["{\"", name, "\":", json, "}"].concat()
}

/// The new rows of a page, as byte ranges of its `data`.
pub(super) fn rows(read: &Rows) -> String {
    let mut page = Object::new();
    page.list("rows", read.rows.iter().map(range_text));
    page.truth("more", read.more);
    page.end()
}

/// A time that every language holds exactly.
fn exact(ms: u64) -> u64 {
    ms.min(LONGEST_MS)
}

fn fetch(request: &Request) -> String {
    let mut wire = Object::new();
    wire.text("method", request.method.as_str());
    wire.text("url", &request.url);
    wire.pairs("headers", request.headers.iter().map(|(name, value)| (*name, value.as_str())));
    wire.text_or_null("body", request.body.as_deref().and_then(|body| core::str::from_utf8(body).ok()));
    wire.number("timeout_ms", request.timeout_ms);
    wire.number("max_body", request.max_body as u64);
    wire.truth("fresh", request.fresh);
    wire.text("purpose", request.purpose.as_str());
    wire.end()
}

fn sleep(ms: u64, reason: Wait) -> String {
    let mut wire = Object::new();
    wire.number("ms", ms);
    wire.text("reason", reason.as_str());
    wire.end()
}

/// A success; `data` and `meta` are byte ranges of the last body.
fn done(outcome: &Outcome) -> String {
    let mut wire = Object::new();
    wire.number("status", u64::from(outcome.status));
    wire.text_or_null("request_id", outcome.request_id.as_deref());
    wire.range("data", outcome.data.as_ref());
    wire.range("meta", outcome.meta.as_ref());
    wire.truth("recovered", outcome.recovered);
    wire.truth("accepted", outcome.accepted);
    wire.truth("not_modified", outcome.not_modified);
    if !outcome.unverified.is_empty() {
        wire.texts("unverified", &outcome.unverified);
    }
    wire.text_or_null("custom_id", outcome.custom_id.as_deref());
    wire.text_or_null("etag", outcome.etag.as_deref());
    wire.text_or_null("last_modified", outcome.last_modified.as_deref());
    if let Some(record) = &outcome.record {
        wire.json("record", &record.to_text());
    }
    if let Some(resolution) = &outcome.resolution {
        wire.text("resolved", resolution.as_str());
        if let Resolution::Unknown { cause: why, retry_at_ms, differing } = resolution {
            let mut unresolved = Object::new();
            unresolved.json("cause", &cause(why.as_ref()));
            unresolved.number_or_null("retry_at_ms", retry_at_ms.map(exact));
            if !differing.is_empty() {
                unresolved.texts("differing", differing);
            }
            wire.json("unresolved", &unresolved.end());
        }
    }
    wire.json("trace", &trace(&outcome.trace));
    wire.end()
}

/// An error, `{"error": {…}}`; `text` is the whole sentence that every language shows.
pub(super) fn failed(error: &ApiError) -> String {
    let mut wire = Object::new();
    wire.text("code", error.code.as_str());
    wire.text("text", &error.sentence());
    wire.text("operation", &error.operation);
    wire.number_or_null("status", error.status.map(u64::from));
    wire.text_or_null("request_id", error.request_id.as_deref());
    wire.text("message", &error.message);
    wire.text("hint", &error.hint);
    wire.text_or_null("api_code", error.api_code.as_deref());
    wire.list("fields", error.fields.iter().map(field));
    wire.text_or_null("existing_id", error.existing_id.as_deref());
    if !error.differing.is_empty() {
        wire.texts("differing", &error.differing);
    }
    wire.number_or_null("retry_at_ms", error.retry_at_ms.map(exact));
    match &error.record {
        Some(record) => wire.json("record", &record.to_text()),
        None => wire.json("record", "null"),
    }
    wire.json("cause", &cause(error.cause.as_ref()));
    match &error.signed {
        Some(told) => wire.json("signed", &signed(told)),
        None => wire.json("signed", "null"),
    }
    wire.json("trace", &trace(&error.trace));
    one("error", &wire.end())
}

fn field(field: &FieldError) -> String {
    let mut wire = Object::new();
    wire.text("target", &field.target);
    wire.text("code", &field.code);
    wire.text("message", &field.message);
    wire.text("args", &field.args);
    wire.end()
}

fn cause(cause: Option<&Cause>) -> String {
    let Some(cause) = cause else { return "null".to_owned() };
    let mut wire = Object::new();
    wire.text("code", cause.code.as_str());
    wire.number_or_null("status", cause.status.map(u64::from));
    wire.text_or_null("request_id", cause.request_id.as_deref());
    wire.text("message", &cause.message);
    wire.end()
}

fn signed(signed: &Signed) -> String {
    let mut wire = Object::new();
    wire.text("string_to_sign", &signed.string_to_sign);
    wire.signed_or_null("clock_difference_ms", signed.clock_difference_ms);
    wire.text("likely", &signed.likely);
    wire.end()
}

fn trace(trace: &Trace) -> String {
    let mut wire = Object::new();
    wire.number("sends", u64::from(trace.sends));
    wire.number("looks", u64::from(trace.looks));
    wire.list("waits", trace.waits.iter().map(|wait| sleep(wait.ms, wait.reason)));
    wire.end()
}
