//! W2: what a success ends as that its host cannot hand back. A write in it was applied.

use super::*;
use crate::call::options::Options;
use crate::client::Client;
use crate::config::Config;
use crate::environment::Environment;
use crate::event::{Event, Moment};
use crate::http::Response;
use crate::secret::Secret;
use crate::step::Step;
use serde_json::{Map, Value, json};

const ID: &str = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";

/// A call that got this answer to everything it asked, and its end.
fn ended(operation: &str, params: &Value, status: u16, body: &Value) -> (Call, Outcome) {
    let at = |tick_ms| Moment { unix_ms: 1_700_000_000_000 + tick_ms, tick_ms };
    let secret = Secret::new("api_secret", "secret").unwrap();
    let client = Client::new(Config::new(Environment::Sandbox, "key", secret)).unwrap();
    let params: Map<String, Value> = params.as_object().unwrap().clone();
    let (mut call, mut step) = client.begin(at(0), operation, params, &Options::default(), [0; 16]);
    for tick in 1..99 {
        let event = match step {
            Step::Fetch(_) => Event::Response(Response {
                status,
                headers: vec![("cf-ray".into(), "r-1".into())],
                body: body.to_string().into_bytes(),
            }),
            Step::Done(ended) => return (call, ended.unwrap()),
            _ => Event::Woken,
        };
        step = call.advance(at(tick * 10_000), event).unwrap();
    }
    panic!("the call does not end");
}

fn payout() -> (Call, Outcome) {
    let params = json!({
        "address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", "charged_currency": "EUR", "received_currency": "BTC",
        "received_amount": "0.01", "custom_id": "p-1", "force_commit": true,
    });
    ended("coin_withdrawals.create", &params, 201, &json!({"data": {"id": ID, "status": 7}}))
}

#[test]
fn a_write_whose_object_fits_no_model_was_applied_and_ends_as_unknown_with_its_record() {
    let (call, outcome) = payout();
    let error = call.unfit(Some("status is a number"), outcome.data().unwrap());
    assert_eq!((error.code, error.status), (Code::OutcomeUnknown, Some(201)));
    assert_eq!((error.existing_id.as_deref(), error.request_id.as_deref()), (Some(ID), Some("r-1")));
    assert!(error.message.ends_with("does not fit its model: status is a number"), "{error}");
    assert!(error.hint.contains("do not send it again"), "{error}");
    let cause = error.cause.unwrap();
    assert_eq!((cause.code, cause.status), (Code::InvalidResponse, Some(201)));
    let record = error.record.unwrap();
    assert_eq!((record.custom_id.as_deref(), record.sends), (Some("p-1"), 1));
    assert_eq!(record.cause.as_ref(), Some(&cause));
    assert_eq!(error.trace.sends, 1);
}

#[test]
fn a_read_or_a_quote_that_fits_no_model_is_an_invalid_response_that_moved_nothing() {
    let (call, outcome) =
        ended("invoices.retrieve", &json!({"invoice_id": ID}), 200, &json!({"data": {"id": ID}}));
    let read = call.unfit(Some("status is missing"), outcome.data().unwrap());
    assert_eq!((read.code, read.existing_id.as_deref()), (Code::InvalidResponse, Some(ID)));
    assert!(read.record.is_none() && read.hint.contains("raw answer"), "{read}");
    let quote = json!({"charged_currency": "EUR", "received_currency": "BTC", "charged_amount": "10.0"});
    let (call, _) = ended("exchange_transfers.create", &quote, 201, &json!({"data": {"id": ID}}));
    let quote = call.unfit(Some("fee is missing"), "");
    assert_eq!((quote.code, quote.existing_id.as_deref()), (Code::InvalidResponse, None));
    assert!(quote.record.is_none() && quote.hint.contains("nothing moves before the commit"), "{quote}");
}

#[test]
fn what_has_no_object_is_told_by_what_the_answer_said_instead() {
    let wanted =
        json!({"price_amount": "1.0", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "o-1"});
    let (call, _) = ended("invoices.create", &wanted, 202, &json!({}));
    let write = call.unfit(None, "");
    assert_eq!((write.code, write.status), (Code::OutcomeUnknown, Some(202)));
    assert_eq!(write.record.and_then(|record| record.custom_id).as_deref(), Some("o-1"));
    let (call, _) = ended("invoices.retrieve", &json!({"invoice_id": ID}), 202, &json!({}));
    let read = call.unfit(None, "");
    assert_eq!(read.code, Code::OutcomeUnknown);
    assert!(read.record.is_none() && read.hint.contains("ask again later"), "{read}");
}
