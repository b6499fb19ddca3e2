//! Accounts, transactions, exchange transfers: what the merchant sees of the ledger.

use serde_json::{Value, json};

use crate::trial::{Trial, refused, text};

fn transfer(custom_id: &str, force_commit: bool) -> Value {
    json!({"charged_currency": "EUR", "charged_amount": "100.0", "received_currency": "BTC", "received_amount": null,
           "custom_id": custom_id, "force_commit": force_commit})
}

#[test]
fn a_forced_transfer_moves_both_accounts_under_one_reference() {
    let mut trial = Trial::new();
    let made = trial.data("exchange_transfers.create", &[], transfer("X", true));
    // 99 / 29696.0269 = 0.00333377…
    let expected = json!({
        "id": made["id"], "charged_amount": "100.0", "charged_currency": "EUR",
        "received_amount": "0.00333377", "received_currency": "BTC", "custom_id": "X",
        "exchange": {"pair": "BTCEUR", "rate": "29696.0269", "fee": "1.0", "fee_currency": "EUR"},
    });
    assert_eq!(made, expected);
    assert_eq!([trial.balance("EUR"), trial.balance("BTC")], ["99999900.0", "10000.00333377"]);
    let rows = trial.list("transactions.list", &[("reference_type", "ExchangeTransfer")]).unwrap().data;
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["reference_id"] == made["id"] && row["status"].is_null()));
    let path = [("exchange_transfer_id", text(&made["id"]))];
    assert_eq!(trial.data("exchange_transfers.retrieve", &path, json!({})), made);
}

#[test]
fn a_transfer_quote_is_committed_once_and_within_30_seconds() {
    for status in [404, 409, 422] {
        let mut trial = Trial::with(json!({"commit_lapsed": status, "lapsed_quote": "404"}));
        let quote = trial.data("exchange_transfers.create", &[], transfer("X", false));
        let path = [("exchange_transfer_id", text(&quote["id"]))];
        assert_eq!(trial.balance("EUR"), "100000000.0");
        assert_eq!(trial.data("exchange_transfers.commit", &path, json!({})), quote);
        assert_eq!(refused(trial.ask("exchange_transfers.commit", &path, json!({}))).0, 409);
        assert_eq!(trial.balance("EUR"), "99999900.0");
        let quote = trial.data("exchange_transfers.create", &[], transfer("Y", false));
        trial.advance_s(31);
        let path = [("exchange_transfer_id", text(&quote["id"]))];
        assert_eq!(refused(trial.ask("exchange_transfers.commit", &path, json!({}))).0, status);
        assert_eq!(refused(trial.ask("exchange_transfers.retrieve", &path, json!({}))).0, 404);
        assert_eq!(trial.balance("EUR"), "99999900.0");
    }
}

#[test]
fn a_transfers_custom_id_is_unique_only_under_its_quirk() {
    for (unique, second) in [(false, Ok(201)), (true, Err(409))] {
        let mut trial = Trial::with(json!({"unique_exchange_ids": unique}));
        trial.data("exchange_transfers.create", &[], transfer("X", true));
        let again = trial.ask("exchange_transfers.create", &[], transfer("X", true));
        assert_eq!(again.map(|answer| answer.status).map_err(|refusal| refusal.status), second);
    }
}

#[test]
fn a_transfer_needs_two_currencies_one_amount_and_a_balance() {
    let mut trial = Trial::new();
    let mut same = transfer("X", true);
    same["received_currency"] = json!("EUR");
    assert_eq!(refused(trial.ask("exchange_transfers.create", &[], same)).2, ["must_differ"]);
    let mut both = transfer("X", true);
    both["received_amount"] = json!("1.0");
    assert_eq!(refused(trial.ask("exchange_transfers.create", &[], both)).2, ["exactly_one_amount"]);
    let mut poor = transfer("X", true);
    poor["charged_amount"] = json!("100000000.01");
    assert_eq!(refused(trial.ask("exchange_transfers.create", &[], poor)).0, 422);
    let back = json!({"charged_currency": "BTC", "received_currency": "EUR", "received_amount": "100.0",
                      "charged_amount": null, "force_commit": true});
    let made = trial.data("exchange_transfers.create", &[], back);
    assert_eq!(
        (&made["received_amount"], &made["exchange"]["fee_currency"]),
        (&json!("100.0"), &json!("EUR"))
    );
    // (100 / 0.99 = 101.0101…, up to 101.02) / 29250.5864 = 0.00345360…; the row of each account names the fee.
    assert_eq!([&made["charged_amount"], &made["exchange"]["fee"]], ["0.00345361", "1.02"]);
    assert_eq!([trial.balance("BTC"), trial.balance("EUR")], ["9999.99654639", "100000100.0"]);
    let rows = trial.list("transactions.list", &[]).unwrap().data;
    let fees: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| [&row["fee"], &row["fee_currency"]]).collect();
    assert_eq!(fees, [["1.02", "EUR"], ["1.02", "EUR"]]);
}

