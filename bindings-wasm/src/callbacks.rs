//! Callbacks: verifying, reading, signing and ordering them. Receiving them and keeping what was handled is JavaScript's.

use crate::plain::out;
use cryptopay_core::callback::{self, CallbackError, Event};
use cryptopay_core::invalid::InvalidConfig;
use cryptopay_core::secret::Secret;
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Verifies a raw body against a signature header. `secrets` are lines, the current one first. Answers `{event}` or
/// `{error: {code, text}}`.
#[wasm_bindgen]
#[must_use]
pub fn verify_callback(body: &[u8], signature: Option<String>, secrets: &str) -> JsValue {
    let verified = secrets_of(secrets)
        .map_err(CallbackError::from)
        .and_then(|secrets| callback::verify(body, signature.as_deref(), &secrets));
    match verified {
        Ok(verified) => {
            out(&VerifiedWire { event: EventWire::of(&verified.event, body), secret: verified.secret })
        }
        Err(error) => {
            out(&RefusedWire { error: ErrorWire { code: error.code().as_str(), text: error.to_string() } })
        }
    }
}

/// Reads a body without verifying it; `null` when it is no JSON object.
#[wasm_bindgen]
#[must_use]
pub fn read_callback(body: &[u8]) -> JsValue {
    Event::read(body).map_or(JsValue::NULL, |read| out(&EventWire::of(&read, body)))
}

/// The signature header of a body, for tests of a handler.
///
/// # Errors
/// A sentence that says what is wrong with the secret.
#[wasm_bindgen]
pub fn sign_callback(body: &[u8], secret: &str) -> Result<String, JsValue> {
    Secret::new("callback_secret", secret)
        .map(|secret| callback::sign_callback(body, &secret))
        .map_err(|error| error.to_string().into())
}

/// Whether an object of this type may go from one status to another (B4).
#[wasm_bindgen]
#[must_use]
pub fn may_follow(kind: &str, before: &str, after: &str) -> bool {
    callback::may_follow(kind, before, after)
}

fn secrets_of(lines: &str) -> Result<Vec<Secret>, InvalidConfig> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    lines.split('\n').map(|secret| Secret::new("callback_secret", secret)).collect()
}

#[derive(Serialize)]
struct VerifiedWire<'a> {
    event: EventWire<'a>,
    secret: usize,
}

#[derive(Serialize)]
struct RefusedWire {
    error: ErrorWire,
}

#[derive(Serialize)]
struct ErrorWire {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct EventWire<'a> {
    r#type: &'a str,
    event: &'a str,
    id: Option<&'a str>,
    status: Option<&'a str>,
    status_context: Option<&'a str>,
    data: Option<(usize, usize)>,
    known: bool,
    dedupe_key: String,
}

impl<'a> EventWire<'a> {
    fn of(event: &'a Event, body: &[u8]) -> Self {
        Self {
            r#type: &event.kind,
            event: &event.event,
            id: event.id.as_deref(),
            status: event.status.as_deref(),
            status_context: event.status_context.as_deref(),
            data: event.data.as_ref().map(|range| (range.start, range.end)),
            known: event.is_known(),
            dedupe_key: callback::dedupe_key(body),
        }
    }
}
