//! The shape of an answer: every field with the types that it takes, rows of a list laid over one another. Two answers of one
//! operation must have the same shape, whatever their values.

use cryptopay_core::amount::is_amount;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Fields that the API gained after the exchanges were recorded.
const NEWER: [&str; 2] = [".subscription_id", ".network"];
/// Objects whose names are data: pairs, coins, the merchant's own.
const NAMES_ARE_DATA: [&str; 2] = [".refund_addresses", ".metadata"];

type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// How an answer's shape differs from a recorded one. A recorded null tells no type.
#[must_use]
pub fn differences(recorded: &Value, answer: &Value) -> Vec<String> {
    let (mut theirs, mut ours) = (Shape::new(), Shape::new());
    lay("", recorded, &mut theirs);
    lay("", answer, &mut ours);
    let missing = theirs.keys().filter(|field| !ours.contains_key(*field));
    let mut found: Vec<String> = missing.map(|field| format!("{field} is missing")).collect();
    for (field, kinds) in &ours {
        let explained = NEWER.iter().any(|newer| field.ends_with(newer)) || field.ends_with(".metadata.*");
        match theirs.get(field) {
            None if explained => {}
            None => found.push(format!("{field} was not recorded")),
            Some(recorded) => {
                let strange: Vec<_> = kinds.difference(recorded).filter(|kind| **kind != "null").collect();
                if !strange.is_empty() && recorded.iter().any(|kind| *kind != "null") {
                    found.push(format!("{field} is {strange:?}, recorded was {recorded:?}"));
                }
            }
        }
    }
    found
}

fn lay(at: &str, value: &Value, shape: &mut Shape) {
    shape.entry(at.to_owned()).or_default().insert(kind(value));
    match value {
        Value::Array(rows) => rows.iter().for_each(|row| lay(&format!("{at}[]"), row, shape)),
        Value::Object(members) => {
            let pairs = members.keys().any(|name| name.contains('/'));
            let free = pairs || NAMES_ARE_DATA.iter().any(|end| at.ends_with(end));
            for (name, value) in members {
                lay(&if free { format!("{at}.*") } else { format!("{at}.{name}") }, value, shape);
            }
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.contains('T') && text.ends_with('Z') => "time of what is not kept yet",
        Value::String(text) if text.ends_with("+00:00") => "time",
        Value::String(text) if text.contains('.') && is_amount(text) => "decimal",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
