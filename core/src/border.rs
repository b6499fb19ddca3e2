//! The border of the bindings: the same few functions as text. Steps leave as JSON, events and starts come in as JSON, a
//! response's body comes in as bytes and never goes out again. The same JSON is the format of the transcripts.

mod callbacks;
mod incoming;
mod outgoing;

use crate::call::Call;
use crate::call::options::Options;
use crate::call::pending::{RECORD, Record};
use crate::client::Client;
use crate::config::Config;
use crate::error::ApiError;
use crate::event::{Misuse, Moment};
use crate::invalid::InvalidConfig;
use crate::json::{self, Fractions, Object};
use crate::pager::Rows;
use crate::step::Step;
use incoming::Start;
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

pub use crate::request::no_such;
pub use callbacks::{event, signature, signed, verified};

/// Makes a client of the configuration in this JSON (see [`Config::from_json`]).
///
/// # Errors
/// [`InvalidConfig`] names the setting and says what to do.
pub fn client(config: &[u8]) -> Result<Client, InvalidConfig> {
    let value = core::str::from_utf8(config).ok().and_then(|text| json::value(text, Fractions::Rounded));
    let mut value = value.ok_or(InvalidConfig { name: "config", reason: "is no JSON" })?;
    let made = Config::from_json(&value).and_then(Client::new);
    wipe(&mut value);
    made
}

/// Overwrites every text: some are secrets, also in a configuration that is refused.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Begins a call: `{unix_ms, tick_ms, entropy, params, options}`. Whatever is wrong comes as the first step.
#[must_use]
pub fn begin(client: &Client, operation: &str, start: &[u8]) -> (Call, Step) {
    match Start::parse(start, "params") {
        Ok((start, options)) => client.begin(start.moment, operation, start.params, &options, start.entropy),
        Err((field, message)) => refused(client, operation, field, message),
    }
}

/// Begins finding out how a write ended: `{unix_ms, tick_ms, entropy, params: the record, options}`.
#[must_use]
pub fn resolve(client: &Client, start: &[u8]) -> (Call, Step) {
    match Start::parse(start, RECORD) {
        Ok((start, options)) => match Record::from_json(&Value::Object(start.params)) {
            Ok(record) => client.resolve(start.moment, &record, &options, start.entropy),
            Err(wrong) => refused(client, "resolve", &wrong.field, &wrong.message),
        },
        Err((field, message)) => refused(client, "resolve", field, message),
    }
}

/// A wrong driver: `{"misuse": {state, event}}`.
#[must_use]
pub fn misused(misuse: &Misuse) -> String {
    wrong(misuse.state, misuse.event)
}

fn wrong(state: &str, event: &str) -> String {
    let mut misuse = Object::new();
    misuse.text("state", state);
    misuse.text("event", event);
    outgoing::one("misuse", &misuse.end())
}

fn refused(client: &Client, operation: &str, field: &str, message: &str) -> (Call, Step) {
    let (call, _) = client.begin(Moment::default(), "", Map::new(), &Options::default(), [0; 16]);
    (call, Step::Done(Box::new(Err(ApiError::invalid_argument(operation, field, message)))))
}

/// Advances a call by an event and answers the next step.
///
/// # Errors
/// A wrong driver gets the text `{"misuse": {state, event}}`, and the call is unchanged.
pub fn step(call: &mut Call, json: &[u8], body: &[u8]) -> Result<Step, String> {
    let (at, event) = incoming::event(json, body).map_err(|message| wrong(call.state(), &message))?;
    call.advance(at, event).map_err(|misuse| misused(&misuse))
}

/// The same as [`step()`], as text.
#[must_use]
pub fn advance(call: &mut Call, json: &[u8], body: &[u8]) -> String {
    step(call, json, body).map_or_else(|misuse| misuse, |step| text(&step))
}

/// The error of a success that the host cannot hand back, as in the step of a failed call: `{"error": {…}}`. `misfit` says what
/// does not fit the model; `None`: there is no object. `data` is the text of the answer's `data`, empty where there is none.
#[must_use]
pub fn unfit(call: &Call, misfit: Option<&str>, data: &str) -> String {
    outgoing::failed(&call.unfit(misfit, data))
}

/// An object of parameters as JSON text.
#[must_use]
pub fn object_text(members: &Map<String, Value>) -> String {
    json::object_text(members)
}

/// The object in this JSON; `None`: it is none.
#[must_use]
pub fn object(text: &str) -> Option<Map<String, Value>> {
    match json::value(text, Fractions::Rounded)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// What reading a page of a list answered: `{"rows": [[start, end], …], "more": …}`, byte ranges of the rows that are new, or
/// `{"error": {…}}`.
#[must_use]
pub fn page(read: &Result<Rows, ApiError>) -> String {
    match read {
        Ok(read) => outgoing::rows(read),
        Err(error) => outgoing::failed(error),
    }
}

/// A step as JSON text.
#[must_use]
pub fn text(step: &Step) -> String {
    outgoing::step(step)
}

#[cfg(test)]
mod tests;
