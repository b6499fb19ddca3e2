//! How parameters become path, query and body, and which are refused.

use serde_json::{Value, json};

use super::{InvalidArgument, Prepared, prepare};
use crate::api::find;

const ID: &str = "6f1d2f60-0f3c-4c9e-9b0e-2f5c1a7d8e90";

fn try_it(operation: &str, params: Value) -> Result<Prepared, InvalidArgument> {
    prepare(find(operation).unwrap(), params.as_object().unwrap())
}

fn path(operation: &str, params: Value) -> String {
    try_it(operation, params).unwrap().path_and_query
}

fn body(operation: &str, params: Value) -> Option<String> {
    try_it(operation, params).unwrap().body.map(|body| String::from_utf8(body).unwrap())
}

fn refusal(operation: &str, params: Value) -> String {
    try_it(operation, params).unwrap_err().to_string()
}

fn invoice(extra: Value) -> Value {
    let mut params = json!({"price_amount": "10.00", "price_currency": "EUR", "pay_currency": "BTC"});
    params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    params
}

fn payout(extra: Value) -> Value {
    let mut params = json!({"address": "a", "charged_currency": "EUR", "received_currency": "BTC"});
    params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    params
}

#[test]
fn a_body_has_the_tables_order_and_nothing_that_was_not_given() {
    let params = invoice(
        json!({"name": "x\"y", "custom_id": "o-1", "description": null, "metadata": {"b": "2", "a": "1"}}),
    );
    assert_eq!(
        body("invoices.create", params).unwrap(),
        r#"{"price_amount":"10.00","price_currency":"EUR","pay_currency":"BTC","custom_id":"o-1","name":"x\"y","metadata":{"a":"1","b":"2"}}"#
    );
}

#[test]
fn a_nested_object_has_the_tables_order_too() {
    let params = payout(json!({
        "charged_amount": "1",
        "beneficiary": {"name": "A B", "address": {"post_code": "1", "country": "DE"}, "type": "natural_person"},
    }));
    assert_eq!(
        body("coin_withdrawals.create", params).unwrap(),
        r#"{"address":"a","charged_currency":"EUR","received_currency":"BTC","charged_amount":"1","beneficiary":{"type":"natural_person","name":"A B","address":{"country":"DE","post_code":"1"}}}"#
    );
    let params = json!({"id": "c", "currency": "EUR", "addresses": [{"network": "bitcoin", "currency": "BTC", "address": "x"}]});
    assert_eq!(
        body("customers.create", params).unwrap(),
        r#"{"id":"c","currency":"EUR","addresses":[{"address":"x","currency":"BTC","network":"bitcoin"}]}"#
    );
}

#[test]
fn nothing_given_and_nothing_needed_is_no_body() {
    assert_eq!(body("invoices.create_refund", json!({"invoice_id": ID})), None);
    assert_eq!(body("invoices.create_recalculation", json!({"invoice_id": ID, "force_commit": null})), None);
    assert_eq!(body("coin_withdrawals.commit", json!({"coin_withdrawal_id": ID})), None);
    assert_eq!(
        body("invoices.create_recalculation", json!({"invoice_id": ID, "force_commit": false})).unwrap(),
        r#"{"force_commit":false}"#
    );
}

