//! What needs no client: callbacks, amounts and unknown names, which the packages use, and `sign`, `classify` and
//! `retry_delay`, which only the contract's vectors call. JSON in, JSON out.

use cryptopay_core::callback::{self, CallbackError, Event};
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify as classified};
use cryptopay_core::http::{Method, Response};
use cryptopay_core::random::Random;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::{amount, border, retry, retry_after, status};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Verify {
    signature: Option<String>,
    secrets: Vec<String>,
}

/// Verifies a callback's raw body: `{signature, secrets}`, the current secret first. Answers `{"event": …, "secret": n}`
/// or `{"error": {code, text}}`.
#[uniffi::export]
#[must_use]
pub fn verify_callback(body: &[u8], given: &[u8]) -> String {
    let verified = match serde_json::from_slice::<Verify>(given) {
        Ok(Verify { signature, secrets }) => secrets
            .iter()
            .map(|secret| Secret::new("callback_secret", secret))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CallbackError::from)
            .and_then(|secrets| callback::verify(body, signature.as_deref(), &secrets)),
        Err(_) => Err(CallbackError::MissingHeader),
    };
    border::verified(&verified, body)
}

/// Reads a callback's body without verifying it; `null` when it is no JSON object.
#[uniffi::export]
#[must_use]
pub fn read_callback(body: &[u8]) -> String {
    Event::read(body).map_or_else(|| "null".to_owned(), |read| border::event(&read, body))
}

/// Signs a callback's body, for tests of a handler: `secrets` as a JSON list, the current one first. Answers
/// `{"signature": …}` or `{"error": {code, text}}`.
#[uniffi::export]
#[must_use]
pub fn sign_callback(body: &[u8], secrets: &[u8]) -> String {
    let secrets: Vec<String> = serde_json::from_slice(secrets).unwrap_or_default();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    border::signed(&border::signature(body, &secrets))
}

/// The words for a name of `what` (a setting, an option) that is none of `known`, which are lines.
#[uniffi::export]
#[must_use]
pub fn no_such(what: &[u8], name: &[u8], known: &[u8]) -> String {
    let [what, name, known] = [what, name, known].map(String::from_utf8_lossy);
    border::no_such(&what, &name, &known.lines().collect::<Vec<_>>())
}

/// The key under which a callback is handled once.
#[uniffi::export]
#[must_use]
pub fn dedupe_key(body: &[u8]) -> String {
    callback::dedupe_key(body)
}

/// Whether an object of this type, last known as `before`, may be told as `after` by an event that is not late.
#[uniffi::export]
#[must_use]
pub fn may_follow(kind: &[u8], before: &[u8], after: &[u8]) -> bool {
    let text = String::from_utf8_lossy;
    callback::may_follow(&text(kind), &text(before), &text(after))
}

#[derive(Deserialize)]
struct Sign {
    api_secret: String,
    method: String,
    content_type: Option<String>,
    date: String,
    path: String,
    body: Option<String>,
}

/// Signs a request: `{api_secret, method, content_type?, date, path, body}`. Answers `{string_to_sign, signature}` or
/// `{"error": {code, text}}`.
#[uniffi::export]
#[must_use]
pub fn sign(given: &[u8]) -> String {
    let refused = |text: String| json!({ "error": { "code": "configuration", "text": text } });
    let answer = match serde_json::from_slice::<Sign>(given) {
        Err(error) => refused(error.to_string()),
        Ok(it) => {
            let method = [Method::Get, Method::Post, Method::Patch]
                .into_iter()
                .find(|known| known.as_str() == it.method);
            let signer =
                Secret::new("api_secret", &it.api_secret).and_then(|secret| Signer::new("key", &secret));
            match (method, signer) {
                (Some(method), Ok(signer)) => {
                    let content_type = it.content_type.as_deref().unwrap_or(CONTENT_TYPE);
                    let body = it.body.as_deref().map(str::as_bytes);
                    let signed = signer.sign(method, body, content_type, &it.date, &it.path);
                    json!({ "string_to_sign": signed.string_to_sign(), "signature": signed.text })
                }
                (None, _) => refused("method must be GET, POST or PATCH".into()),
                (_, Err(error)) => refused(error.to_string()),
            }
        }
    };
    answer.to_string()
}