#[test]
fn rows_of_invoices_and_payouts_carry_the_custom_id_and_others_only_under_its_quirk() {
    for (carries, custom_id) in [(false, Value::Null), (true, json!("X"))] {
        let mut trial = Trial::with(json!({"ledger_custom_ids": carries}));
        trial.data("exchange_transfers.create", &[], transfer("X", true));
        let body =
            json!({"price_amount": "10", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "I"});
        trial.data("invoices.create", &[], body);
        let body = json!({"address": "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "charged_currency": "EUR", "custom_id": "P",
                          "received_currency": "BTC", "charged_amount": "100.0", "force_commit": true});
        trial.data("coin_withdrawals.create", &[], body);
        let rows = trial.list("transactions.list", &[]).unwrap().data;
        let named: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["custom_id"].clone()).collect();
        assert_eq!(named, [json!("P"), json!("I"), custom_id.clone(), custom_id]);
    }
}

#[test]
fn an_invoice_has_its_row_from_the_first_moment_and_it_moves_money_when_it_is_settled() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "100", "price_currency": "EUR", "pay_currency": "ETH"});
    let invoice = trial.data("invoices.create", &[], body);
    let figures = |trial: &mut Trial| -> Vec<Value> {
        let rows = trial.list("transactions.list", &[("reference_type", "Invoice")]).unwrap().data;
        let figures = |row: &Value| json!([row["amount"], row["balance"], row["fee"], row["status"]]);
        rows.as_array().unwrap().iter().map(figures).collect()
    };
    assert_eq!(figures(&mut trial), [json!(["99.0", "100000000.0", "1.0", "new"])]);
    trial.advance_s(10);
    trial.data("exchange_transfers.create", &[], transfer("X", true));
    trial.pay(json!({"invoice_id": invoice["id"]}));
    assert_eq!(figures(&mut trial), [json!(["99.0", "100000099.0", "1.0", "completed"])]);
    let newest = trial.list("transactions.list", &[("currency", "EUR")]).unwrap().data[0].clone();
    assert_eq!([&newest["amount"], &newest["balance"]], ["-100.0", "99999999.0"]);
    let stale = trial.ask_as_of("transactions.list", &[], &[("currency", "EUR")], json!({}), Some(5_000));
    assert_eq!(stale.unwrap().data[0]["balance"], "100000000.0");
}

#[test]
fn an_invoice_that_is_not_settled_keeps_its_row_and_its_balance() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "100", "price_currency": "EUR", "pay_currency": "ETH"});
    let invoice = trial.data("invoices.create", &[], body);
    trial.advance_s(601);
    trial.pay(json!({"invoice_id": invoice["id"]}));
    trial.data("invoices.create_refund", &[("invoice_id", text(&invoice["id"]))], json!({}));
    let rows = trial.list("transactions.list", &[("currency", "EUR")]).unwrap().data;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(
        [&rows[0]["amount"], &rows[0]["balance"], &rows[0]["status"]],
        ["99.0", "100000000.0", "refunded"]
    );
}

#[test]
fn a_payment_on_hold_has_a_row_of_nothing_until_it_is_settled() {
    let mut trial = Trial::new();
    let body = json!({"name": "c", "pay_currency": "ETH", "receiver_currency": "EUR"});
    let channel = trial.data("channels.create", &[], body);
    trial.pay(json!({"channel_id": channel["id"], "amount": "0.02623524", "risk": "cleared"}));
    let row = |trial: &mut Trial| trial.list("transactions.list", &[]).unwrap().data[0].clone();
    let held = row(&mut trial);
    // The recorded row of such a payment.
    let recorded = [json!("0.0"), json!("0.0"), json!("on_hold"), json!("illicit_resource")];
    assert_eq!(["amount", "fee", "status", "status_context"].map(|field| held[field].clone()), recorded);
    trial.advance_s(86_400);
    let settled = row(&mut trial);
    assert_eq!((&settled["id"], &settled["status"]), (&held["id"], &json!("completed")));
    assert_eq!(text(&settled["balance"]), trial.balance("EUR"));
    assert_ne!(settled["amount"], "0.0");
}

