//! From flat parameters to what goes on the wire: path, query and body of one operation, every parameter checked against
//! the table before anything is sent. What a value must look like is `request/value.rs`; rules about the state of the
//! world (an amount too small, a time too early) are the server's.

mod name;
mod value;

use serde_json::{Map, Value};

use crate::invalid::InvalidArgument;
use crate::json;
use crate::operation::Operation;
use crate::schema::{Field, Kind, Model};
use crate::url;

pub use name::no_such;

/// What a request says, still without host, headers and signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Path and query, percent-encoded as they are signed and sent.
    pub path_and_query: String,
    /// The exact body; `None` for a request without one.
    pub body: Option<Vec<u8>>,
}

/// Checks the parameters of an operation and lays them out. `null` is the same as absent, except in a body's fields
/// where null says something of its own.
///
/// # Errors
/// [`InvalidArgument`] names the first parameter that is unknown, missing or not of its kind, and says what to do.
pub fn prepare(operation: &Operation, params: &Map<String, Value>) -> Result<Prepared, InvalidArgument> {
    refuse_unknown(operation, params)?;
    let mut path = Vec::new();
    for field in operation.path_fields {
        let given = required(field, params, field.name)?;
        value::check(given, field, field.name)?;
        path.push((field.name, given.as_str().unwrap_or_default()));
    }
    let mut path_and_query = url::path(operation.path, &path)?;
    if let Some(model) = operation.query {
        path_and_query.push_str(&query(model, params)?);
    }
    let body = operation.body.map(|model| body(model, params)).transpose()?.flatten();
    Ok(Prepared { path_and_query, body })
}

fn refuse_unknown(operation: &Operation, params: &Map<String, Value>) -> Result<(), InvalidArgument> {
    let models = [operation.query, operation.body].into_iter().flatten().flat_map(|model| model.fields);
    let known: Vec<&str> = operation.path_fields.iter().chain(models).map(|field| field.name).collect();
    match params.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(name::unknown(name, name, &known)),
        None => Ok(()),
    }
}

fn query(model: &Model, params: &Map<String, Value>) -> Result<String, InvalidArgument> {
    let mut given = Vec::new();
    for field in model.fields {
        match params.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                value::check(value, field, field.name)?;
                let text = value.as_str().map_or_else(|| json::text_of(value), str::to_owned);
                given.push((field.name, text));
            }
            None if field.required => return Err(missing(field.name)),
            None => {}
        }
    }
    let names: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Ok(url::query(&names, &given))
}

/// The body; none when nothing is given and nothing needed.
fn body(model: &Model, params: &Map<String, Value>) -> Result<Option<Vec<u8>>, InvalidArgument> {
    let mut text = String::new();
    write_object(model, params, "", &mut text)?;
    Ok(if text == "{}" { None } else { Some(text.into_bytes()) })
}

/// Writes the model's fields out of `members`, in the table's order and compact.
fn write_object(
    model: &Model,
    members: &Map<String, Value>,
    at: &str,
    out: &mut String,
) -> Result<(), InvalidArgument> {
    exclusive(model, members, at)?;
    out.push('{');
    let mut first = true;
    for field in model.fields {
        let place = within(at, field.name);
        let given = match members.get(field.name) {
            None | Some(Value::Null) if field.required => return Err(missing(&place)),
            None => continue,
            Some(Value::Null) if !field.nullable => continue,
            Some(given) => given,
        };
        out.push_str(if first { "\"" } else { ",\"" });
        out.push_str(field.name);
        out.push_str("\":");
        first = false;
        if given.is_null() {
            out.push_str("null");
        } else {
            write_value(given, field, &field.kind, &place, out)?;
        }
    }
    out.push('}');
    Ok(())
}

fn write_value(
    given: &Value,
    field: &Field,
    kind: &Kind,
    at: &str,
    out: &mut String,
) -> Result<(), InvalidArgument> {
    match (kind, given) {
        (Kind::Object(model), Value::Object(members)) => {
            let known: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
            if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
                return Err(name::unknown(&within(at, name), name, &known));
            }
            write_object(model, members, at, out)
        }
        (Kind::List(inner), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, field, inner, &within(at, &json::number(index as u64)), out)?;
            }
            out.push(']');
            Ok(())
        }
        _ => {
            value::check_kind(given, field, kind, at)?;
            json::write(given, out);
            Ok(())
        }
    }
}

/// Of the model's groups exactly one is given, and whole: its yes-or-no fields have a default, the others have none.
fn exclusive(model: &Model, members: &Map<String, Value>, at: &str) -> Result<(), InvalidArgument> {
    let has = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
    let mut given = model.one_of.iter().filter(|group| group.iter().any(|name| has(name)));
    let ways =
        || model.one_of.iter().filter_map(|group| group.first().copied()).collect::<Vec<_>>().join(", ");
    let Some(group) = given.next() else {
        return match model.one_of.first().and_then(|group| group.first()) {
            Some(name) => Err(InvalidArgument::new(
                within(at, name),
                ["is missing: give exactly one of ", &ways()].concat(),
            )),
            None => Ok(()),
        };
    };
    if let Some(second) = given.next().and_then(|group| group.iter().find(|name| has(name))) {
        let first = group.iter().find(|name| has(name)).copied().unwrap_or_default();
        let message = ["cannot be given beside ", first, ": give exactly one of ", &ways()].concat();
        return Err(InvalidArgument::new(within(at, second), message));
    }
    let needed = |name: &&&str| model.field(name).is_some_and(|field| !matches!(field.kind, Kind::Bool));
    match group.iter().filter(needed).find(|name| !has(name)) {
        Some(name) => {
            Err(InvalidArgument::new(within(at, name), "is missing: it belongs to the amount that is given"))
        }
        None => Ok(()),
    }
}

fn required<'v>(
    field: &Field,
    params: &'v Map<String, Value>,
    at: &str,
) -> Result<&'v Value, InvalidArgument> {
    params.get(field.name).filter(|value| !value.is_null()).ok_or_else(|| missing(at))
}

fn missing(at: &str) -> InvalidArgument {
    InvalidArgument::new(at, "is missing")
}

fn within(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { [at, ".", name].concat() }
}

#[cfg(test)]
mod tests;
