//! What a recorded exchange asks for: which operation its path is, with which parameters.

use anyhow::{Context, Result};
use cryptopay_core::api;
use cryptopay_core::operation::Operation;
use serde_json::{Map, Value};

/// The operation of a path, and the parameters in path and query. Fixed words come before parameters.
pub(crate) fn operation(
    method: &str,
    path_and_query: &str,
) -> Result<(&'static Operation, Map<String, Value>)> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let fits = |operation: &&&'static Operation| {
        let (template, sent) = (operation.path.split('/'), path.split('/'));
        operation.method.as_str() == method
            && template.clone().count() == sent.clone().count()
            && template.zip(sent).all(|(template, sent)| template.starts_with('{') || template == sent)
    };
    let found =
        api::OPERATIONS.iter().filter(fits).min_by_key(|operation| operation.path.matches('{').count());
    let found = *found.with_context(|| format!("no operation is {method} {path}"))?;
    let decoded = |text: &str| Value::from(crate::spelled::decode(text));
    let in_path = found.path.split('/').zip(path.split('/')).filter_map(|(template, sent)| {
        Some((template.strip_prefix('{')?.strip_suffix('}')?.to_owned(), decoded(sent)))
    });
    let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
    let params = in_path.chain(in_query.map(|(name, value)| (name.to_owned(), decoded(value)))).collect();
    Ok((found, params))
}

/// Null and absent are the same.
#[must_use]
pub fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}
