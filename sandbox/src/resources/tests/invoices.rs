//! Invoices: every path from `new` to a final status, recalculation and refund.

use serde_json::{Value, json};

use crate::trial::{Trial, refused, text};

/// Of somebody outside.
const ADDRESS: &str = "0xf3532c1fd002665ec54d46a50787e0c69c76cd44";

fn invoice(trial: &mut Trial) -> Value {
    let body = json!({"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "ETH", "custom_id": "ORDER-1"});
    trial.data("invoices.create", &[], body)
}

fn read(trial: &mut Trial, invoice: &Value) -> Value {
    trial.data("invoices.retrieve", &[("invoice_id", text(&invoice["id"]))], json!({}))
}

/// Status and context.
fn state(trial: &mut Trial, invoice: &Value) -> (Value, Value) {
    let invoice = read(trial, invoice);
    (invoice["status"].clone(), invoice["status_context"].clone())
}

fn unresolved(context: &str) -> (Value, Value) {
    (json!("unresolved"), json!(context))
}

fn pay(trial: &mut Trial, invoice: &Value, amount: &str) -> Value {
    trial.pay(json!({"invoice_id": invoice["id"], "amount": amount}))
}

/// An invoice that was paid too late, so that all of it may be returned.
fn paid_late(trial: &mut Trial, amount: &str) -> Value {
    let made = invoice(trial);
    trial.advance_s(601);
    pay(trial, &made, amount);
    made
}

#[test]
fn a_new_invoice_has_the_recorded_shape() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"});
    let made = trial.data("invoices.create", &[], body);
    let address = text(&made["address"]);
    // 100 / 29250.5864 = 0.003418735…, up to 6 digits as the recorded BTC invoices.
    let expected = json!({
        "id": made["id"], "custom_id": null, "customer_id": null, "subscription_id": null,
        "status": "new", "status_context": null,
        "address": address, "network": "bitcoin", "uri": format!("bitcoin:{address}?amount=0.003419"),
        "price_amount": "100.0", "price_currency": "EUR", "pay_amount": "0.003419", "pay_currency": "BTC",
        "fee": "1.0", "fee_currency": "EUR", "paid_amount": "0.0",
        "exchange": {"pair": "BTCEUR", "rate": "29250.5864", "fee": "0.0", "fee_currency": "EUR"},
        "transactions": [], "name": null, "description": null, "metadata": null,
        "success_redirect_url": null, "unsuccess_redirect_url": null,
        "hosted_page_url": format!("https://hosted-business-sandbox.cryptopay.me/invoices/{}", text(&made["id"])),
        "created_at": "2023-07-17T08:46:28+00:00", "expires_at": "2023-07-17T08:56:28+00:00",
    });
    assert_eq!(made, expected);
}

#[test]
fn a_same_currency_invoice_has_no_exchange_and_is_valid_for_two_hours() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "0.00018704", "price_currency": "BTC", "pay_currency": "BTC"});
    let made = trial.data("invoices.create", &[], body);
    assert!(made.get("exchange").is_none());
    assert_eq!([&made["pay_amount"], &made["fee"]], ["0.00018704", "0.00000188"]);
    assert_eq!(made["expires_at"], "2023-07-17T10:46:28+00:00");
    pay(&mut trial, &made, "exact");
    // 10000 + 0.00018704 - 0.00000188.
    assert_eq!(trial.balance("BTC"), "10000.00018516");
    assert_eq!(trial.held_by("held", "BTC"), "0.0");
}

#[test]
fn an_exact_payment_completes_it_with_callbacks_in_order() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    let paid = pay(&mut trial, &made, "exact");
    let read = read(&mut trial, &made);
    assert_eq!((&read["status"], &read["paid_amount"]), (&json!("completed"), &made["pay_amount"]));
    assert_eq!(read["transactions"][0]["txid"], paid["txid"]);
    assert_eq!(
        trial.events("Invoice"),
        ["transaction_created:new", "transaction_confirmed:new", "status_changed:completed"]
    );
    assert_eq!(trial.balance("EUR"), "100000099.0");
    assert_eq!(trial.held_by("held", "ETH"), "0.0");
}

