//! Callbacks: verifying, reading, signing and ordering them. Receiving them and keeping what was handled is JavaScript's.

use cryptopay_core::border;
use cryptopay_core::callback::{self, CallbackError, Event};
use cryptopay_core::invalid::InvalidConfig;
use cryptopay_core::secret::Secret;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Verifies a raw body against a signature header. `secrets` are lines, the current one first. Answers `{event}` or
/// `{error: {code, text}}`.
#[wasm_bindgen]
#[must_use]
pub fn verify_callback(body: &[u8], signature: Option<String>, secrets: &str) -> String {
    let verified = secrets_of(secrets)
        .map_err(CallbackError::from)
        .and_then(|secrets| callback::verify(body, signature.as_deref(), &secrets));
    border::verified(&verified, body)
}

/// Reads a body without verifying it; `None`: it is no JSON object.
#[wasm_bindgen]
#[must_use]
pub fn read_callback(body: &[u8]) -> Option<String> {
    Event::read(body).map(|read| border::event(&read, body))
}

/// The signature header of a body, for tests of a handler. `secrets` are lines, the current one first.
///
/// # Errors
/// A sentence that says that there is no secret, or what is wrong with it.
#[wasm_bindgen]
pub fn sign_callback(body: &[u8], secrets: &str) -> Result<String, JsValue> {
    let given: Vec<&str> = secrets.split('\n').filter(|_| !secrets.is_empty()).collect();
    border::signature(body, &given).map_err(|error| error.sentence().into())
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
