//! Runs one case of a vector against the core and judges it: a function by its name, what goes in, what comes out. What a
//! call does is decided in transcripts.

use crate::answers::{classified, decoded, retried};
use crate::compare::differences;
use anyhow::{Context, Result, bail};
use cryptopay_core::amount::{normalise, same_amount};
use cryptopay_core::callback::{dedupe_key, may_follow, sign_callback, verify};
use cryptopay_core::http::Method;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::value::Amount;
use serde_json::{Value, json};

/// The `out` of a case, or the code of its error.
pub type Came = Result<Value, String>;

/// Runs one case.
///
/// # Errors
/// When the case cannot be read, or names a function that is not there.
pub fn run(function: &str, given: &Value) -> Result<Came> {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let need = |name: &str| text(name).with_context(|| format!("no text '{name}'"));
    Ok(match function {
        "sign" => {
            let signer = Signer::new("key", &Secret::new("api_secret", need("api_secret")?)?)?;
            let (kind, body) =
                (text("content_type").unwrap_or(CONTENT_TYPE), text("body").map(str::as_bytes));
            let signed = signer.sign(method(need("method")?)?, body, kind, need("date")?, need("path")?);
            Ok(json!({"string_to_sign": signed.string_to_sign(), "signature": signed.text}))
        }
        "request" => crate::wire::request(given)?,
        "error" => crate::wire::error(given)?,
        "classify" => Ok(classified(given)?),
        "retry" => Ok(retried(given)?),
        "verify_callback" => {
            let secrets: Vec<&str> = given
                .get("secrets")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let secrets: Result<Vec<_>, _> =
                secrets.into_iter().map(|text| Secret::new("callback_secrets", text)).collect();
            let Ok(secrets) = secrets else { return Ok(Err("configuration".into())) };
            match verify(body(given)?.as_bytes(), text("signature"), &secrets) {
                Ok(read) => {
                    let event = read.event;
                    Ok(
                        json!({"type": event.kind, "event": event.event, "id": event.id, "status": event.status}),
                    )
                }
                Err(refused) => Err(refused.code().as_str().into()),
            }
        }
        "sign_callback" => {
            let secret = Secret::new("callback_secrets", need("secret")?)?;
            Ok(json!({"signature": sign_callback(body(given)?.as_bytes(), &secret)}))
        }
        "dedupe_key" => Ok(json!({"key": dedupe_key(need("body")?.as_bytes())})),
        "may_follow" => Ok(json!({"may": may_follow(need("type")?, need("from")?, need("to")?)})),
        "amount" => Ok(match (text("a"), text("b"), text("json")) {
            (Some(a), Some(b), _) => json!({"equal": same_amount(a, b)}),
            (_, _, Some(number)) => amount(serde_json::from_str::<Amount>(number).ok()),
            _ => amount(need("text")?.parse::<Amount>().ok()),
        }),
        "decode" => decoded(given)?,
        "resolve_record" => crate::wire::record(given.get("record").context("no record")?)?,
        other => bail!("there is no function {other}"),
    })
}

/// What does not fit in one case; empty when it holds. An `error` case lists texts that must and must not be there.
#[must_use]
pub fn judge(function: &str, case: &Value) -> Vec<String> {
    let part = |name: &str| case.get(name).cloned().unwrap_or_default();
    let came = match run(function, &part("in")) {
        Ok(came) => came,
        Err(unreadable) => return vec![format!("cannot be run: {unreadable:#}")],
    };
    match (part("error").as_str(), came) {
        (None, Ok(out)) if function == "error" => texts(&part("out"), &out),
        (None, Ok(out)) => differences(&part("out"), &out),
        (Some("*"), Err(_)) => Vec::new(),
        (Some(expected), Err(code)) if expected == code => Vec::new(),
        (expected, came) => vec![format!("expected {expected:?}, got {came:?}")],
    }
}

fn texts(expected: &Value, out: &Value) -> Vec<String> {
    let list = |name: &str| expected.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let place = |name: &str| out.get(name).and_then(Value::as_str).unwrap_or_default();
    let within = |text: &Value, place: &str| text.as_str().is_some_and(|text| place.contains(text));
    let code = expected.get("code").cloned().unwrap_or_default();
    let mut found = differences(&json!({ "code": code }), out);
    let (message, printed) = (place("message"), place("printed"));
    let missing = list("message_has").into_iter().filter(|text| !within(text, message));
    found.extend(missing.map(|text| format!("{text} is not in {message}")));
    let told = list("never").into_iter().filter(|text| within(text, printed));
    found.extend(told.map(|text| format!("{text} is told in {printed}")));
    found
}

fn amount(read: Option<Amount>) -> Value {
    match read.and_then(|amount| normalise(amount.as_str())) {
        Some(normalised) => json!({"valid": true, "normalised": normalised}),
        None => json!({"valid": false}),
    }
}

fn method(name: &str) -> Result<Method> {
    [Method::Get, Method::Post, Method::Patch]
        .into_iter()
        .find(|one| one.as_str() == name)
        .context("no such method")
}

/// A body: a text, or a text so many times.
fn body(given: &Value) -> Result<String> {
    match given.get("body") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(body) => {
            let part = |index: usize| body.get("repeat").and_then(|repeat| repeat.get(index));
            let (text, times) = (part(0).and_then(Value::as_str), part(1).and_then(Value::as_u64));
            Ok(text
                .context("no text to repeat")?
                .repeat(usize::try_from(times.context("no number of times")?)?))
        }
        None => bail!("no body"),
    }
}