#[test]
fn a_payment_that_is_only_seen_waits_for_its_confirmation() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    let seen = trial.pay(json!({"invoice_id": made["id"], "confirmations": 0}));
    assert_eq!(state(&mut trial, &made).0, "new");
    trial.pay(json!({"invoice_id": made["id"], "txid": seen["txid"]}));
    assert_eq!(state(&mut trial, &made).0, "completed");
    trial.pay(json!({"invoice_id": made["id"], "txid": seen["txid"]}));
    assert_eq!(trial.balance("EUR"), "100000099.0", "a confirmation counts once");
}

#[test]
fn too_little_is_underpaid_only_when_it_expires_and_the_rest_may_follow() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    pay(&mut trial, &made, "0.01");
    trial.advance_s(599);
    assert_eq!(state(&mut trial, &made).0, "new");
    trial.advance_s(1);
    assert_eq!(state(&mut trial, &made), unresolved("underpaid"));

    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    pay(&mut trial, &made, "0.01");
    pay(&mut trial, &made, "exact");
    assert_eq!(state(&mut trial, &made).0, "completed");
}

#[test]
fn too_much_is_overpaid_at_once_and_late_is_late_whatever_the_amount() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    pay(&mut trial, &made, "1.0");
    assert_eq!(state(&mut trial, &made), unresolved("overpaid"));

    for amount in ["exact", "1.0", "0.01"] {
        let mut trial = Trial::new();
        let made = invoice(&mut trial);
        trial.advance_s(600);
        assert_eq!(state(&mut trial, &made).0, "new", "expiry is no status");
        pay(&mut trial, &made, amount);
        assert_eq!(state(&mut trial, &made), unresolved("paid_late"));
    }
}

#[test]
fn unpaid_or_unconfirmed_for_14_days_it_is_cancelled() {
    for confirmations in [None, Some(0)] {
        let mut trial = Trial::new();
        let made = invoice(&mut trial);
        if let Some(confirmations) = confirmations {
            trial.pay(json!({"invoice_id": made["id"], "confirmations": confirmations}));
        }
        trial.advance_s(14 * 86_400 - 1);
        assert_eq!(state(&mut trial, &made).0, "new");
        trial.advance_s(1);
        assert_eq!(state(&mut trial, &made).0, "cancelled");
    }
}

#[test]
fn an_illicit_payment_is_decided_by_the_risk_team() {
    for (risk, end, balance) in [("high", "refunded", "100000000.0"), ("cleared", "completed", "100000099.0")]
    {
        let mut trial = Trial::new();
        let made = invoice(&mut trial);
        trial.pay(json!({"invoice_id": made["id"], "risk": risk}));
        assert_eq!(state(&mut trial, &made), unresolved("illicit_resource"));
        let path = [("invoice_id", text(&made["id"]))];
        assert_eq!(refused(trial.ask("invoices.create_refund", &path, json!({}))).0, 422);
        trial.advance_s(86_400);
        assert_eq!(state(&mut trial, &made).0, end);
        assert_eq!(trial.balance("EUR"), balance);
        assert_eq!(trial.held_by("held", "ETH"), "0.0");
    }
}

#[test]
fn a_recalculation_settles_what_was_received_at_the_current_rate() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    pay(&mut trial, &made, "0.1");
    trial.advance_s(600);
    let path = [("invoice_id", text(&made["id"]))];
    let quote = trial.data("invoices.create_recalculation", &path, json!({}));
    assert!(text(&quote["created_at"]).ends_with('Z'));
    assert_eq!(quote["previous_exchange_rate"], made["exchange"]["rate"]);
    assert_eq!([&quote["pay_amount"], &quote["previous_price_amount"]], ["0.1", "100.0"]);
    assert_eq!(state(&mut trial, &made), unresolved("overpaid"), "a quote changes nothing");
    let commit = [path[0], ("recalculation_id", text(&quote["id"]))];
    let done = trial.data("invoices.commit_recalculation", &commit, json!({}));
    assert!(text(&done["created_at"]).ends_with("+00:00"));
    let read = read(&mut trial, &made);
    assert_eq!((&read["status"], &read["price_amount"]), (&json!("completed"), &quote["price_amount"]));
    assert_eq!([&read["pay_amount"], &read["paid_amount"]], ["0.1", "0.1"]);
    assert_eq!(refused(trial.ask("invoices.commit_recalculation", &commit, json!({}))).0, 409);
    assert_eq!(refused(trial.ask("invoices.create_recalculation", &path, json!({}))).0, 422);
    assert_eq!(trial.events("Invoice").last().map(String::as_str), Some("status_changed:completed"));
}

