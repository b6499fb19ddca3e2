//! What verifying and reading a callback answers over the border.

use super::outgoing::one;
use crate::callback::{CallbackError, Event, Verified, dedupe_key};
use crate::json::Object;

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
        Err(error) => {
            let mut refused = Object::new();
            refused.text("code", error.code().as_str());
            refused.text("text", &error.sentence());
            one("error", &refused.end())
        }
    }
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