#[test]
fn an_update_says_null_and_leaves_out_what_is_absent() {
    let params = json!({"channel_id": ID, "description": null, "status": "disabled"});
    assert_eq!(body("channels.update", params).unwrap(), r#"{"description":null,"status":"disabled"}"#);
}

#[test]
fn a_query_has_the_tables_order_and_is_encoded() {
    let params = json!({"status": "on hold", "created_at_from": "2023-07-01T00:00:00+00:00", "currency": null, "starting_after": ID});
    assert_eq!(
        path("transactions.list", params),
        format!(
            "/api/transactions?created_at_from=2023-07-01T00%3A00%3A00%2B00%3A00&status=on%20hold&starting_after={ID}"
        )
    );
    assert_eq!(
        path("coin_withdrawals.list_network_fees", json!({"all_networks": true})),
        "/api/coin_withdrawals/network_fees?all_networks=true"
    );
    assert_eq!(path("coins.list", json!({})), "/api/coins");
}

// Encoded with Python: urllib.parse.quote(text, safe="").
#[test]
fn a_path_is_encoded_and_cannot_be_left() {
    for (id, encoded) in [
        ("ORDER /42", "ORDER%20%2F42"),
        ("100%?#", "100%25%3F%23"),
        ("\"19069\"", "%2219069%22"),
        ("it's", "it%27s"),
        ("☕", "%E2%98%95"),
        ("...", "..."),
    ] {
        let path = path("invoices.retrieve_by_custom_id", json!({"custom_id": id}));
        assert_eq!(path, format!("/api/invoices/custom_id/{encoded}"));
    }
    for (id, what) in [("", "empty"), (".", "`.`"), ("..", "`..`")] {
        let refusal = refusal("invoices.retrieve_by_custom_id", json!({"custom_id": id}));
        assert!(refusal.starts_with("custom_id: ") && refusal.contains(what), "{refusal}");
    }
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_name() {
    assert_eq!(
        refusal("invoices.create", invoice(json!({"customid": "1"}))),
        "customid: there is no parameter of this name, the nearest is custom_id"
    );
    assert_eq!(
        refusal("coins.list", json!({"page": 2})),
        "page: there is no parameter of this name, the operation takes none"
    );
    assert_eq!(
        refusal(
            "coin_withdrawals.create",
            payout(json!({"charged_amount": "1", "beneficiary": {"nam": "x"}}))
        ),
        "beneficiary.nam: there is no parameter of this name, the nearest is name"
    );
}

#[test]
fn an_amount_is_plain_text_or_refused() {
    assert_eq!(
        refusal("invoices.create", invoice(json!({"price_amount": 10.5}))),
        "price_amount: is a number, which can lose digits: pass amounts as text such as \"100.50\""
    );
    for text in ["", "NaN", "1e3", "1,50", "+1", ".5", "5.", " 1", "1_000.0", "0x10", "٣"] {
        assert!(
            refusal("invoices.create", invoice(json!({"price_amount": text}))).contains("not an amount"),
            "{text}"
        );
    }
    let long = "0.00000000000000000000000000001";
    assert!(
        try_it("invoices.create", invoice(json!({"price_amount": "1234567890123456789012345678.9"})))
            .is_err()
    );
    assert!(
        try_it("invoices.create", invoice(json!({"price_amount": "0012345678901234567890.12345678"})))
            .is_ok()
    );
    assert!(try_it("invoices.create", invoice(json!({"price_amount": long}))).is_err());
    assert!(
        refusal("invoices.create", invoice(json!({"price_amount": [1]})))
            .starts_with("price_amount: must be an amount")
    );
}

#[test]
fn a_payouts_amount_is_said_exactly_one_way() {
    let none = refusal("coin_withdrawals.create", payout(json!({"charged_amount": null})));
    assert_eq!(
        none,
        "charged_amount: is missing: give exactly one of charged_amount, charged_amount_to_send, received_amount, amount"
    );
    let two =
        refusal("coin_withdrawals.create", payout(json!({"charged_amount": "1", "received_amount": "1"})));
    assert!(two.starts_with("received_amount: cannot be given beside charged_amount"), "{two}");
    let mixed =
        refusal("coin_withdrawals.create", payout(json!({"charged_amount": "1", "amount_currency": "EUR"})));
    assert!(mixed.starts_with("amount_currency: cannot be given beside charged_amount"), "{mixed}");
    let half = refusal(
        "coin_withdrawals.create",
        payout(json!({"amount": "1", "amount_includes_network_fee": true})),
    );
    assert_eq!(half, "amount_currency: is missing: it belongs to the amount that is given");
    for one in [
        json!({"charged_amount": "1", "received_amount": null}),
        json!({"charged_amount_to_send": "1"}),
        json!({"received_amount": "1"}),
        json!({"amount": "1", "amount_currency": "EUR"}),
    ] {
        assert!(try_it("coin_withdrawals.create", payout(one.clone())).is_ok(), "{one}");
    }
}

#[test]
fn an_explicit_null_amount_counts_as_absent_and_is_sent() {
    let transfer = json!({
        "charged_currency": "EUR", "charged_amount": "100.0", "received_currency": "BTC", "received_amount": null,
        "force_commit": true,
    });
    assert_eq!(
        body("exchange_transfers.create", transfer).unwrap(),
        r#"{"charged_currency":"EUR","charged_amount":"100.0","received_currency":"BTC","received_amount":null,"force_commit":true}"#
    );
    let neither = json!({"charged_currency": "EUR", "charged_amount": null, "received_currency": "BTC"});
    assert!(refusal("exchange_transfers.create", neither).starts_with("charged_amount: is missing"));
}

#[test]
fn every_kind_refuses_what_is_not_of_it() {
    for (operation, params, start) in [
        (
            "invoices.create",
            json!({"price_amount": "1", "pay_currency": "BTC"}),
            "price_currency: is missing",
        ),
        ("invoices.create", invoice(json!({"price_currency": ""})), "price_currency: is empty"),
        ("invoices.create", invoice(json!({"price_currency": 5})), "price_currency: must be a string"),
        ("invoices.create", invoice(json!({"custom_id": ""})), "custom_id: is empty"),
        ("invoices.create", invoice(json!({"customer_id": ""})), "customer_id: is empty"),
        ("invoices.create", invoice(json!({"metadata": "x"})), "metadata: must be an object"),
        ("invoices.create", invoice(json!({"metadata": {"n": 1}})), "metadata.n: must be a string"),
        ("invoices.retrieve", json!({}), "invoice_id: is missing"),
        ("invoices.retrieve", json!({"invoice_id": null}), "invoice_id: is missing"),
        ("invoices.retrieve", json!({"invoice_id": "1"}), "invoice_id: must be a UUID"),
        ("invoices.retrieve", json!({"invoice_id": format!("{ID}-00")}), "invoice_id: must be a UUID"),
        ("invoices.list", json!({"starting_after": "x"}), "starting_after: must be a UUID"),
        ("customers.list", json!({"starting_after": ""}), "starting_after: is empty"),
        ("transactions.list", json!({"created_at_from": "yesterday"}), "created_at_from: must be a time"),
        ("transactions.list", json!({"created_at_from": 1_690_188_388}), "created_at_from: must be a time"),
        (
            "transactions.list",
            json!({"risk_level": ""}),
            "risk_level: must be a string such as low, medium, high",
        ),
        (
            "coin_withdrawals.list_network_fees",
            json!({"all_networks": "true"}),
            "all_networks: must be true or false",
        ),
        (
            "coin_withdrawals.create",
            payout(json!({"charged_amount": "1", "beneficiary": "me"})),
            "beneficiary: must be an object",
        ),
        ("customers.update", json!({"customer_id": "c", "addresses": {}}), "addresses: must be a list"),
        (
            "customers.update",
            json!({"customer_id": "c", "addresses": ["a"]}),
            "addresses.0: must be an object",
        ),
        (
            "customers.update",
            json!({"customer_id": "c", "addresses": [{"address": "a"}]}),
            "addresses.0.currency: is missing",
        ),
    ] {
        let refusal = refusal(operation, params);
        assert!(refusal.starts_with(start), "{refusal}");
    }
    let mut subscription = json!({
        "name": "n", "amount": "1", "currency": "EUR", "period": "month", "period_quantity": 1.5,
        "starts_at": "2026-11-22T08:46:28Z", "payer_email": "a@b",
    });
    assert_eq!(
        refusal("subscriptions.create", subscription.clone()),
        "period_quantity: must be a whole number"
    );
    subscription["period_quantity"] = json!(1);
    subscription["period"] = json!("fortnight");
    assert!(
        try_it("subscriptions.create", subscription).is_ok(),
        "a choice that this version does not know is sent"
    );
}