#[test]
fn a_forced_recalculation_is_done_at_once_and_a_lapsed_one_never() {
    for status in [404, 409, 422] {
        let mut trial = Trial::with(json!({"commit_lapsed": status}));
        let made = invoice(&mut trial);
        pay(&mut trial, &made, "0.1");
        let path = [("invoice_id", text(&made["id"]))];
        let quote = trial.data("invoices.create_recalculation", &path, json!({}));
        trial.advance_s(31);
        let commit = [path[0], ("recalculation_id", text(&quote["id"]))];
        assert_eq!(refused(trial.ask("invoices.commit_recalculation", &commit, json!({}))).0, status);
        assert_eq!(state(&mut trial, &made), unresolved("overpaid"));
        trial.data("invoices.create_recalculation", &path, json!({"force_commit": true}));
        assert_eq!(state(&mut trial, &made).0, "completed");
    }
}

#[test]
fn a_recalculation_of_a_same_currency_invoice_has_null_rates() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "50.0", "price_currency": "USDT", "pay_currency": "USDT"});
    let made = trial.data("invoices.create", &[], body);
    pay(&mut trial, &made, "0.00005");
    trial.advance_s(7_200);
    let path = [("invoice_id", text(&made["id"]))];
    let done = trial.data("invoices.create_recalculation", &path, json!({"force_commit": true}));
    // The recorded recalculation of this very invoice.
    let recorded = json!({
        "id": done["id"], "invoice_id": made["id"], "pay_amount": "0.00005", "pay_currency": "USDT",
        "price_amount": "0.00005", "price_currency": "USDT", "fee": "0.000001", "fee_currency": "USDT",
        "previous_pay_amount": "50.0", "previous_price_amount": "50.0", "previous_exchange_rate": null,
        "exchange": null, "created_at": done["created_at"],
    });
    assert_eq!(done, recorded);
}

#[test]
fn a_refund_returns_the_excess_of_an_overpaid_invoice_and_all_of_the_others() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    pay(&mut trial, &made, "1.0");
    let path = [("invoice_id", text(&made["id"]))];
    let refund = trial.data("invoices.create_refund", &path, json!({}));
    assert_eq!((&refund["address"], &refund["custom_id"]), (&Value::Null, &json!("ORDER-1")));
    assert_eq!(state(&mut trial, &made).0, "completed");
    assert_eq!(trial.balance("EUR"), "100000099.0");
    assert_eq!(trial.held_by("held", "ETH"), "0.0");

    let mut trial = Trial::new();
    let made = paid_late(&mut trial, "exact");
    let path = [("invoice_id", text(&made["id"]))];
    let refund = trial.data("invoices.create_refund", &path, json!({"address": ADDRESS}));
    assert_eq!((&refund["amount"], &refund["txid"]), (&made["pay_amount"], &Value::Null));
    assert_eq!(state(&mut trial, &made).0, "refunded");
    assert_eq!(refused(trial.ask("invoices.create_refund", &path, json!({}))).0, 422);
    trial.advance_s(60);
    let listed = trial.ask("invoices.list_refunds", &path, json!({})).unwrap();
    assert!(listed.meta.is_none());
    assert_eq!(listed.data.as_array().unwrap().len(), 1);
    assert!(text(&listed.data[0]["txid"]).starts_with("0x"));
    assert_eq!(trial.held_by("held", "ETH"), "0.0");
}

