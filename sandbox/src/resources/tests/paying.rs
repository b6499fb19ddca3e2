//! The control API's payment, payouts to the sandbox's own addresses, and what callbacks carry.

use serde_json::{Value, json};

use crate::payments::Payment;
use crate::trial::{Trial, object, text};

fn channel(trial: &mut Trial, pay: &str) -> Value {
    let body = json!({"name": "c", "pay_currency": pay, "receiver_currency": "USD", "custom_id": pay});
    trial.data("channels.create", &[], body)
}

fn payout(trial: &mut Trial, to: &Value, received: &str, custom_id: &str) -> Value {
    let body = json!({"address": to["address"], "charged_currency": "EUR", "received_currency": received,
                      "charged_amount": "50.0", "custom_id": custom_id, "force_commit": true});
    trial.data("coin_withdrawals.create", &[], body)
}

#[test]
fn a_payment_that_cannot_be_read_says_what_is_wanted() {
    for (body, sentence) in [
        (json!({}), "pay needs exactly one of invoice_id, channel_id and address, as text"),
        (
            json!({"invoice_id": "a", "address": "b"}),
            "pay needs exactly one of invoice_id, channel_id and address, as text",
        ),
        (json!({"address": "b", "amount": "-1"}), "amount takes exact or a positive decimal, not \"-1\""),
        (json!({"address": "b", "risk": "none"}), "risk takes low, medium, high or cleared, not none"),
        (json!({"address": "b", "confirmations": -1}), "confirmations takes a whole number from 0"),
    ] {
        assert_eq!(Payment::read(&object(body)).unwrap_err(), sentence);
    }
    assert!(Payment::read(&object(json!({"address": "b", "amount": "exact", "confirmations": 3}))).is_ok());
}

#[test]
fn a_payment_to_nobody_or_of_an_impossible_amount_is_refused() {
    let mut trial = Trial::new();
    let made = channel(&mut trial, "BTC");
    for (body, status) in [
        (json!({"address": "nobody", "amount": "1"}), 404),
        (json!({"invoice_id": made["id"], "amount": "1"}), 404),
        (json!({"channel_id": made["id"]}), 422),
        (json!({"channel_id": made["id"], "amount": "0.000000001"}), 422),
        (json!({"channel_id": made["id"], "txid": "unknown"}), 404),
    ] {
        let payment = Payment::read(&object(body)).unwrap();
        assert_eq!(trial.world.pay(&payment, &trial.clock).unwrap_err().status, status);
    }
    assert_eq!(trial.events("ChannelPayment"), [""; 0]);
}

#[test]
fn a_payout_to_the_address_of_a_channel_pays_it_in_its_coin_only() {
    let mut trial = Trial::new();
    let (btc, xrp) = (channel(&mut trial, "BTC"), channel(&mut trial, "XRP"));
    let sent = payout(&mut trial, &btc, "BTC", "A");
    let tagged = payout(&mut trial, &xrp, "XRP", "B");
    payout(&mut trial, &btc, "LTC", "C");
    trial.advance_s(60);
    for (channel, sent) in [(&btc, &sent), (&xrp, &tagged)] {
        let path = [("channel_id", text(&channel["id"]))];
        let payments = trial.data("channels.list_payments", &path, json!({}));
        assert_eq!(payments.as_array().unwrap().len(), 1);
        assert_eq!(
            (&payments[0]["paid_amount"], &payments[0]["status"]),
            (&sent["received_amount"], &json!("completed"))
        );
    }
}

#[test]
fn a_second_payment_leaves_a_completed_invoice_completed_and_is_held() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"});
    let made = trial.data("invoices.create", &[], body);
    trial.pay(json!({"invoice_id": made["id"]}));
    trial.pay(json!({"invoice_id": made["id"]}));
    let read = trial.data("invoices.retrieve", &[("invoice_id", text(&made["id"]))], json!({}));
    assert_eq!([&read["status"], &read["paid_amount"]], ["completed", "0.006838"]);
    assert_eq!(read["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(trial.held_by("held", "BTC"), "0.003419");
    assert_eq!(trial.balance("EUR"), "100000099.0");
}

#[test]
fn callbacks_carry_the_object_with_the_fields_that_only_they_have() {
    let mut trial = Trial::new();
    let body = json!({"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"});
    let made = trial.data("invoices.create", &[], body);
    trial.pay(json!({"invoice_id": made["id"]}));
    let btc = channel(&mut trial, "BTC");
    let sent = payout(&mut trial, &btc, "BTC", "A");
    let callbacks = trial.world.callbacks();
    let bodies: Vec<Value> = callbacks
        .as_array()
        .unwrap()
        .iter()
        .map(|one| serde_json::from_str(one["body"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(bodies.len(), 4);
    let settled = &bodies[2];
    assert_eq!([&settled["type"], &settled["event"]], ["Invoice", "status_changed"]);
    assert_eq!(settled["data"]["transactions"][0]["source_addresses"], json!([]));
    let mut created = bodies[3]["data"].clone();
    assert_eq!(created.as_object_mut().unwrap().remove("description"), Some(Value::Null));
    assert_eq!(created, sent);
}

#[test]
fn what_was_due_long_ago_happens_in_order_and_at_its_own_time() {
    let mut trial = Trial::new();
    let btc = channel(&mut trial, "BTC");
    payout(&mut trial, &btc, "BTC", "A");
    trial.advance_s(30 * 86_400);
    let path = [("channel_id", text(&btc["id"]))];
    let payments = trial.data("channels.list_payments", &path, json!({}));
    // Sent 20 s after the commit, although nobody looked for a month.
    assert_eq!(payments[0]["created_at"], "2023-07-17T08:46:48+00:00");
    let entries = trial.world.ledger()["entries"].clone();
    let times: Vec<_> =
        entries.as_array().unwrap().iter().map(|entry| entry["at_ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted() && times.last() == Some(&60_000), "{:?}", times.last());
}
