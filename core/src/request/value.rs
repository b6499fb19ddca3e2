//! What a single value must look like to be sent: the grammar of its kind, nothing about its meaning.

use serde_json::Value;

use crate::amount::is_amount;
use crate::date::parse_rfc3339;
use crate::invalid::InvalidArgument;
use crate::schema::{Field, Kind};

/// The digits that every exact decimal type of the supported languages holds without rounding.
const MOST_DIGITS: usize = 28;

/// Checks a value against its field; `at` is where it stands.
pub(super) fn check(given: &Value, field: &Field, at: &str) -> Result<(), InvalidArgument> {
    check_kind(given, field, &field.kind, at)
}

/// Checks a value, or an item of a list, against a kind.
pub(super) fn check_kind(given: &Value, field: &Field, kind: &Kind, at: &str) -> Result<(), InvalidArgument> {
    let wrong = |message: &str| Err(InvalidArgument::new(at, message));
    match (kind, given) {
        (Kind::Text, Value::String(text))
            if text.is_empty() && (field.required || names_an_object(field.name)) =>
        {
            wrong("is empty: give a value or leave it out")
        }
        (Kind::Text, Value::String(_)) => Ok(()),
        (Kind::Text, _) => wrong("must be a string"),

        (Kind::Uuid, Value::String(text)) if is_uuid(text) => Ok(()),
        (Kind::Uuid, _) => wrong("must be a UUID such as \"6f1d2f60-0f3c-4c9e-9b0e-2f5c1a7d8e90\""),

        (Kind::Amount, Value::Number(_)) => {
            wrong("is a number, which can lose digits: pass amounts as text such as \"100.50\"")
        }
        (Kind::Amount, Value::String(text)) if !is_amount(text) => wrong(
            "is not an amount: write a plain decimal such as \"100.50\", without exponent, sign +, spaces or separators",
        ),
        (Kind::Amount, Value::String(text)) if digits(text) > MOST_DIGITS => {
            wrong("has more than 28 digits, which not every decimal holds exactly")
        }
        (Kind::Amount, Value::String(_)) => Ok(()),
        (Kind::Amount, _) => wrong("must be an amount as text such as \"100.50\""),

        (Kind::Time, Value::String(text)) if parse_rfc3339(text).is_some() => Ok(()),
        (Kind::Time, _) => {
            wrong("must be a time as RFC 3339 writes it, such as \"2026-11-22T08:46:28+00:00\"")
        }

        (Kind::Bool, Value::Bool(_)) => Ok(()),
        (Kind::Bool, _) => wrong("must be true or false"),

        (Kind::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(()),
        (Kind::Integer, _) => wrong("must be a whole number"),

        (Kind::Float, Value::Number(_)) => Ok(()),
        (Kind::Float, _) => wrong("must be a number"),

        (Kind::Choice { .. }, Value::String(text)) if !text.is_empty() => Ok(()),
        (Kind::Choice { values, .. }, _) => {
            Err(InvalidArgument::new(at, ["must be a string such as ", &values.join(", ")].concat()))
        }

        (Kind::TextMap, Value::Object(texts)) => match texts.iter().find(|(_, value)| !value.is_string()) {
            Some((name, _)) => Err(InvalidArgument::new([at, ".", name].concat(), "must be a string")),
            None => Ok(()),
        },
        (Kind::TextMap, _) => wrong("must be an object whose values are strings"),

        (Kind::Object(_), _) => wrong("must be an object"),
        (Kind::List(_), _) => wrong("must be a list"),
    }
}

/// An empty id would name nothing, or everything.
fn names_an_object(name: &str) -> bool {
    name == "id" || name.ends_with("_id") || name == "starting_after"
}

fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let fits = [8, 4, 4, 4, 12].into_iter().all(|length| {
        groups
            .next()
            .is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    fits && groups.next().is_none()
}

fn digits(amount: &str) -> usize {
    amount.trim_start_matches(['-', '0']).bytes().filter(u8::is_ascii_digit).count()
}
