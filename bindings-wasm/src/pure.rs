//! What only the contract's vectors and the measurements ask for: the pure functions in the vectors' own words (what goes in as
//! JSON, a body as bytes), and signing by itself. The npm package is built without them (feature `pure`).

use cryptopay_core::amount::{normalise, number_text, same_amount};
use cryptopay_core::callback::dedupe_key;
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::http::{Method, Response};
use cryptopay_core::random::Random;
use cryptopay_core::retry::{backoff, look_wait};
use cryptopay_core::retry_after::retry_after_ms;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::status::{Advice, is_retried};
use serde::Serialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// The `out` of a vector of `sign`, `classify`, `retry`, `amount` or `dedupe_key`.
///
/// # Errors
/// A sentence that says what is missing, or that there is no such function.
#[wasm_bindgen]
pub fn pure(function: &str, given: &str, body: &[u8]) -> Result<JsValue, JsValue> {
    let given: Value = serde_json::from_str(given).map_err(|error| error.to_string())?;
    let answer = match function {
        "sign" => sign(&given)?,
        "classify" => classified(&given, body)?,
        "retry" => retried(&given)?,
        "amount" => amount(&given)?,
        "dedupe_key" => json!({ "key": dedupe_key(body) }),
        other => return Err(format!("there is no function {other}").into()),
    };
    Ok(answer.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

/// Signs requests outside of a call: what a signature costs with the crossing, and without all that a call does besides.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RequestSigner(Signer);

#[wasm_bindgen]
impl RequestSigner {
    /// Prepares signing for one key.
    ///
    /// # Errors
    /// A sentence that names what is wrong with the key or the secret.
    #[wasm_bindgen(constructor)]
    pub fn new(api_key: &str, api_secret: &str) -> Result<Self, JsValue> {
        Ok(Self(signer(api_key, api_secret)?))
    }

    /// The `Authorization` header of a request, given as its method, path, date and body in as many lines: one text crosses
    /// sooner than four. Without a fourth line there is no body. `None` for what is no such request.
    #[must_use]
    pub fn sign(&self, request: &str) -> Option<String> {
        let mut lines = request.splitn(4, '\n');
        let (method, path, date) = (method(lines.next()?)?, lines.next()?, lines.next()?);
        let body = lines.next().map(str::as_bytes);
        Some(self.0.authorization(&self.0.sign(method, body, CONTENT_TYPE, date, path)))
    }
}

fn signer(api_key: &str, api_secret: &str) -> Result<Signer, String> {
    Secret::new("api_secret", api_secret)
        .and_then(|secret| Signer::new(api_key, &secret))
        .map_err(|error| error.sentence())
}

fn method(name: &str) -> Option<Method> {
    [Method::Get, Method::Post, Method::Patch].into_iter().find(|known| known.as_str() == name)
}

fn text<'a>(given: &'a Value, name: &str) -> Result<&'a str, String> {
    given.get(name).and_then(Value::as_str).ok_or_else(|| format!("no text '{name}'"))
}

fn flag(given: &Value, name: &str) -> bool {
    given.get(name) == Some(&Value::Bool(true))
}

fn sign(given: &Value) -> Result<Value, String> {
    let signer = signer("key", text(given, "api_secret")?)?;
    let method = method(text(given, "method")?).ok_or("no such method")?;
    let body = text(given, "body").ok().map(str::as_bytes);
    let kind = text(given, "content_type").unwrap_or(CONTENT_TYPE);
    let (date, path) = (text(given, "date")?, text(given, "path")?);
    let signed = signer.sign(method, body, kind, date, path);
    Ok(json!({ "string_to_sign": signed.string_to_sign(), "signature": signed.text }))
}

fn response(given: &Value, body: &[u8]) -> Result<Response, String> {
    let status = given.get("status").and_then(Value::as_u64).unwrap_or(200);
    let headers = given.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    Ok(Response { status: status.try_into().map_err(|_| "no status")?, headers, body: body.to_vec() })
}

fn classified(given: &Value, body: &[u8]) -> Result<Value, String> {
    let data = match text(given, "expect")? {
        "object" => Data::Object,
        "list" => Data::List,
        "map" => Data::Map,
        other => return Err(format!("cannot expect {other}")),
    };
    let expect = Expect { data, conditional: flag(given, "conditional"), write: flag(given, "write") };
    let read = classify(&response(given, body)?, expect, MAX_BODY);
    let retry = if matches!(read.advice, Advice::Wait | Advice::Backoff) { "wait" } else { "never" };
    let fields: Value = read
        .fields
        .iter()
        .map(|field| {
            let args: Value = serde_json::from_str(&field.args).unwrap_or_default();
            json!({ "target": field.target, "code": field.code, "message": field.message, "args": args })
        })
        .collect();
    Ok(json!({
        "class": read.class.as_str(), "code": read.code.map(|code| code.as_str()), "retry": retry,
        "request_id": read.request_id, "api_code": read.api_code, "fields": fields, "accepted": read.accepted,
        "not_modified": read.not_modified, "may_have_applied": read.may_have_applied(),
    }))
}

fn retried(given: &Value) -> Result<Value, String> {
    let look = flag(given, "look");
    let answer = response(given, &[])?;
    if given.get("status").is_some() && !look && !is_retried(answer.status) {
        return Ok(json!({ "retry": false }));
    }
    let entropy =
        u128::from_str_radix(text(given, "entropy").unwrap_or("0"), 16).map_err(|_| "no entropy")?;
    let attempt = given.get("attempt").and_then(Value::as_u64).and_then(|n| n.try_into().ok());
    let waits = if look { look_wait } else { backoff };
    let delay = retry_after_ms(&answer)
        .unwrap_or_else(|| waits(attempt.unwrap_or(u32::MAX), &mut Random::new(entropy.to_be_bytes())));
    Ok(json!({ "retry": true, "delay_ms": delay }))
}

fn amount(given: &Value) -> Result<Value, String> {
    if let (Ok(a), Ok(b)) = (text(given, "a"), text(given, "b")) {
        return Ok(json!({ "equal": same_amount(a, b) }));
    }
    let normalised = match text(given, "json") {
        Ok(number) => number_text(number).and_then(|plain| normalise(&plain)),
        Err(_) => normalise(text(given, "text")?),
    };
    Ok(json!({ "valid": normalised.is_some(), "normalised": normalised }))
}
