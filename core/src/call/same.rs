//! Is a found object the one that was asked for? Compared are only fields that the caller set, that the API echoes
//! and that nothing changes later (W7); which these are stands in the operations table.

use crate::amount::same_amount;
use crate::http::Method;
use crate::json::{self, Fractions};
use crate::operation::{Compared, Operation};
use crate::schema::Kind;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An object of an answer, its members still as text, so that no number passes through a float.
pub(crate) struct Found<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Found<'a> {
    /// The object in this JSON text; `None` if it is none.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        json::members(text).map(Self)
    }

    /// The text of a member that is a JSON string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        json::string(json::member(&self.0, name)?).map(Cow::into_owned)
    }

    /// The source of a member; `null` and absent are the same.
    fn source(&self, name: &str) -> Option<&'a str> {
        json::member(&self.0, name).filter(|source| *source != "null")
    }
}

/// The compared fields in which `found` differs from what the caller asked for.
pub(crate) fn differing(
    operation: &Operation,
    compared: &[Compared],
    wanted: &Map<String, Value>,
    found: &Found<'_>,
) -> Vec<String> {
    compared
        .iter()
        .filter(|rule| rule.while_status.is_none_or(|status| found.text("status").as_deref() == Some(status)))
        .filter(|rule| match rule.must_be {
            Some(text) => found.text(rule.field).as_deref() != Some(text),
            None => match wanted.get(rule.field) {
                // What a change is to empty; in a create it is as good as left out.
                Some(Value::Null) => operation.method == Method::Patch && found.source(rule.field).is_some(),
                Some(value) => !equal(kind(operation, rule.field), value, found.source(rule.field)),
                None => false,
            },
        })
        .map(|rule| rule.field.to_owned())
        .collect()
}

/// As [`differing`], but a field that the caller left out must be absent or null in `found` too.
pub(crate) fn differing_strictly(
    operation: &Operation,
    compared: &[Compared],
    wanted: &Map<String, Value>,
    found: &Found<'_>,
) -> Vec<String> {
    let unasked = compared
        .iter()
        .filter(|rule| set(wanted, rule.field).is_none() && found.source(rule.field).is_some())
        .map(|rule| rule.field.to_owned());
    differing(operation, compared, wanted, found).into_iter().chain(unasked).collect()
}

/// The amounts of a request that the API does not echo, so that nothing can be said about them.
pub(crate) fn unverified(
    operation: &Operation,
    compared: &[Compared],
    wanted: &Map<String, Value>,
) -> Vec<String> {
    let groups = operation.body.map_or(&[][..], |model| model.one_of);
    groups
        .iter()
        .flat_map(|group| group.iter())
        .filter(|field| set(wanted, field).is_some() && !compared.iter().any(|rule| rule.field == **field))
        .map(|field| (*field).to_owned())
        .collect()
}

/// Whether two sets of amounts, of a quote and of the object that it led to, are equal in every compared field.
pub(crate) fn equal_amounts(compared: &[Compared], quote: &Map<String, Value>, found: &Found<'_>) -> bool {
    compared.iter().all(|rule| match (quote.get(rule.field), found.source(rule.field)) {
        (Some(Value::String(quoted)), Some(found)) => same_amount(quoted, bare(found)),
        (Some(Value::Number(quoted)), Some(found)) => same_amount(&json::plain(quoted), bare(found)),
        _ => false,
    })
}

/// Whether a quote has every amount that [`equal_amounts`] compares.
pub(crate) fn has_amounts(compared: &[Compared], quote: &Map<String, Value>) -> bool {
    compared.iter().all(|rule| matches!(quote.get(rule.field), Some(Value::String(_) | Value::Number(_))))
}

fn set<'v>(wanted: &'v Map<String, Value>, field: &str) -> Option<&'v Value> {
    wanted.get(field).filter(|value| !value.is_null())
}

fn kind(operation: &Operation, field: &str) -> Kind {
    let fields = operation.body.map_or(&[][..], |model| model.fields);
    fields.iter().find(|known| known.name == field).map_or(Kind::Text, |known| known.kind)
}

fn equal(kind: Kind, wanted: &Value, found: Option<&str>) -> bool {
    let Some(source) = found else { return false };
    match (kind, wanted) {
        (Kind::Amount, Value::String(text)) => same_amount(text, bare(source)),
        _ => json::value(source, Fractions::Rounded).is_some_and(|value| value == *wanted),
    }
}

/// The text of an amount, given as a JSON string or as a JSON number.
fn bare(source: &str) -> &str {
    source.trim_matches('"')
}

#[cfg(test)]
mod tests;
