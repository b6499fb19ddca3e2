//! Channels, their payments and customers.

use serde_json::{Value, json};

use crate::trial::{Trial, refused, text};

fn channel(trial: &mut Trial, extra: Value) -> Value {
    let mut body = json!({"name": "Channel name", "pay_currency": "BTC", "receiver_currency": "EUR"});
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    trial.data("channels.create", &[], body)
}

fn payments(trial: &mut Trial, channel: &Value) -> Vec<Value> {
    let path = [("channel_id", text(&channel["id"]))];
    trial.data("channels.list_payments", &path, json!({})).as_array().unwrap().clone()
}

#[test]
fn a_channel_has_the_recorded_shape() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({}));
    let (id, address) = (text(&made["id"]), text(&made["address"]));
    let expected = json!({
        "id": id, "status": "enabled", "name": "Channel name", "description": null, "receiver_currency": "EUR",
        "pay_currency": "BTC", "address": address, "network": "bitcoin", "project_id": made["project_id"],
        "custom_id": null, "customer_id": null, "uri": format!("bitcoin:{address}"),
        "hosted_page_url": format!("https://hosted-business-sandbox.cryptopay.me/channels/{id}"),
    });
    assert_eq!(made, expected);
}

#[test]
fn a_payment_is_sold_and_credited_less_one_percent() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({"custom_id": "CH-1"}));
    trial.pay(json!({"address": made["address"], "amount": "0.01"}));
    let paid = payments(&mut trial, &made).remove(0);
    // 0.01 · 29250.5864 = 292.50 down, 1 % of it 2.93 up.
    assert_eq!([&paid["received_amount"], &paid["fee"], &paid["paid_amount"]], ["289.57", "2.93", "0.01"]);
    assert_eq!([&paid["status"], &paid["custom_id"]], ["completed", "CH-1"]);
    assert_eq!(trial.events("ChannelPayment"), ["created:pending", "completed:completed"]);
    assert_eq!(trial.balance("EUR"), "100000289.57");
    let path = [("channel_id", text(&made["id"])), ("channel_payment_id", text(&paid["id"]))];
    assert_eq!(trial.data("channels.retrieve_payment", &path, json!({})), paid);
    let other = channel(&mut trial, json!({}));
    let path = [("channel_id", text(&other["id"])), path[1]];
    assert_eq!(refused(trial.ask("channels.retrieve_payment", &path, json!({}))).0, 404);
}

#[test]
fn a_pending_payment_has_no_exchange_and_is_cancelled_after_14_days() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({}));
    trial.pay(json!({"channel_id": made["id"], "amount": "0.01", "confirmations": 0}));
    let paid = payments(&mut trial, &made).remove(0);
    assert!(paid.get("exchange").is_none());
    assert_eq!([&paid["status"], &paid["received_amount"]], ["pending", "0.0"]);
    trial.advance_s(14 * 86_400);
    assert_eq!(payments(&mut trial, &made)[0]["status"], "cancelled");
}

#[test]
fn a_payment_to_a_disabled_channel_is_held_until_it_is_enabled() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({}));
    let path = [("channel_id", text(&made["id"]))];
    trial.data("channels.update", &path, json!({"status": "disabled"}));
    trial.pay(json!({"channel_id": made["id"], "amount": "0.01"}));
    let held = payments(&mut trial, &made).remove(0);
    assert_eq!([&held["status"], &held["status_context"]], ["on_hold", "channel_disabled"]);
    assert_eq!(trial.held_by("held", "BTC"), "0.01");
    trial.data("channels.update", &path, json!({"status": "enabled"}));
    assert_eq!(payments(&mut trial, &made)[0]["status"], "completed");
}

#[test]
fn a_high_risk_payment_is_held_and_then_decided() {
    for (risk, end) in [("high", "refunded"), ("cleared", "completed")] {
        let mut trial = Trial::new();
        let made = channel(&mut trial, json!({}));
        trial.pay(json!({"channel_id": made["id"], "amount": "0.01", "risk": risk}));
        let held = payments(&mut trial, &made).remove(0);
        assert_eq!([&held["status"], &held["status_context"]], ["on_hold", "illicit_resource"]);
        trial.advance_s(86_400);
        assert_eq!(payments(&mut trial, &made)[0]["status"], end);
        assert_eq!(trial.held_by("held", "BTC"), "0.0");
    }
}

