//! Runs one case of a vector against the core and judges it: a function by its name, what goes in, what comes out. What a
//! call does is decided in transcripts.

use crate::compare::differences;
use anyhow::{Context, Result, bail};
use cryptopay_core::amount::{normalise, same_amount};
use cryptopay_core::api;
use cryptopay_core::callback::{dedupe_key, may_follow, sign_callback, verify};
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::http::{Method, Response};
use cryptopay_core::operation::{Answer, Operation};
use cryptopay_core::random::Random;
use cryptopay_core::retry::{backoff, look_wait};
use cryptopay_core::retry_after::retry_after_ms;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::status::{Advice, is_retried};
use cryptopay_core::value::Amount;
use serde_json::{Map, Value, json};

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

/// The answer that a case holds.
///
/// # Errors
/// When its status or its hex digits cannot be read.
pub fn response(given: &Value) -> Result<Response> {
    let status = given.get("status").and_then(Value::as_u64).unwrap_or(200).try_into()?;
    let headers = given.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    let body = match (given.get("json"), given.get("text"), given.get("hex").and_then(Value::as_str)) {
        (Some(json), ..) => json.to_string().into_bytes(),
        (_, Some(text), _) => text.as_str().unwrap_or_default().as_bytes().to_vec(),
        (.., Some(hex)) => crate::transcript::unhex(hex)?,
        _ => Vec::new(),
    };
    Ok(Response { status, headers, body })
}

fn classified(given: &Value) -> Result<Value> {
    let flag = |name: &str| given.get(name) == Some(&Value::Bool(true));
    let data = match given.get("expect").and_then(Value::as_str) {
        Some("object") => Data::Object,
        Some("list") => Data::List,
        Some("map") => Data::Map,
        other => bail!("cannot expect {other:?}"),
    };
    let expect = Expect { data, conditional: flag("conditional"), write: flag("write") };
    let read = classify(&response(given)?, expect, MAX_BODY);
    let retry = if matches!(read.advice, Advice::Wait | Advice::Backoff) { "wait" } else { "never" };
    let fields: Value = read
        .fields
        .iter()
        .map(|field| {
            let args: Value = serde_json::from_str(&field.args).unwrap_or_default();
            json!({"target": field.target, "code": field.code, "message": field.message, "args": args})
        })
        .collect();
    Ok(json!({
        "class": read.class.as_str(), "code": read.code.map(|code| code.as_str()), "retry": retry,
        "request_id": read.request_id, "api_code": read.api_code, "fields": fields, "accepted": read.accepted,
        "not_modified": read.not_modified, "may_have_applied": read.may_have_applied(),
    }))
}

fn retried(given: &Value) -> Result<Value> {
    let look = given.get("look") == Some(&Value::Bool(true));
    let answer = response(given)?;
    if given.get("status").is_some() && !look && !is_retried(answer.status) {
        return Ok(json!({"retry": false}));
    }
    let entropy = given.get("entropy").and_then(Value::as_str).unwrap_or("0");
    let mut random = Random::new(u128::from_str_radix(entropy, 16)?.to_be_bytes());
    let attempt =
        given.get("attempt").and_then(Value::as_u64).and_then(|n| n.try_into().ok()).unwrap_or(u32::MAX);
    let waits = if look { look_wait } else { backoff };
    let delay = retry_after_ms(&answer).unwrap_or_else(|| waits(attempt, &mut random));
    Ok(json!({"retry": true, "delay_ms": delay}))
}

/// Reads an answer into the model of its operation and writes it back.
fn decoded(given: &Value) -> Result<Came> {
    let operation: &Operation =
        given.get("operation").and_then(Value::as_str).and_then(api::find).context("no such operation")?;
    let data = match operation.answer {
        Answer::Object => Data::Object,
        Answer::Map => Data::Map,
        Answer::Page | Answer::Rows => Data::List,
    };
    let answer = response(given)?;
    let read = classify(&answer, Expect { data, conditional: false, write: false }, MAX_BODY);
    let (None, Some(range)) = (read.code, read.data.clone()) else {
        return Ok(Err("invalid_response".into()));
    };
    let data = std::str::from_utf8(answer.body.get(range).unwrap_or_default())?;
    let Some(Ok(written)) = api::rewrite(operation.name, data) else {
        return Ok(Err("invalid_response".into()));
    };
    let value: Value = serde_json::from_str(&written)?;
    let known: Vec<&str> = operation.answer_model.fields.iter().map(|field| field.name).collect();
    let extra: Map<String, Value> = match &value {
        Value::Object(fields) => fields.iter().filter(|(name, _)| !known.contains(&name.as_str())),
        _ => return Ok(Ok(json!({"value": value}))),
    }
    .map(|(name, value)| (name.clone(), value.clone()))
    .collect();
    Ok(Ok(json!({"value": value, "extra": extra})))
}
