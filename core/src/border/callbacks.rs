//! What verifying and reading a callback answers over the border.

use super::outgoing::one;
use crate::callback::{CallbackError, Event, Verified, dedupe_key, sign_callback};
use crate::json::Object;
use crate::secret::Secret;

/// What verifying a callback answered: `{"event": …, "secret": n}` or `{"error": {code, text}}`.
#[must_use]
pub fn verified(verified: &Result<Verified, CallbackError>, body: &[u8]) -> String {
    match verified {
        Ok(verified) => {
            let mut answer = Object::new();
            answer.json("event", &event(&verified.event, body));
            answer.number("secret", verified.secret as u64);
            answer.end()
        }
        Err(error) => refused(error),
    }
}

/// Signs a body with the current one of these secrets, the first, for tests of a handler.
///
/// # Errors
/// There is none, or it is none.
pub fn signature(body: &[u8], secrets: &[&str]) -> Result<String, CallbackError> {
    let secret = secrets.first().ok_or(CallbackError::NoSecret)?;
    Ok(sign_callback(body, &Secret::new("callback_secret", secret)?))
}

/// What signing a callback answered: `{"signature": …}` or `{"error": {code, text}}`.
#[must_use]
pub fn signed(signature: &Result<String, CallbackError>) -> String {
    match signature {
        Ok(signature) => {
            let mut answer = Object::new();
            answer.text("signature", signature);
            answer.end()
        }
        Err(error) => refused(error),
    }
}

fn refused(error: &CallbackError) -> String {
    let mut wire = Object::new();
    wire.text("code", error.code().as_str());
    wire.text("text", &error.sentence());
    one("error", &wire.end())
}

/// What an event says, with the key under which it is handled once; `data` is a byte range of its body.
#[must_use]
pub fn event(event: &Event, body: &[u8]) -> String {
    let mut wire = Object::new();
    wire.text("type", &event.kind);
    wire.text("event", &event.event);
    wire.text_or_null("id", event.id.as_deref());
    wire.text_or_null("status", event.status.as_deref());
    wire.text_or_null("status_context", event.status_context.as_deref());
    wire.range("data", event.data.as_ref());
    wire.truth("known", event.is_known());
    wire.text("dedupe_key", &dedupe_key(body));
    wire.end()
}
