//! W8: what `resolve` says while nothing is proven. Transcripts compare only the word.

use super::*;
use crate::client::Client;
use crate::config::Config;
use crate::environment::Environment;
use crate::event::{Event, Moment};
use crate::http::Response;
use crate::secret::Secret;
use serde_json::{Value, json};

const SIGNED_MS: u64 = 1_700_000_000_000;
const TWENTY_MINUTES_MS: u64 = 1_200_000;

/// When asking again can give an answer: `resolve` at `now_ms` of a record, whose look is refused with these headers.
fn retry_at_ms(operation: &str, params: &Value, now_ms: u64, headers: &[(&str, &str)]) -> Option<u64> {
    let secret = Secret::new("api_secret", "secret").unwrap();
    let client = Client::new(Config::new(Environment::Sandbox, "key", secret)).unwrap();
    let record = json!({
        "v": 1, "operation": operation, "params": params, "custom_id": params.get("custom_id"), "server_time": true,
        "first_send_ms": SIGNED_MS, "last_signed_ms": SIGNED_MS,
    });
    let at = Moment { unix_ms: now_ms, tick_ms: 0 };
    let record = crate::call::pending::Record::from_json(&record).unwrap();
    let (mut call, mut step) =
        client.resolve(at, &record, &crate::call::options::Options::default(), [0; 16]);
    if let Step::Fetch(_) = step {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        step =
            call.advance(at, Event::Response(Response { status: 403, headers, body: Vec::new() })).unwrap();
    }
    let Step::Done(result) = step else { panic!("a refused look proves nothing: {step:?}") };
    match result.unwrap().resolution {
        Some(Resolution::Unknown { retry_at_ms, .. }) => retry_at_ms,
        other => panic!("nothing is known: {other:?}"),
    }
}

#[test]
fn w8_who_cannot_know_yet_is_told_when_twenty_minutes_are_over() {
    let commit = json!({"coin_withdrawal_id": "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"});
    let ask = |now_ms, headers: &[_]| retry_at_ms("coin_withdrawals.commit", &commit, now_ms, headers);
    let settled = SIGNED_MS + TWENTY_MINUTES_MS;
    assert_eq!(ask(SIGNED_MS + 1, &[]), Some(settled));
    assert_eq!(ask(settled - 1, &[]), Some(settled));
    assert_eq!(ask(settled, &[]), None, "that moment has come: asking later gives no better answer");
    assert_eq!(ask(settled + 1, &[]), None);
    // The server says 22:14:20 when it is 22:13:20 here: its twenty minutes are over a minute earlier.
    assert_eq!(ask(SIGNED_MS, &[("date", "Tue, 14 Nov 2023 22:14:20 GMT")]), Some(settled - 60_000));
}

#[test]
fn w8_what_cannot_be_looked_for_is_never_known_later() {
    let params = json!({"invoice_id": "06a54ccb-889f-4c1f-8a59-086a84a1e2dd", "force_commit": true});
    assert_eq!(retry_at_ms("invoices.create_recalculation", &params, SIGNED_MS, &[]), None);
}
