//! Subscriptions, rates, and what holds for all operations.

use serde_json::{Value, json};

use crate::routes::ROUTES;
use crate::trial::{Trial, refused, text};

fn subscription(trial: &mut Trial, extra: Value) -> Value {
    let mut body = json!({"name": "Subscription name", "amount": "100.0", "currency": "EUR", "period": "month",
                          "period_quantity": 3, "starts_at": "2023-07-24 08:46:28 UTC",
                          "payer_email": "user@example.com"});
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    trial.data("subscriptions.create", &[], body)
}

fn open_invoice(trial: &mut Trial, subscription: &Value) -> Value {
    let query = [("subscription_id", text(&subscription["id"]))];
    trial.list("invoices.list", &query).unwrap().data[0].clone()
}

fn read(trial: &mut Trial, subscription: &Value) -> Value {
    let path = [("subscription_id", text(&subscription["id"]))];
    trial.data("subscriptions.retrieve", &path, json!({}))
}

#[test]
fn a_subscription_has_the_recorded_shape() {
    let mut trial = Trial::new();
    let made = subscription(&mut trial, json!({}));
    let recorded = json!({
        "id": made["id"], "status": "active", "custom_id": null, "name": "Subscription name", "amount": "100.0",
        "currency": "EUR", "period": "month", "period_quantity": 3,
        "current_period_starts_at": "2023-07-17T08:46:28+00:00",
        "current_period_ends_at": "2023-07-24T08:46:28+00:00", "current_period_paid": false,
        "payer_email": "user@example.com", "payer_name": null, "product_name": null, "product_description": null,
        "success_redirect_url": null, "unsuccess_redirect_url": null, "created_at": "2023-07-17T08:46:28+00:00",
        "cancelled_at": null,
    });
    assert_eq!(made, recorded);
}

#[test]
fn each_paid_period_is_followed_by_the_next_and_an_unpaid_one_ends_it() {
    let mut trial = Trial::new();
    let made = subscription(&mut trial, json!({}));
    let first = open_invoice(&mut trial, &made);
    trial.pay(json!({"invoice_id": first["id"]}));
    assert_eq!(read(&mut trial, &made)["current_period_paid"], true);
    trial.advance_s(7 * 86_400);
    let second = read(&mut trial, &made);
    assert_eq!(second["current_period_ends_at"], "2023-10-24T08:46:28+00:00");
    assert_eq!((&second["current_period_paid"], &second["status"]), (&json!(false), &json!("active")));
    assert_ne!(open_invoice(&mut trial, &made)["id"], first["id"]);
    trial.advance_s(30 * 86_400);
    let invoice = open_invoice(&mut trial, &made);
    assert_eq!(invoice["status"], "new", "it can be paid to the end of its period");
    trial.advance_s(63 * 86_400);
    let ended = read(&mut trial, &made);
    assert_eq!([&ended["status"], &ended["cancelled_at"]], ["cancelled", "2023-10-24T08:46:28+00:00"]);
    assert_eq!(trial.events("Subscription"), ["paid:active", "cancelled:cancelled"]);
}

#[test]
fn a_second_cancel_is_answered_as_the_quirk_says() {
    for (quirk, second) in [(200, Ok(200)), (409, Err(409))] {
        let mut trial = Trial::with(json!({"second_cancel": quirk}));
        let made = subscription(&mut trial, json!({}));
        let path = [("subscription_id", text(&made["id"]))];
        let cancelled = trial.data("subscriptions.cancel", &path, json!({}));
        trial.advance_s(60);
        let again = trial.ask("subscriptions.cancel", &path, json!({}));
        assert_eq!(again.as_ref().map(|answer| answer.status).map_err(|refusal| refusal.status), second);
        assert_eq!(read(&mut trial, &made)["cancelled_at"], cancelled["cancelled_at"]);
        assert_eq!(trial.events("Subscription"), ["cancelled:cancelled"]);
    }
}

#[test]
fn a_subscriptions_custom_id_is_unique_only_under_its_quirk() {
    for unique in [false, true] {
        let mut trial = Trial::with(json!({"unique_subscription_ids": unique}));
        subscription(&mut trial, json!({"custom_id": "S"}));
        let body = json!({"name": "n", "amount": "1", "currency": "EUR", "period": "day", "period_quantity": "1",
                          "starts_at": "2023-07-24T08:46:28Z", "payer_email": "a@b.c", "custom_id": "S"});
        let again = trial.ask("subscriptions.create", &[], body);
        assert_eq!(again.is_err(), unique);
        let found = trial.data("subscriptions.retrieve_by_custom_id", &[("custom_id", "S")], json!({}));
        assert_eq!(found["name"], if unique { "Subscription name" } else { "n" });
    }
}

#[test]
fn a_subscription_starts_three_days_from_now_at_the_earliest() {
    let mut trial = Trial::new();
    subscription(&mut trial, json!({"starts_at": "2023-07-20T08:46:28Z"}));
    let early = json!({"name": "n", "amount": "1", "currency": "EUR", "period": "fortnight", "period_quantity": 0,
                       "starts_at": "2023-07-20T08:46:27Z", "payer_email": "a@b.c"});
    let (_, _, details) = refused(trial.ask("subscriptions.create", &[], early));
    assert_eq!(details, ["must_be_greater_than_or_equal", "must_be_included_in", "must_be_integer"]);
}

#[test]
fn a_rate_is_found_by_its_pair_in_the_tables_direction_only() {
    let mut trial = Trial::new();
    let path = [("base_currency", "BTC"), ("quote_currency", "EUR")];
    let rate = trial.data("rates.retrieve", &path, json!({}));
    assert_eq!(rate, trial.data("rates.all", &[], json!({}))["BTC/EUR"]);
    let unknown = [("base_currency", "EUR"), ("quote_currency", "BTC")];
    assert_eq!(refused(trial.ask("rates.retrieve", &unknown, json!({}))).1, "not_found");
}

#[test]
fn every_route_has_its_operation() {
    for route in ROUTES {
        let mut trial = Trial::new();
        let id = "cfc93c44-fef3-4ccc-ac8f-090f8e702006";
        let names = [
            "account_id",
            "channel_id",
            "channel_payment_id",
            "coin_withdrawal_id",
            "customer_id",
            "custom_id",
        ];
        let more = ["exchange_transfer_id", "invoice_id", "recalculation_id", "subscription_id"];
        let path: Vec<_> = names.into_iter().chain(more).map(|name| (name, id)).collect();
        match trial.ask(route.operation, &path, json!({})) {
            Ok(answer) => assert_eq!(answer.status, 200, "{}", route.operation),
            Err(refusal) => {
                let named = route.path.contains('{');
                assert!(
                    refusal.status == 422 || named && refusal.status == 404,
                    "{}: {refusal:?}",
                    route.operation
                );
            }
        }
    }
    assert_eq!(refused(Trial::new().ask("risks.score", &[], json!({}))).0, 404);
}

#[test]
fn the_same_seed_and_requests_make_the_same_world() {
    let run = || {
        let mut trial = Trial::new();
        let made = subscription(&mut trial, json!({}));
        let invoice = open_invoice(&mut trial, &made);
        trial.pay(json!({"invoice_id": invoice["id"]}));
        (trial.world.ledger(), trial.world.callbacks())
    };
    assert_eq!(run(), run());
}
