//! One key for one event (rule B2): the API gives its events no id, sends them more than once, and may render them anew with
//! another risk score or URL. Two deliveries of one event get the same key, two events different ones.
//!
//! The key is the SHA-256, as 64 lower-case hex digits, of these UTF-8 bytes, so that any language can make it:
//!
//! ```text
//! cryptopay-callback-1↵
//! type=7:Invoice↵                  the members `type` and `event` of the body, then members of `data`, in this order:
//! event=14:status_changed↵
//! id=… ↵ status=… ↵ status_context=… ↵
//! txid=…↵                          one line for each: `data.txid` and the `txid` of every entry of `data.transactions`,
//!                                  sorted by their bytes, repeated ones kept, absent and null ones left out
//! amount=… ↵ charged_amount=… ↵ fee=… ↵ network_fee=… ↵ paid_amount=… ↵ pay_amount=… ↵ price_amount=… ↵ received_amount=… ↵
//! current_period_starts_at=… ↵ current_period_ends_at=… ↵ cancelled_at=… ↵
//! ```
//!
//! * A line is name, `=`, length of the value in bytes, `:`, value, line feed (`↵`; the spaces around it are not there). An
//!   absent or null member is name, `=`, line feed.
//! * A value is the decoded text of a JSON string, else the member's JSON text as it stands. Of two members with one name the
//!   last counts.
//! * An amount is normalised: a JSON number is first written without an exponent (if at most 64 characters are enough);
//!   then, if it is `-?\d+(\.\d+)?`, leading zeros, trailing zeros of the fraction and a point without digits go, and `-0` is
//!   `0`. Otherwise it stays.
//! * When the body is not a JSON object in UTF-8, or type and event are not among [`EVENTS`](super::event::EVENTS), or `data`
//!   has no `id` that is a text, the key is the SHA-256 of the raw body instead.

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Event, event::members, hex};
use crate::amount::{normalise, number_text};

const PLAIN: [&str; 3] = ["id", "status", "status_context"];
const AMOUNTS: [&str; 8] = [
    "amount",
    "charged_amount",
    "fee",
    "network_fee",
    "paid_amount",
    "pay_amount",
    "price_amount",
    "received_amount",
];
const TIMES: [&str; 3] = ["current_period_starts_at", "current_period_ends_at", "cancelled_at"];

/// The key of a callback's raw body: 64 lower-case hex digits.
#[must_use]
pub fn dedupe_key(body: &[u8]) -> String {
    hex(&Sha256::digest(known_event(body).as_deref().map_or(body, str::as_bytes)))
}

/// The text under the key of a known event.
fn known_event(body: &[u8]) -> Option<String> {
    let event = Event::read(body).filter(|event| event.is_known() && event.id.is_some())?;
    let data = members(str::from_utf8(body.get(event.data?)?).ok()?)?;
    let member = |name: &str| data.get(name).and_then(|raw| value(raw));
    let mut text = String::from("cryptopay-callback-1\n");
    line(&mut text, "type", Some(&event.kind));
    line(&mut text, "event", Some(&event.event));
    for name in PLAIN {
        line(&mut text, name, member(name).as_deref());
    }
    let entries: Vec<&RawValue> =
        data.get("transactions").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let mut txids: Vec<String> = entries
        .into_iter()
        .filter_map(|raw| members(raw.get())?.get("txid").and_then(|raw| value(raw)))
        .chain(member("txid"))
        .collect();
    txids.sort_unstable();
    for txid in &txids {
        line(&mut text, "txid", Some(txid));
    }
    for name in AMOUNTS {
        line(&mut text, name, data.get(name).and_then(|raw| amount(raw)).as_deref());
    }
    for name in TIMES {
        line(&mut text, name, member(name).as_deref());
    }
    Some(text)
}

fn line(text: &mut String, name: &str, value: Option<&str>) {
    text.push_str(name);
    text.push('=');
    if let Some(value) = value {
        text.push_str(&value.len().to_string());
        text.push(':');
        text.push_str(value);
    }
    text.push('\n');
}

fn value(raw: &RawValue) -> Option<String> {
    (raw.get() != "null").then(|| serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned()))
}

fn amount(raw: &RawValue) -> Option<String> {
    let text = value(raw)?;
    let is_string = raw.get().starts_with('"');
    let plain = if is_string { None } else { number_text(&text) };
    Some(normalise(plain.as_deref().unwrap_or(&text)).unwrap_or(text))
}

#[cfg(test)]
mod tests;