#[test]
fn a_high_risk_payment_of_a_customer_with_an_address_goes_back_at_once() {
    let mut trial = Trial::new();
    let address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";
    let addresses = json!([{"address": address, "currency": "BTC", "network": "bitcoin"}]);
    let body = json!({"id": "CUSTOMER-123", "currency": "EUR", "addresses": addresses});
    let customer = trial.data("customers.create", &[], body);
    assert_eq!(customer["refund_addresses"], json!({"BTC": address}));
    let made = channel(&mut trial, json!({"customer_id": "CUSTOMER-123"}));
    trial.pay(json!({"channel_id": made["id"], "amount": "0.01", "risk": "high"}));
    let back = payments(&mut trial, &made).remove(0);
    assert_eq!([&back["status"], &back["refund_address"]], ["refunded", address]);
    assert_eq!(trial.balance("EUR"), "100000000.0");
}

#[test]
fn an_update_changes_what_is_given_and_null_clears() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({"description": "old", "customer_id": "C"}));
    let path = [("channel_id", text(&made["id"]))];
    let changed = trial.data("channels.update", &path, json!({"name": "New", "description": null}));
    assert_eq!((&changed["name"], &changed["description"]), (&json!("New"), &Value::Null));
    assert_eq!([&changed["customer_id"], &changed["status"]], ["C", "enabled"]);
    assert_eq!(
        refused(trial.ask("channels.update", &path, json!({"status": "off"}))).2,
        ["must_be_included_in"]
    );
    let wrong = [("channel_id", "nonsense")];
    assert_eq!(refused(trial.ask("channels.update", &wrong, json!({}))).2, ["must_be_uuid"]);
}

#[test]
fn a_channels_custom_id_is_used_once() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, json!({"custom_id": "CHANNEL-123", "customer_id": "C"}));
    let body =
        json!({"name": "x", "pay_currency": "BTC", "receiver_currency": "EUR", "custom_id": "CHANNEL-123"});
    assert_eq!(refused(trial.ask("channels.create", &[], body)).1, "duplicate_custom_id");
    let found = trial.data("channels.retrieve_by_custom_id", &[("custom_id", "CHANNEL-123")], json!({}));
    assert_eq!(found, made);
    assert_eq!(trial.list("channels.list", &[("customer_id", "C")]).unwrap().data, json!([made]));
    assert_eq!(trial.list("channels.list", &[("customer_id", "D")]).unwrap().data, json!([]));
}

#[test]
fn a_customers_id_is_its_own_and_used_once() {
    for status in [409, 422] {
        let mut trial = Trial::with(json!({"duplicate_customer": status}));
        let body = json!({"id": "any text / ☕", "currency": "EUR"});
        let made = trial.data("customers.create", &[], body.clone());
        assert_eq!(
            made,
            json!({"id": "any text / ☕", "currency": "EUR", "refund_addresses": {}, "addresses": []})
        );
        assert_eq!(refused(trial.ask("customers.create", &[], body)).0, status);
        let path = [("customer_id", "any text / ☕")];
        let changed = trial.data("customers.update", &path, json!({"currency": "USD"}));
        assert_eq!(changed["currency"], "USD");
        assert_eq!(trial.data("customers.retrieve", &path, json!({})), changed);
        let page = trial.list("customers.list", &[("starting_after", "any text / ☕")]).unwrap();
        assert_eq!((page.data, page.meta), (json!([]), Some(json!({"total": 1, "has_more": false}))));
        let two = json!([{"address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", "currency": "BTC", "network": "bitcoin"},
                         {"address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uR", "currency": "BTC", "network": "bitcoin"}]);
        assert_eq!(
            refused(trial.ask("customers.update", &path, json!({"addresses": two}))).2,
            ["must_be_unique"]
        );
    }
}
