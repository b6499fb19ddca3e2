//! Callbacks: verifying, reading, signing and ordering them. Receiving them and keeping what was handled is JavaScript's.

use cryptopay_core::border;
use cryptopay_core::callback::{self, CallbackError, Event};
use cryptopay_core::invalid::InvalidConfig;
use cryptopay_core::secret::Secret;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Verifies a raw body against a signature header. `secrets` are lines, the current one first. Answers
/// `{event, secret}` or `{error: {code, text}}`.
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
    border::signature(body, &lines(secrets)).map_err(|error| error.sentence().into())
}

/// Whether an object of this type may go from one status to another (B4).
#[wasm_bindgen]
#[must_use]
pub fn may_follow(kind: &str, before: &str, after: &str) -> bool {
    callback::may_follow(kind, before, after)
}

fn secrets_of(text: &str) -> Result<Vec<Secret>, InvalidConfig> {
    lines(text).into_iter().map(|secret| Secret::new("callback_secret", secret)).collect()
}

/// Of no text there is no line.
fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('\n').collect() }
}
