//! W7 by hand: which found object is the one that was asked for.

use super::*;
use crate::api::find;
use serde_json::json;

const fn plain(field: &'static str) -> Compared {
    Compared { field, while_status: None, must_be: None }
}

/// The fields of a payout that differ, for these parameters and this object.
fn payout(compared: &[Compared], wanted: &Value, found: &str) -> Vec<String> {
    let operation = find("coin_withdrawals.create").unwrap();
    differing(operation, compared, wanted.as_object().unwrap(), &Found::parse(found).unwrap())
}

#[test]
fn amounts_are_compared_by_value_and_texts_by_letter() {
    let amount = [plain("received_amount")];
    for found in [r#"{"received_amount":"0.010"}"#, r#"{"received_amount":0.01}"#] {
        assert_eq!(payout(&amount, &json!({"received_amount": "0.01"}), found), [""; 0], "{found}");
    }
    for found in [r#"{"received_amount":"0.011"}"#, r#"{"received_amount":null}"#, "{}"] {
        assert_eq!(
            payout(&amount, &json!({"received_amount": "0.01"}), found),
            ["received_amount"],
            "{found}"
        );
    }
    let address = [plain("address")];
    assert_eq!(payout(&address, &json!({"address": "1.0"}), r#"{"address":"1.00"}"#), ["address"]);
    assert_eq!(payout(&address, &json!({"address": "a"}), r#"{"address":"a"}"#), [""; 0]);
}

#[test]
fn what_the_caller_left_out_is_not_compared_and_null_is_left_out() {
    let network = [plain("network")];
    assert_eq!(payout(&network, &json!({}), r#"{"network":"tron"}"#), [""; 0]);
    assert_eq!(payout(&network, &json!({"network": null}), r#"{"network":"tron"}"#), [""; 0]);
}

#[test]
fn found_strictly_nothing_may_stand_where_nothing_was_asked_for() {
    let operation = find("coin_withdrawals.create").unwrap();
    let compared = [plain("network"), plain("address")];
    let strictly = |wanted: Value, found: &str| {
        differing_strictly(operation, &compared, wanted.as_object().unwrap(), &Found::parse(found).unwrap())
    };
    assert_eq!(strictly(json!({"address": "a"}), r#"{"address":"a","network":"tron"}"#), ["network"]);
    assert_eq!(strictly(json!({"address": "a"}), r#"{"address":"a","network":null}"#), [""; 0]);
    assert_eq!(strictly(json!({"address": "a"}), r#"{"address":"b"}"#), ["address"]);
    assert_eq!(
        strictly(json!({"address": "a", "network": "tron"}), r#"{"address":"a","network":"tron"}"#),
        [""; 0]
    );
}

#[test]
fn a_field_that_changes_later_is_compared_only_in_its_status() {
    let rule = [Compared { field: "received_amount", while_status: Some("new"), must_be: None }];
    let wanted = json!({"received_amount": "1"});
    assert_eq!(payout(&rule, &wanted, r#"{"status":"new","received_amount":"2"}"#), ["received_amount"]);
    assert_eq!(payout(&rule, &wanted, r#"{"status":"sent","received_amount":"2"}"#), [""; 0]);
    assert_eq!(payout(&rule, &wanted, r#"{"received_amount":"2"}"#), [""; 0]);
}

#[test]
fn what_must_be_must_be_whatever_the_caller_set() {
    let rule = [Compared { field: "status", while_status: None, must_be: Some("cancelled") }];
    assert_eq!(payout(&rule, &json!({}), r#"{"status":"active"}"#), ["status"]);
    assert_eq!(payout(&rule, &json!({}), "{}"), ["status"]);
    assert_eq!(payout(&rule, &json!({}), r#"{"status":"cancelled"}"#), [""; 0]);
}

#[test]
fn numbers_and_truths_are_compared_as_what_they_are() {
    let rule = [plain("force_commit")];
    assert_eq!(payout(&rule, &json!({"force_commit": true}), r#"{"force_commit":true}"#), [""; 0]);
    assert_eq!(payout(&rule, &json!({"force_commit": true}), r#"{"force_commit":"true"}"#), ["force_commit"]);
    let rule = [plain("count")];
    assert_eq!(payout(&rule, &json!({"count": 10}), r#"{"count":10}"#), [""; 0]);
    assert_eq!(payout(&rule, &json!({"count": 10}), r#"{"count":11}"#), ["count"]);
    assert_eq!(payout(&rule, &json!({"count": 10}), r#"{"count":"10"}"#), ["count"]);
}

#[test]
fn an_amount_that_is_not_echoed_is_told_as_unverified() {
    let operation = find("coin_withdrawals.create").unwrap();
    let compared = [plain("charged_amount"), plain("received_amount")];
    let told = |wanted: Value| unverified(operation, &compared, wanted.as_object().unwrap());
    assert_eq!(told(json!({"charged_amount_to_send": "5"})), ["charged_amount_to_send"]);
    assert_eq!(told(json!({"charged_amount_to_send": null, "received_amount": "1"})), [""; 0]);
    assert_eq!(told(json!({"address": "a"})), [""; 0]);
}

#[test]
fn the_amounts_of_a_quote_are_all_there_and_equal_by_value() {
    let compared = [plain("price_amount"), plain("pay_amount")];
    let equal = |quote: Value, found: &str| {
        equal_amounts(&compared, quote.as_object().unwrap(), &Found::parse(found).unwrap())
    };
    let found = r#"{"price_amount":"25.00","pay_amount":0.5}"#;
    assert!(equal(json!({"price_amount": "25", "pay_amount": "0.50"}), found));
    assert!(equal(json!({"price_amount": 25, "pay_amount": "0.5"}), found));
    assert!(!equal(json!({"price_amount": "25", "pay_amount": "0.51"}), found));
    assert!(!equal(json!({"price_amount": 26, "pay_amount": "0.5"}), found));
    assert!(!equal(json!({"price_amount": "25"}), found));
    assert!(!equal(json!({"price_amount": "25", "pay_amount": "0.5"}), r#"{"price_amount":"25"}"#));
}

#[test]
fn only_an_object_is_an_object() {
    assert!(Found::parse("[1]").is_none() && Found::parse("\"a\"").is_none());
    let found = Found::parse(r#"{"id":"x","count":1,"none":null}"#).unwrap();
    assert_eq!(
        (found.text("id").as_deref(), found.text("count"), found.text("none")),
        (Some("x"), None, None)
    );
}
