//! The vectors that read an answer: how it is classified, when it is tried again, and the model that it becomes.

use crate::vectors::Came;
use anyhow::{Context, Result, bail};
use cryptopay_core::api;
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::http::Response;
use cryptopay_core::operation::{Answer, Operation};
use cryptopay_core::random::Random;
use cryptopay_core::retry::{backoff, look_wait};
use cryptopay_core::retry_after::retry_after_ms;
use cryptopay_core::status::{Advice, is_retried};
use serde_json::{Map, Value, json};

/// The answer that a case holds.
///
/// # Errors
/// When its status or its hex digits cannot be read.
pub(crate) fn response(given: &Value) -> Result<Response> {
    let status = given.get("status").and_then(Value::as_u64).unwrap_or(200).try_into()?;
    let headers = given.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    let body = match (given.get("json"), given.get("text"), given.get("hex").and_then(Value::as_str)) {
        (Some(json), ..) => json.to_string().into_bytes(),
        (_, Some(text), _) => text.as_str().unwrap_or_default().as_bytes().to_vec(),
        (.., Some(hex)) => crate::given::unhex(hex)?,
        _ => Vec::new(),
    };
    Ok(Response { status, headers, body })
}

pub(crate) fn classified(given: &Value) -> Result<Value> {
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

pub(crate) fn retried(given: &Value) -> Result<Value> {
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
pub(crate) fn decoded(given: &Value) -> Result<Came> {
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