#[test]
fn a_row_shows_the_state_of_the_object_it_refers_to() {
    let mut trial = Trial::new();
    let body = json!({"address": "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "charged_currency": "EUR",
                      "received_currency": "BTC", "charged_amount": "100.0", "force_commit": true});
    let payout = trial.data("coin_withdrawals.create", &[], body);
    let row = trial.list("transactions.list", &[]).unwrap().data[0].clone();
    let expected = json!({
        "id": row["id"], "custom_id": null, "customer_id": null, "amount": "-100.0", "currency": "EUR",
        "balance": "99999900.0", "fee": "1.0", "fee_currency": "EUR", "reference_id": payout["id"],
        "reference_type": "CoinWithdrawal", "description": null, "status": "pending", "status_context": null,
        "risk": null, "created_at": "2023-07-17T08:46:28+00:00",
    });
    assert_eq!(row, expected);
    trial.advance_s(60);
    let row = trial.list("transactions.list", &[]).unwrap().data[0].clone();
    assert_eq!((&row["status"], &row["risk"]["level"]), (&json!("completed"), &json!("low")));
}

#[test]
fn transactions_are_filtered_by_everything_that_the_api_names() {
    let mut trial = Trial::new();
    trial.data("exchange_transfers.create", &[], transfer("X", true));
    trial.advance_s(10);
    let body = json!({"price_amount": "10", "price_currency": "USD", "pay_currency": "BTC"});
    let invoice = trial.data("invoices.create", &[], body);
    trial.pay(json!({"invoice_id": invoice["id"], "risk": "medium"}));
    for (query, rows) in [
        (vec![], 3),
        (vec![("reference_type", "Invoice")], 1),
        (vec![("currency", "EUR")], 1),
        (vec![("status", "completed")], 1),
        (vec![("risk_level", "medium")], 1),
        (vec![("risk_level", "high")], 0),
        (vec![("created_at_from", "2023-07-17T08:46:38Z")], 1),
        (vec![("created_at_from", "2023-07-17T08:46:39Z")], 0),
        (vec![("created_at_to", "2023-07-17T08:46:28+00:00")], 2),
        (vec![("created_at_from", "2023-07-17 08:46:28 UTC"), ("created_at_to", "2023-07-17T08:46:38Z")], 3),
    ] {
        let found = trial.list("transactions.list", &query).unwrap();
        assert_eq!(found.meta.unwrap()["total"], rows, "{query:?}");
    }
    assert_eq!(
        refused(trial.list("transactions.list", &[("reference_type", "Gift")])).2,
        ["must_be_included_in"]
    );
    assert_eq!(
        refused(trial.list("transactions.list", &[("created_at_from", "soon")])).2,
        ["must_be_iso8601"]
    );
}

#[test]
fn an_accounts_transactions_are_its_own() {
    let mut trial = Trial::new();
    trial.data("exchange_transfers.create", &[], transfer("X", true));
    let accounts = trial.list("accounts.list", &[]).unwrap();
    assert_eq!(accounts.meta.unwrap()["has_more"], false);
    for account in accounts.data.as_array().unwrap() {
        let path = [("account_id", text(&account["id"]))];
        let rows = trial.data("accounts.list_transactions", &path, json!({}));
        let expected = usize::from(["EUR", "BTC"].contains(&text(&account["currency"])));
        assert_eq!(rows.as_array().unwrap().len(), expected);
    }
    let wrong = [("account_id", "nonsense")];
    assert_eq!(
        refused(trial.ask("accounts.list_transactions", &wrong, json!({}))),
        (422, "invalid", vec!["must_be_uuid"])
    );
    let unknown = [("account_id", "cfc93c44-fef3-4ccc-ac8f-090f8e702006")];
    assert_eq!(refused(trial.ask("accounts.list_transactions", &unknown, json!({}))).1, "not_found");
}
