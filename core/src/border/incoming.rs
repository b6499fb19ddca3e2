//! What comes in over the border: starts and events as JSON, the body of a response as bytes beside them.

use crate::call::options::Options;
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::http::Response;
use crate::json::{Fractions, items, member, members, string, value, whole};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An event in this JSON, `{unix_ms, tick_ms, response: {status, headers} | failed: {kind, sent, detail} | woken: {} |
/// cancelled: {sent} | permitted: {wait_ms} | permit_failed: {}}`; the body of a response comes beside it.
///
/// # Errors
/// A sentence that says what is wrong; the driver has a defect then.
pub(super) fn event(json: &[u8], body: &[u8]) -> Result<(Moment, Event), String> {
    let wire = core::str::from_utf8(json).ok().and_then(members).ok_or("an event must be a JSON object")?;
    let at = Moment { unix_ms: counted(&wire, "unix_ms")?, tick_ms: counted(&wire, "tick_ms")? };
    let given = |name| member(&wire, name).filter(|value| *value != "null");
    let within = |value| members(value).unwrap_or_default();
    let event = if let Some(response) = given("response") {
        let response = within(response);
        let status = member(&response, "status").and_then(whole).and_then(|status| status.try_into().ok());
        Event::Response(Response {
            status: status.ok_or("'status' must be a whole number below 65536")?,
            headers: headers(member(&response, "headers"))
                .ok_or("'headers' must be a list of pairs of strings")?,
            body: body.to_vec(),
        })
    } else if let Some(failed) = given("failed") {
        let failed = within(failed);
        let text = |name| member(&failed, name).and_then(string);
        Event::Failed(Failure {
            kind: text("kind")
                .and_then(|kind| FailureKind::parse(&kind))
                .ok_or("'kind' must be connect, timeout, broken or too_large")?,
            sent: Sent::parse(&text("sent").ok_or("'sent' must be a string")?),
            detail: text("detail").unwrap_or_default().into_owned(),
        })
    } else if let Some(permitted) = given("permitted") {
        Event::Permitted { wait_ms: counted(&within(permitted), "wait_ms")? }
    } else if given("permit_failed").is_some() {
        Event::PermitFailed
    } else if given("woken").is_some() {
        Event::Woken
    } else if let Some(cancelled) = given("cancelled") {
        let cancelled = within(cancelled);
        Event::Cancelled(Sent::parse(&member(&cancelled, "sent").and_then(string).unwrap_or_default()))
    } else {
        return Err(
            "the event names none of response, failed, woken, cancelled, permitted, permit_failed".into()
        );
    };
    Ok((at, event))
}

fn counted(wire: &[(Cow<'_, str>, &str)], name: &str) -> Result<u64, String> {
    let number = member(wire, name).and_then(whole);
    number.ok_or_else(|| ["'", name, "' must be a whole number, 0 or more"].concat())
}

/// Pairs of name and value; none when they are left out.
fn headers(given: Option<&str>) -> Option<Vec<(String, String)>> {
    let Some(given) = given else { return Some(Vec::new()) };
    let text = |value: &str| string(value).map(Cow::into_owned);
    let pair = |pair: &str| match items(pair)?.as_slice() {
        [name, value] => text(name).zip(text(value)),
        _ => None,
    };
    items(given)?.into_iter().map(pair).collect()
}

/// How a call begins.
pub(super) struct Start {
    pub(super) moment: Moment,
    pub(super) entropy: [u8; 16],
    pub(super) params: Map<String, Value>,
}

impl Start {
    /// `what` is what the caller knows the parameters as.
    pub(super) fn parse(
        json: &[u8],
        what: &'static str,
    ) -> Result<(Self, Options), (&'static str, &'static str)> {
        // The host puts texts together: what is no JSON is the caller's text among them.
        let wrong = (what, "must be a JSON object");
        let wire = core::str::from_utf8(json).ok().and_then(members).ok_or(wrong)?;
        let read = |name: &str, fractions| match member(&wire, name) {
            None => Some(Value::Null),
            Some(text) => value(text, fractions),
        };
        let number = |name| member(&wire, name).and_then(whole);
        let moment = number("unix_ms").zip(number("tick_ms"));
        let (unix_ms, tick_ms) = moment.ok_or(("time", "must tell whole milliseconds, 0 or more"))?;
        let entropy = member(&wire, "entropy").and_then(string).and_then(entropy);
        let params = match read("params", Fractions::Rounded) {
            Some(Value::Object(params)) => params,
            Some(Value::Null) if member(&wire, "params").is_none() => Map::new(),
            _ => return Err(wrong),
        };
        let options = read("options", Fractions::AsText).ok_or(("options", "must be JSON"))?;
        let options = Options::from_json(&options)?;
        let start = Self {
            moment: Moment { unix_ms, tick_ms },
            entropy: entropy.ok_or(("time", "must give entropy of 16 bytes as 32 hex digits"))?,
            params,
        };
        Ok((start, options))
    }
}

/// 16 bytes of 32 hex digits.
fn entropy(text: Cow<'_, str>) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let digit = |at: usize| u8::try_from(char::from(*text.as_bytes().get(at)?).to_digit(16)?).ok();
    is_hex.then(|| {
        core::array::from_fn(|at| {
            digit(2 * at).zip(digit(2 * at + 1)).map_or(0, |(high, low)| high << 4 | low)
        })
    })
}
