//! Payouts: quote, commit, lapse, progress, failure, and every quirk that bears on them.

use serde_json::{Value, json};

use crate::trial::{Trial, refused, text};

const ADDRESS: &str = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn";

fn body(custom_id: &str, force_commit: bool) -> Value {
    json!({"address": ADDRESS, "charged_currency": "EUR", "received_currency": "BTC", "charged_amount": "100.0",
           "custom_id": custom_id, "force_commit": force_commit})
}

fn create(trial: &mut Trial, custom_id: &str, force_commit: bool) -> Value {
    trial.data("coin_withdrawals.create", &[], body(custom_id, force_commit))
}

fn commit(trial: &mut Trial, id: &str) -> Result<crate::answer::Answer, crate::refusal::Refusal> {
    trial.ask("coin_withdrawals.commit", &[("coin_withdrawal_id", id)], json!({}))
}

fn by_custom_id(trial: &mut Trial, id: &str) -> Result<crate::answer::Answer, crate::refusal::Refusal> {
    trial.ask("coin_withdrawals.retrieve_by_custom_id", &[("custom_id", id)], json!({}))
}

#[test]
fn a_forced_payout_has_the_recorded_shape_and_amounts() {
    let mut trial = Trial::new();
    let made = create(&mut trial, "PAYMENT-123", true);
    let expected = json!({
        "id": made["id"], "custom_id": "PAYMENT-123", "customer_id": null, "address": ADDRESS,
        "network": "bitcoin", "txid": null, "status": "pending",
        "charged_amount": "100.0", "charged_currency": "EUR",
        "received_amount": "0.00331433", "received_currency": "BTC",
        "network_fee": "0.00001944", "network_fee_level": "average", "fee": "0.0", "fee_currency": "BTC",
        "exchange": {"pair": "BTCEUR", "rate": "29696.0269", "fee": "1.0", "fee_currency": "EUR"},
        "risk": null, "created_at": "2023-07-17T08:46:28+00:00",
    });
    assert_eq!(made, expected);
    assert_eq!(trial.balance("EUR"), "99999900.0");
    assert_eq!(trial.held_by("fees", "EUR"), "1.0");
    assert_eq!(trial.held_by("network", "BTC"), "0.00001944");
}

#[test]
fn a_payout_in_its_own_currency_has_no_exchange_but_a_fee() {
    let mut trial = Trial::new();
    let body = json!({"address": ADDRESS, "charged_currency": "BTC", "received_currency": "BTC",
                      "charged_amount": "0.01", "force_commit": true});
    let made = trial.data("coin_withdrawals.create", &[], body);
    assert!(made.get("exchange").is_none());
    // 0.01 - 1 % - 0.00001944.
    assert_eq!([&made["fee"], &made["received_amount"]], ["0.0001", "0.00988056"]);
    assert_eq!(trial.balance("BTC"), "9999.99");
}

#[test]
fn a_committed_payout_goes_from_pending_to_completed() {
    let mut trial = Trial::new();
    let quote = create(&mut trial, "A", false);
    assert_eq!([&quote["status"], &quote["created_at"]], ["new", "2023-07-17T08:46:28Z"]);
    assert_eq!(trial.balance("EUR"), "100000000.0");
    trial.advance_s(30);
    let made = commit(&mut trial, text(&quote["id"])).unwrap().data;
    assert_eq!([&made["status"], &made["created_at"]], ["pending", "2023-07-17T08:46:28+00:00"]);
    for (seconds, status) in
        [(4, "pending"), (1, "processing"), (14, "processing"), (1, "sent"), (40, "completed")]
    {
        trial.advance_s(seconds);
        assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["status"], status);
    }
    let made = by_custom_id(&mut trial, "A").unwrap().data;
    assert_eq!(text(&made["txid"]).len(), 64);
    assert_eq!(made["risk"]["level"], "low");
    let events =
        ["created:pending", "status_changed:processing", "status_changed:sent", "status_changed:completed"];
    assert_eq!(trial.events("CoinWithdrawal"), events);
}

#[test]
fn a_second_commit_is_refused_and_moves_nothing() {
    let mut trial = Trial::new();
    let quote = create(&mut trial, "A", false);
    commit(&mut trial, text(&quote["id"])).unwrap();
    assert_eq!(refused(commit(&mut trial, text(&quote["id"]))).0, 409);
    let forced = create(&mut trial, "B", true);
    assert_eq!(refused(commit(&mut trial, text(&forced["id"]))).0, 409);
    assert_eq!(trial.balance("EUR"), "99999800.0");
}