#[derive(Deserialize)]
struct Classify {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    expect: String,
    #[serde(default)]
    conditional: bool,
    #[serde(default)]
    write: bool,
}

impl Classify {
    fn response(self, body: &[u8]) -> Response {
        Response { status: self.status, headers: self.headers, body: body.to_vec() }
    }
}

/// What a response means: `{status, headers: [[name, value], …], expect: object | list | map, conditional?, write?}` and
/// its body.
#[uniffi::export]
#[must_use]
pub fn classify(given: &[u8], body: &[u8]) -> String {
    let Ok(given) = serde_json::from_slice::<Classify>(given) else { return misuse("classify") };
    let data = match given.expect.as_str() {
        "object" => Data::Object,
        "list" => Data::List,
        "map" => Data::Map,
        _ => Data::Anything,
    };
    let expect = Expect { data, conditional: given.conditional, write: given.write };
    let it = classified(&given.response(body), expect, MAX_BODY);
    let fields: Vec<_> = it
        .fields
        .iter()
        .map(|field| {
            let args = serde_json::from_str(&field.args).unwrap_or(Value::Null);
            json!({ "target": field.target, "code": field.code, "message": field.message, "args": args })
        })
        .collect();
    json!({
        "class": it.class.as_str(),
        "code": it.code.map(|code| code.as_str()),
        "retry": it.advice.as_str(),
        "request_id": it.request_id,
        "api_code": it.api_code,
        "fields": fields,
        "accepted": it.accepted,
        "not_modified": it.not_modified,
        "may_have_applied": it.may_have_applied(),
        "hint": it.hint,
    })
    .to_string()
}

#[derive(Deserialize)]
struct Retry {
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    attempt: u32,
    entropy: String,
    #[serde(default)]
    look: bool,
}

/// Whether and after how many ms a read is tried again: `{status | failure, attempt (from 0), entropy, headers?, look?}`.
#[uniffi::export]
#[must_use]
pub fn retry_delay(given: &[u8]) -> String {
    let Ok(given) = serde_json::from_slice::<Retry>(given) else { return misuse("retry_delay") };
    let entropy = u128::from_str_radix(&given.entropy, 16).unwrap_or(0).to_be_bytes();
    let random = &mut Random::new(entropy);
    if given.look {
        return json!({ "retry": true, "delay_ms": retry::look_wait(given.attempt, random) }).to_string();
    }
    let retried = given.status.is_none_or(status::is_retried);
    let response = Response { status: given.status.unwrap_or(0), headers: given.headers, body: Vec::new() };
    let ms = retry_after::retry_after_ms(&response).unwrap_or_else(|| retry::backoff(given.attempt, random));
    json!({ "retry": retried, "delay_ms": retried.then_some(ms) }).to_string()
}

/// Whether a text is a plain decimal, and its one canonical form: `{"valid", "normalised"}`. With `number` the text is
/// that of a JSON number.
#[uniffi::export]
#[must_use]
pub fn read_amount(text: &[u8], number: bool) -> String {
    let text = String::from_utf8_lossy(text);
    let plain = if number {
        amount::number_text(&text).map(|plain| plain.into_owned())
    } else {
        Some(text.into_owned())
    };
    let normalised = plain.as_deref().and_then(amount::normalise);
    json!({ "valid": normalised.is_some(), "normalised": normalised }).to_string()
}

/// Whether two texts are the same amount.
#[uniffi::export]
#[must_use]
pub fn same_amount(one: &[u8], other: &[u8]) -> bool {
    let text = String::from_utf8_lossy;
    amount::same_amount(&text(one), &text(other))
}

/// What the core says when a host calls it wrongly.
fn misuse(state: &str) -> String {
    json!({ "misuse": { "state": state, "event": "the text is not of the function's form" } }).to_string()
}
