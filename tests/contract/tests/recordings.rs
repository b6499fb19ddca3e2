//! Replays recorded exchanges of the real API: the folder in `CRYPTOPAY_RECORDINGS`; without it there is nothing to do. Every
//! difference is explained in one of the tables here, or fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use cryptopay_contract::{recorded::without_nulls, replay::replay};
use cryptopay_contract::{scenario, shape};
use cryptopay_core::api::{self, channels, coin_withdrawals, invoices, subscriptions};
use cryptopay_core::callback::verify;
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::http::Response;
use cryptopay_core::secret::Secret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Recordings of what the client does not offer.
const NOT_OFFERED: [(&str, &str); 1] = [("ruby_risks_score", "the API has taken POST /api/risks/score away")];
/// Signed bodies that are no events, and why.
const NO_EVENTS: [(&str, &str); 2] = [
    ("php_truncated_json", "its JSON ends too early"),
    ("php_invoice_no_envelope", "an object without type and event"),
];

/// Bodies that were written by hand with amounts as JSON numbers: they are kept as exact text.
const AMOUNTS_AS_NUMBERS: [&str; 1] = ["java_readme_invoice"];

fn numbers_as_text(name: &str, value: &mut Value) {
    match value {
        Value::Number(number) if name != "score" => *value = number.to_string().into(),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| numbers_as_text(name, value)),
        Value::Array(items) => items.iter_mut().for_each(|item| numbers_as_text(name, item)),
        _ => {}
    }
}

fn folder(below: &str) -> Option<BTreeMap<String, Value>> {
    let folder = PathBuf::from(std::env::var_os("CRYPTOPAY_RECORDINGS")?).join(below);
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    Some(
        json.map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect(),
    )
}

fn exchanges() -> Option<BTreeMap<String, Value>> {
    let mut all = folder("")?;
    all.retain(|_, file| file.get("request").is_some());
    for (name, why) in NOT_OFFERED {
        println!("{name} is left out: {why}");
        all.remove(name).unwrap();
    }
    Some(all)
}

fn report(what: &str, count: usize, differences: &[String]) {
    println!("{what}: {count} compared, {} differences", differences.len());
    assert!(count > 0, "the folder holds nothing to compare");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn s1_every_recorded_request_is_built_as_it_was_sent_and_its_answer_loses_nothing() {
    let Some(all) = exchanges() else { return };
    let mut wrong = Vec::new();
    for (name, exchange) in &all {
        let found = replay(exchange).unwrap_or_else(|error| vec![format!("{error:#}")]);
        wrong.extend(found.iter().map(|text| format!("{name}: {text}")));
    }
    report("requests and answers", all.len(), &wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_answers_with_the_recorded_fields_and_types() {
    let Some(all) = exchanges() else { return };
    let story: Value = serde_json::from_str(include_str!("recorded/story.json")).unwrap();
    let answers = scenario::play_and_keep(&story).await.unwrap();
    let mut wrong = Vec::new();
    for (name, exchange) in &all {
        let recorded: Value = serde_json::from_str(text(&exchange["response"]["body"])).unwrap();
        match answers.get(name.trim_start_matches("ruby_")) {
            Some(answer) => wrong
                .extend(shape::differences(&recorded, answer).iter().map(|text| format!("{name}: {text}"))),
            None => wrong.push(format!("{name}: the sandbox is not asked")),
        }
    }
    report("answers of the sandbox", all.len(), &wrong);
}

#[test]
fn k1_every_recorded_error_is_classified() {
    let Some(all) = folder("errors") else { return };
    let mut wrong = Vec::new();
    for (name, file) in &all {
        // One was recorded without its status: its siblings have 422.
        let status = file["status"].as_u64().unwrap_or(422).try_into().unwrap();
        let raw = file["body"].as_str().unwrap_or_default();
        let answer = Response { status, headers: Vec::new(), body: raw.as_bytes().to_vec() };
        let read =
            classify(&answer, Expect { data: Data::Object, conditional: false, write: true }, MAX_BODY);
        let body: Value = serde_json::from_str(raw).unwrap_or_default();
        let api_code = body["error"]["code"].as_str();
        let expected = match (status, api_code) {
            (401, _) => "unauthenticated",
            (_, Some("ip_not_allowed")) => "ip_not_allowed",
            (403, _) => "forbidden",
            (404, _) => "not_found",
            (409, Some("duplicate_custom_id")) => "duplicate_custom_id",
            (409, None) => "conflict",
            (409 | 422, _) => "validation",
            (502, _) => "server_error",
            _ => "another code",
        };
        let fields = body["error"]["details"].as_array().map_or(0, Vec::len);
        let came =
            (read.code.map_or("success", |code| code.as_str()), read.api_code.as_deref(), read.fields.len());
        if came != (expected, api_code, fields)
            || read.request_id.as_deref() != body["meta"]["request_id"].as_str()
        {
            wrong.push(format!("{name}: {came:?} with request {:?}, expected {expected}", read.request_id));
        }
    }
    report("errors", all.len(), &wrong);
}

fn rewritten<T: DeserializeOwned + Serialize>(data: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<T>(data)?)
}

#[test]
fn b1_every_recorded_callback_is_verified_and_read_without_loss() {
    let Some(all) = folder("callbacks") else { return };
    let mut wrong = Vec::new();
    for (name, file) in &all {
        let body = text(&file["body"]);
        let verified = |secret: &Value, signature: &Value| {
            let secret = Secret::new("callback_secrets", text(secret)).unwrap();
            verify(body.as_bytes(), signature.as_str(), &[secret])
        };
        if file["computed_matches_published"] == json!(true)
            && verified(&file["secret"], &file["signature"]).is_err()
        {
            wrong.push(format!("{name}: the published signature is refused"));
        }
        let came = verified(&file["test_secret"], &file["test_signature"]);
        if let Some((_, why)) = NO_EVENTS.iter().find(|(one, _)| one == name) {
            println!("{name} is no event: {why}");
            assert!(came.is_err() || came.is_ok_and(|read| !read.event.is_known()), "{name}");
            continue;
        }
        let event = match came {
            Ok(read) => read.event,
            Err(refused) => {
                wrong.push(format!("{name}: {refused}"));
                continue;
            }
        };
        let Some(data) = event.data.map(|range| &body[range]) else { continue };
        let read = match event.kind.as_str() {
            "ChannelPayment" => rewritten::<channels::CallbackChannelPayment>(data),
            "CoinWithdrawal" => rewritten::<coin_withdrawals::CallbackCoinWithdrawal>(data),
            "Invoice" => rewritten::<invoices::CallbackInvoice>(data),
            "Subscription" => rewritten::<subscriptions::CallbackSubscription>(data),
            other => panic!("{name}: a callback of type {other}"),
        };
        let mut expected = without_nulls(&serde_json::from_str(data).unwrap());
        if AMOUNTS_AS_NUMBERS.contains(&name.as_str()) {
            println!("{name}: its amounts are numbers, and kept as text");
            numbers_as_text("", &mut expected);
        }
        match read.map(|value| without_nulls(&value)) {
            Ok(value) if value == expected => {}
            Ok(value) => wrong.push(format!("{name}: {expected} was read as {value}")),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    report("callbacks", all.len(), &wrong);
    assert_eq!(api::CALLBACKS.len(), 4, "every type of callback has its model here");
}