#[test]
fn a_lapsed_quote_cannot_be_committed_and_looks_as_the_quirks_say() {
    for (lapsed, shown) in [("new", Ok("new")), ("cancelled", Ok("cancelled")), ("404", Err(404))] {
        for status in [404, 409, 422] {
            let mut trial = Trial::with(json!({"lapsed_quote": lapsed, "commit_lapsed": status}));
            let quote = create(&mut trial, "A", false);
            trial.advance_s(31);
            assert_eq!(refused(commit(&mut trial, text(&quote["id"]))).0, status);
            let read = by_custom_id(&mut trial, "A").map_err(|refusal| refusal.status);
            assert_eq!(read.map(|answer| answer.data["status"].clone()), shown.map(Value::from));
            let listed = trial.list("coin_withdrawals.list", &[]).unwrap().meta.unwrap();
            assert_eq!(listed["total"], u64::from(lapsed != "404"));
            assert_eq!(trial.balance("EUR"), "100000000.0");
        }
    }
}

#[test]
fn an_unreadable_quote_can_be_committed_but_not_beside_another_of_its_custom_id() {
    let mut trial = Trial::with(json!({"uncommitted_readable": false}));
    let first = create(&mut trial, "A", false);
    let second = create(&mut trial, "A", false);
    assert_eq!(refused(by_custom_id(&mut trial, "A")).1, "not_found");
    let path = [("coin_withdrawal_id", text(&first["id"]))];
    assert_eq!(refused(trial.ask("coin_withdrawals.retrieve", &path, json!({}))).0, 404);
    commit(&mut trial, text(&second["id"])).unwrap();
    assert_eq!(refused(commit(&mut trial, text(&first["id"]))).1, "duplicate_custom_id");
    assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["id"], second["id"]);
    assert_eq!(trial.balance("EUR"), "99999900.0");
}

#[test]
fn a_custom_id_is_used_once_and_only_for_payouts() {
    let mut trial = Trial::new();
    create(&mut trial, "A", true);
    let again = trial.ask("coin_withdrawals.create", &[], body("A", true));
    assert_eq!(refused(again), (409, "duplicate_custom_id", vec![]));
    let quote = trial.ask("coin_withdrawals.create", &[], body("A", false));
    assert_eq!(refused(quote).0, 409);
    let invoice =
        json!({"price_amount": "1", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "A"});
    trial.data("invoices.create", &[], invoice);
    assert_eq!(trial.balance("EUR"), "99999900.0");
}

#[test]
fn the_balance_is_checked_before_or_after_the_custom_id() {
    for (before, status) in [(false, 409), (true, 422)] {
        let mut trial = Trial::with(json!({"balance_before_uniqueness": before}));
        create(&mut trial, "A", true);
        let mut poor = body("A", true);
        poor["charged_amount"] = json!("200000000.0");
        assert_eq!(refused(trial.ask("coin_withdrawals.create", &[], poor)).0, status);
    }
}

#[test]
fn too_little_balance_names_both_amounts() {
    let mut trial = Trial::new();
    let mut poor = body("A", true);
    poor["charged_amount"] = json!("100000000.01");
    let refusal = trial.ask("coin_withdrawals.create", &[], poor).unwrap_err();
    let named: Vec<_> = refusal.details.iter().map(|one| (one.code, one.target.as_str())).collect();
    let code = "must_be_less_than_or_equal";
    assert_eq!(named, [(code, "charged_amount"), (code, "received_amount")]);
    assert_eq!(refusal.details[0].args["value"], "100000000.0");
}

#[test]
fn a_quote_that_the_balance_no_longer_covers_is_refused_at_its_commit() {
    let mut trial = Trial::new();
    let mut most = body("A", false);
    most["charged_amount"] = json!("100000000.0");
    let quote = trial.data("coin_withdrawals.create", &[], most);
    create(&mut trial, "B", true);
    assert_eq!(refused(commit(&mut trial, text(&quote["id"]))).0, 422);
    assert_eq!(trial.balance("EUR"), "99999900.0");
}

#[test]
fn wrong_parameters_are_refused_with_the_recorded_codes() {
    let mut trial = Trial::new();
    for (field, value, code) in [
        ("address", json!("too short"), "invalid_coin_address"),
        ("received_currency", json!("EUR"), "must_be_included_in"),
        ("charged_currency", json!("XXX"), "must_be_included_in"),
        ("network", json!("tron"), "must_be_included_in"),
        ("charged_amount", json!("4.99"), "must_be_greater_than_or_equal"),
        ("charged_amount", json!("0"), "must_be_greater_than_or_equal"),
        ("charged_amount", json!("100.001"), "bad_precision"),
        ("received_amount", json!("1.0"), "exactly_one_amount"),
        ("network_fee_level", json!("instant"), "must_be_included_in"),
        ("travel_rule_compliant", json!(true), "required"),
    ] {
        let mut wrong = body("A", true);
        wrong[field] = value;
        let (status, code_of_all, details) = refused(trial.ask("coin_withdrawals.create", &[], wrong));
        assert_eq!((status, code_of_all, details[0]), (422, "invalid", code), "{field}");
    }
    let mut risky = body("A", true);
    risky["address"] = json!("sandboxhighrisk000000000");
    assert_eq!(refused(trial.ask("coin_withdrawals.create", &[], risky)).1, "high_risk_address");
    assert_eq!(refused(commit(&mut trial, "nonsense")).2, ["must_be_uuid"]);
    assert_eq!(refused(commit(&mut trial, "cfc93c44-fef3-4ccc-ac8f-090f8e702006")).1, "not_found");
    assert_eq!(trial.world.ledger()["withdrawals"], json!([]));
}

