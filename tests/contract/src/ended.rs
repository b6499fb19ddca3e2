//! How a step of a story ended, in the contract's words, and whether it should have; the journal likewise.

use crate::came::Came;
use crate::compare::differences;
use anyhow::{Result, bail};
use cryptopay_core::border;
use cryptopay_core::outcome::Outcome;
use cryptopay_core::step::Step;
use serde_json::{Map, Value, json};

/// What the API answered, before any model read it.
pub(crate) fn untouched(outcome: &Outcome) -> Value {
    let read = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let parts = [("data", read(outcome.data())), ("meta", read(outcome.meta()))];
    parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

/// The `done` of a call.
pub(crate) fn done(came: &Came) -> Value {
    let told = came.outcome.clone().map(|outcome| border::text(&Step::Done(Box::new(Ok(outcome)))));
    let told = told.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let mut done = told.and_then(|told| told.get("done").cloned()).unwrap_or(json!({}));
    if let Some(members) = done.as_object_mut() {
        members.insert("count".into(), came.value.as_array().map(Vec::len).into());
        let meta = came.outcome.as_ref().and_then(|outcome| serde_json::from_str(outcome.meta()?).ok());
        members.insert("meta".into(), meta.unwrap_or_default());
        members.insert("value".into(), came.value.clone());
    }
    done
}

/// A step that expects neither an error nor a resolution nor a cancellation must succeed.
pub(crate) fn judge(expected: &Value, done: &Value) -> Result<()> {
    let mut found = if expected.is_null() { Vec::new() } else { differences(expected, done) };
    let told = |value: &Value, name: &str| value.get(name).is_some_and(|value| !value.is_null());
    let endings = ["error", "resolved", "cancelled"];
    if endings.iter().any(|name| told(expected, name) != told(done, name)) {
        found.push(format!("it ended with {done}"));
    }
    if found.is_empty() { Ok(()) } else { bail!("{}", found.join("\n")) }
}

/// What the journal says otherwise.
pub(crate) fn journal(expected: &Value, came: &Value) -> Vec<String> {
    let part = |entry: &Value, name: &str| entry.get(name).filter(|value| !value.is_null()).cloned();
    let entry = |entry: &Value| {
        json!([part(entry, "operation"), part(entry, "fault").or_else(|| part(entry, "status"))])
    };
    let mut came: Vec<Value> = came.as_array().into_iter().flatten().map(entry).collect();
    let Some(unordered) = expected.get("unordered") else {
        return differences(expected, &Value::Array(came));
    };
    let mut expected = unordered.as_array().cloned().unwrap_or_default();
    expected.sort_by_key(Value::to_string);
    came.sort_by_key(Value::to_string);
    differences(&Value::Array(expected), &Value::Array(came))
}