/// As recorded of a refund of 0.02986987 ETH: credited less 1 %, then paid out less the network fee, under one txid.
#[test]
fn a_refund_to_an_address_is_credited_and_leaves_as_a_payout() {
    let mut trial = Trial::new();
    let made = paid_late(&mut trial, "0.02986987");
    let path = [("invoice_id", text(&made["id"]))];
    let refund = trial.data("invoices.create_refund", &path, json!({"address": ADDRESS}));
    assert_eq!([&refund["amount"], &refund["fee"]], ["0.02986987", "0.0002987"]);
    let rows = trial.list("transactions.list", &[("currency", "ETH")]).unwrap().data;
    let figures = |row: &Value| {
        let fields = ["reference_type", "amount", "fee", "custom_id"];
        fields.map(|field| row[field].as_str().unwrap_or("null").to_owned())
    };
    let rows: Vec<_> = rows.as_array().unwrap().iter().map(figures).collect();
    assert_eq!(
        rows,
        [
            ["CoinWithdrawal", "-0.02957117", "0.0", "null"],
            ["InvoiceRefund", "0.02957117", "0.0002987", "null"]
        ]
    );
    trial.advance_s(60);
    let payout = trial.data("coin_withdrawals.list", &[], json!({}))[0].clone();
    let fields = ["charged_amount", "charged_currency", "fee", "custom_id", "address", "status"];
    let expected =
        [json!("0.02957117"), json!("ETH"), json!("0.0"), Value::Null, json!(ADDRESS), json!("completed")];
    assert_eq!(fields.map(|field| payout[field].clone()), expected);
    let refunds = trial.ask("invoices.list_refunds", &path, json!({})).unwrap().data;
    assert_eq!(refunds[0]["txid"], payout["txid"]);
}

#[test]
fn a_refund_that_the_network_fee_would_eat_goes_only_to_the_merchants_own_account() {
    let mut trial = Trial::new();
    let made = paid_late(&mut trial, "0.0001");
    let path = [("invoice_id", text(&made["id"]))];
    let to = json!({"address": ADDRESS});
    assert_eq!(refused(trial.ask("invoices.create_refund", &path, to)).2, ["amount_too_small"]);
    let risky = json!({"address": "sandboxhighrisk0000000000000000000000000000"});
    assert_eq!(refused(trial.ask("invoices.create_refund", &path, risky)).1, "high_risk_address");
    trial.data("invoices.create_refund", &path, json!({}));
    assert_eq!(state(&mut trial, &made).0, "refunded");
}

#[test]
fn a_payout_to_the_address_of_an_invoice_pays_it() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    let payout = json!({"address": made["address"], "charged_currency": "EUR", "received_currency": "ETH",
                        "received_amount": made["pay_amount"], "force_commit": true});
    let payout = trial.data("coin_withdrawals.create", &[], payout);
    trial.advance_s(20);
    assert_eq!(trial.events("Invoice"), ["transaction_created:new"]);
    trial.advance_s(40);
    assert_eq!(state(&mut trial, &made).0, "completed");
    let path = [("coin_withdrawal_id", text(&payout["id"]))];
    let payout = trial.data("coin_withdrawals.retrieve", &path, json!({}));
    assert_eq!(read(&mut trial, &made)["transactions"][0]["txid"], payout["txid"]);
}

#[test]
fn a_custom_id_is_used_once_and_found_again() {
    let mut trial = Trial::new();
    let made = invoice(&mut trial);
    let body =
        json!({"price_amount": "1", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "ORDER-1"});
    assert_eq!(refused(trial.ask("invoices.create", &[], body)), (409, "duplicate_custom_id", vec![]));
    let found = trial.data("invoices.retrieve_by_custom_id", &[("custom_id", "ORDER-1")], json!({}));
    assert_eq!(found, made);
    let wrong = trial.ask("invoices.retrieve_by_custom_id", &[("custom_id", "ORDER-2")], json!({}));
    assert_eq!(refused(wrong).1, "not_found");
}

#[test]
fn wrong_parameters_are_refused() {
    let mut trial = Trial::new();
    let wrong =
        json!({"price_amount": "-5", "price_currency": "EUR", "pay_currency": "EUR", "metadata": {"a": 1}});
    let (status, _, details) = refused(trial.ask("invoices.create", &[], wrong));
    assert_eq!(status, 422);
    assert_eq!(details, ["must_be_included_in", "must_be_greater_than_or_equal", "must_be_object"]);
    let (_, _, details) = refused(trial.ask("invoices.create", &[], json!({})));
    assert_eq!(details, ["required"; 3]);
}