#[test]
fn the_newer_amount_fields_mean_what_the_older_ones_mean() {
    for (old, currency, fees_inside) in [
        ("charged_amount", "EUR", true),
        ("charged_amount_to_send", "EUR", false),
        ("received_amount", "BTC", false),
    ] {
        let amount = if currency == "EUR" { "100.0" } else { "0.005" };
        let base = json!({"address": ADDRESS, "charged_currency": "EUR", "received_currency": "BTC"});
        let mut first = base.clone();
        first[old] = json!(amount);
        let mut second = base;
        second["amount"] = json!(amount);
        second["amount_currency"] = json!(currency);
        second["amount_includes_processing_fee"] = json!(fees_inside);
        second["amount_includes_network_fee"] = json!(fees_inside);
        let mut trial = Trial::new();
        let (first, second) = (
            trial.data("coin_withdrawals.create", &[], first),
            trial.data("coin_withdrawals.create", &[], second),
        );
        for field in ["charged_amount", "received_amount", "exchange"] {
            assert_eq!(first[field], second[field], "{old}");
        }
    }
}

#[test]
fn a_failed_payout_is_cancelled_and_returned_or_paid_after_all() {
    for (address, end, balance) in [
        ("sandboxfail-0000000000000", "cancelled", "100000000.0"),
        ("sandboxfailthenpay-000000", "completed", "99999900.0"),
    ] {
        let mut trial = Trial::new();
        let mut failing = body("A", true);
        failing["address"] = json!(address);
        trial.data("coin_withdrawals.create", &[], failing);
        trial.advance_s(20);
        assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["status"], "failed");
        assert_eq!(trial.balance("EUR"), "99999900.0");
        trial.advance_s(40);
        assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["status"], end);
        assert_eq!(trial.balance("EUR"), balance);
    }
}

#[test]
fn a_very_large_payout_is_held_for_an_hour() {
    let mut trial = Trial::new();
    let mut large = body("A", true);
    large["charged_amount"] = json!("50000.01");
    trial.data("coin_withdrawals.create", &[], large);
    trial.advance_s(5);
    assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["status"], "on_hold");
    trial.advance_s(3_600 + 60);
    assert_eq!(by_custom_id(&mut trial, "A").unwrap().data["status"], "completed");
}

#[test]
fn a_stale_read_does_not_see_what_happened_since() {
    let mut trial = Trial::new();
    trial.advance_s(10);
    create(&mut trial, "A", true);
    trial.advance_s(5);
    let mut read = |as_of_ms| {
        let path = [("custom_id", "A")];
        let operation = "coin_withdrawals.retrieve_by_custom_id";
        let read = trial.ask_as_of(operation, &path, &[], json!({}), as_of_ms);
        read.map(|answer| text(&answer.data["status"]).to_owned()).map_err(|refusal| refusal.status)
    };
    assert_eq!(read(Some(9_999)), Err(404));
    assert_eq!(read(Some(10_000)).as_deref(), Ok("pending"));
    assert_eq!(read(None).as_deref(), Ok("processing"));
    let rows = |trial: &mut Trial, as_of_ms| {
        let read = trial.ask_as_of("transactions.list", &[], &[], json!({}), as_of_ms).unwrap();
        read.meta.unwrap()["total"].clone()
    };
    assert_eq!([rows(&mut trial, Some(9_999)), rows(&mut trial, None)], [0, 1]);
}

#[test]
fn lists_are_filtered_by_customer_and_paged() {
    let mut trial = Trial::new();
    for n in 0..51 {
        let mut one = body(&format!("A{n}"), true);
        one["customer_id"] = json!(if n == 50 { "rich" } else { "poor" });
        trial.data("coin_withdrawals.create", &[], one);
    }
    let page = trial.list("coin_withdrawals.list", &[]).unwrap();
    assert_eq!(page.meta, Some(json!({"total": 51, "has_more": true})));
    assert_eq!(page.data[0]["custom_id"], "A50");
    let last = text(&page.data[49]["id"]).to_owned();
    let page = trial.list("coin_withdrawals.list", &[("starting_after", &last)]).unwrap();
    assert_eq!(
        (&page.data[0]["custom_id"], page.meta.unwrap()["has_more"].clone()),
        (&json!("A0"), json!(false))
    );
    let page = trial.list("coin_withdrawals.list", &[("customer_id", "rich")]).unwrap();
    assert_eq!(page.meta.unwrap()["total"], 1);
}
