//! One key for one event (rule B2): the API gives its events no id, sends them more than once, and may render them anew with
//! another risk score or URL. Two deliveries of one event get the same key, two events different ones.
//!
//! The key is the SHA-256, as 64 lower-case hex digits, of these lines in UTF-8, joined by line feeds, so that any language
//! can make it (`tests/README.md`, vectors `dedupe_key`):
//!
//! 1. `type`, `event`, `data.id`, `data.status`, `data.status_context`: five lines, an empty one for what is absent or null;
//! 2. the `txid`s of `data` and of `data.transactions`, each once, sorted by bytes, joined by commas: one line, maybe empty;
//! 3. `name=value` for each of `AMOUNTS`, then each of `TIMES`, that is in `data` and not null. An amount is normalised,
//!    so that it does not matter how many zeros it was written with; one that is no amount stays as it is.
//!
//! When the body is not a JSON object in UTF-8, or type and event are not among [`EVENTS`](super::event::EVENTS), or `data`
//! has no `id` that is a text, the key is the SHA-256 of the raw body instead.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{Event, hex};
use crate::amount::{normalise, number_text};
use crate::json::{self, items, members};

const AMOUNTS: [&str; 8] = [
    "price_amount",
    "pay_amount",
    "paid_amount",
    "charged_amount",
    "received_amount",
    "network_fee",
    "fee",
    "amount",
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
    let member = |name: &str| json::member(&data, name).and_then(value);
    let entries = json::member(&data, "transactions").and_then(items).unwrap_or_default();
    let of_entries = entries.into_iter().filter_map(|entry| value(json::member(&members(entry)?, "txid")?));
    let mut txids: Vec<String> = Vec::new();
    // Put in where it belongs: they are few, and a set or a sort is larger than the rest of this file.
    for txid in of_entries.chain(member("txid")).filter(|txid| !txid.is_empty()) {
        let at = txids.iter().position(|known| *known >= txid).unwrap_or(txids.len());
        if txids.get(at) != Some(&txid) {
            txids.insert(at, txid);
        }
    }
    let [id, status, context] =
        ["id", "status", "status_context"].map(|name| member(name).unwrap_or_default());
    let mut lines = vec![event.kind, event.event, id, status, context];
    lines.push(txids.join(","));
    let named = |name: &str, value: String| [name, "=", &value].concat();
    let amounts =
        AMOUNTS.into_iter().filter_map(|name| Some(named(name, amount(json::member(&data, name)?)?)));
    let times = TIMES.into_iter().filter_map(|name| Some(named(name, member(name)?)));
    lines.extend(amounts.chain(times));
    Some(lines.join("\n"))
}

fn value(source: &str) -> Option<String> {
    (source != "null").then(|| json::string(source).map_or_else(|| source.to_owned(), Cow::into_owned))
}

fn amount(source: &str) -> Option<String> {
    let text = value(source)?;
    let is_string = source.starts_with('"');
    let plain = if is_string { None } else { number_text(&text) };
    Some(normalise(plain.as_deref().unwrap_or(&text)).unwrap_or(text))
}

#[cfg(test)]
mod tests;
