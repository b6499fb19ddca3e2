//! The answers have the fields and JSON types of the recorded ones. Needs `CRYPTOPAY_RECORDINGS`, a folder of
//! recorded exchanges; without it there is nothing to compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::trial::{Trial, text};

/// Fields that the API gained after these exchanges were recorded.
const NEWER: [&str; 2] = [".subscription_id", ".network"];
/// Names that the merchant chooses; not every recorded object has some.
const CHOSEN: &str = ".metadata.*";

type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// Every field with the JSON types it takes; rows of a list are laid over one another.
fn shape(at: &str, value: &Value, into: &mut Shape) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.ends_with('Z') && text.contains('T') => "time, not persisted",
        Value::String(text) if text.ends_with("+00:00") => "time",
        Value::String(text) if crate::amount::read(text).is_some() && text.contains('.') => "decimal",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    into.entry(at.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(rows) => rows.iter().for_each(|row| shape(&format!("{at}[]"), row, into)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            // The names of pairs, of coins and of metadata are data.
            let free = at.ends_with(".refund_addresses") || at.ends_with(".metadata") || name.contains('/');
            shape(&if free { format!("{at}.*") } else { format!("{at}.{name}") }, value, into);
        }),
        _ => {}
    }
}

/// Everything that the sandbox answers, by the name of the recording it is compared with.
fn answers() -> BTreeMap<&'static str, Vec<Value>> {
    let mut trial = Trial::new();
    let mut answers: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    let mut keep = |trial: &mut Trial, name, operation, path: &[(&'static str, &str)], body: Value| {
        let answer = trial.ask(operation, path, body).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        answers.entry(name).or_default().push(answer.body());
        answer.data
    };
    let address = "2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ";
    let t = &mut trial;

    let body = json!({"name": "Channel name", "pay_currency": "BTC", "receiver_currency": "EUR"});
    keep(t, "channels_create", "channels.create", &[], body);
    let body = json!({"name": "0", "pay_currency": "BTC", "receiver_currency": "EUR", "custom_id": "CHANNEL-123",
                      "customer_id": "CUSTOMER-123"});
    let channel = t.data("channels.create", &[], body);
    let id = [("channel_id", text(&channel["id"]))];
    t.pay(json!({"channel_id": channel["id"], "amount": "0.00184519"}));
    t.pay(json!({"channel_id": channel["id"], "amount": "0.00184519", "risk": "high"}));
    keep(t, "channels_list", "channels.list", &[], json!({}));
    keep(t, "channels_retrieve", "channels.retrieve", &id, json!({}));
    let custom = [("custom_id", "CHANNEL-123")];
    keep(t, "channels_retrieve_by_custom_id", "channels.retrieve_by_custom_id", &custom, json!({}));
    keep(t, "channels_update", "channels.update", &id, json!({"status": "disabled"}));
    t.pay(json!({"channel_id": channel["id"], "amount": "0.00184519"}));
    let payments = keep(t, "channels_list_payments", "channels.list_payments", &id, json!({}));
    let paid = payments.as_array().unwrap().iter().find(|one| one["status"] == "completed").unwrap();
    let path = [id[0], ("channel_payment_id", text(&paid["id"]))];
    keep(t, "channels_retrieve_payment", "channels.retrieve_payment", &path, json!({}));

    let payout = |force: bool, received: &str, custom_id: Value| {
        json!({"address": address, "charged_currency": if received == "ETH" { "ETH" } else { "EUR" },
               "received_currency": received, "charged_amount": "100.0", "force_commit": force, "custom_id": custom_id})
    };
    keep(t, "coin_withdrawals_create", "coin_withdrawals.create", &[], payout(true, "BTC", Value::Null));
    let body = payout(false, "BTC", Value::Null);
    let quote = keep(t, "coin_withdrawals_commit_1", "coin_withdrawals.create", &[], body);
    let path = [("coin_withdrawal_id", text(&quote["id"]))];
    keep(t, "coin_withdrawals_commit_2", "coin_withdrawals.commit", &path, json!({}));
    t.data("coin_withdrawals.create", &[], payout(true, "ETH", json!("PAYMENT-124")));
    t.data("coin_withdrawals.create", &[], payout(true, "BTC", json!("PAYMENT-123")));
    t.advance_s(60);
    t.data("coin_withdrawals.create", &[], payout(true, "BTC", Value::Null));
    keep(t, "coin_withdrawals_list", "coin_withdrawals.list", &[], json!({}));
    keep(t, "coin_withdrawals_retrieve", "coin_withdrawals.retrieve", &path, json!({}));
    let custom = [("custom_id", "PAYMENT-123")];
    let operation = "coin_withdrawals.retrieve_by_custom_id";
    keep(t, "coin_withdrawals_retrieve_by_custom_id", operation, &custom, json!({}));
    keep(t, "coin_withdrawals_list_network_fees", "coin_withdrawals.list_network_fees", &[], json!({}));

    keep(t, "coins_list", "coins.list", &[], json!({}));
    keep(t, "rates_all", "rates.all", &[], json!({}));
    let path = [("base_currency", "BTC"), ("quote_currency", "EUR")];
    keep(t, "rates_retrieve", "rates.retrieve", &path, json!({}));

    keep(t, "customers_create", "customers.create", &[], json!({"id": "500b71", "currency": "EUR"}));
    t.data("customers.create", &[], json!({"id": "CUSTOMER-123", "currency": "EUR"}));
    let path = [("customer_id", "CUSTOMER-123")];
    let addresses = json!({"addresses": [{"address": address, "currency": "BTC", "network": "bitcoin"}]});
    keep(t, "customers_update", "customers.update", &path, addresses);
    keep(t, "customers_retrieve", "customers.retrieve", &path, json!({}));
    keep(t, "customers_list", "customers.list", &[], json!({}));

    let exchange = |force: bool| {
        json!({"charged_currency": "EUR", "charged_amount": "100.0", "received_currency": "BTC",
               "received_amount": null, "force_commit": force})
    };
    keep(t, "exchange_transfers_create", "exchange_transfers.create", &[], exchange(true));
    let quote = keep(t, "exchange_transfers_commit_1", "exchange_transfers.create", &[], exchange(false));
    let path = [("exchange_transfer_id", text(&quote["id"]))];
    keep(t, "exchange_transfers_commit_2", "exchange_transfers.commit", &path, json!({}));
    keep(t, "exchange_transfers_retrieve", "exchange_transfers.retrieve", &path, json!({}));

    let invoice = |price: &str, pay: &str, custom_id: Value| {
        let metadata = if custom_id.is_null() { Value::Null } else { json!({"order": "1"}) };
        json!({"price_amount": "100.0", "price_currency": price, "pay_currency": pay, "custom_id": custom_id,
               "metadata": metadata})
    };
    keep(t, "invoices_create", "invoices.create", &[], invoice("EUR", "BTC", Value::Null));
    let named = t.data("invoices.create", &[], invoice("EUR", "ETH", json!("PAYMENT-123")));
    let same = t.data("invoices.create", &[], invoice("USDT", "USDT", Value::Null));
    let over = t.data("invoices.create", &[], invoice("EUR", "ETH", Value::Null));
    let back = t.data("invoices.create", &[], invoice("EUR", "ETH", Value::Null));
    for (invoice, amount) in [(&same, "200.0"), (&over, "1.0"), (&back, "1.0")] {
        t.pay(json!({"invoice_id": invoice["id"], "amount": amount}));
    }
    keep(t, "invoices_list", "invoices.list", &[], json!({}));
    let (same, over, back) = (
        [("invoice_id", text(&same["id"]))],
        [("invoice_id", text(&over["id"]))],
        [("invoice_id", text(&back["id"]))],
    );
    let custom = [("custom_id", text(&named["custom_id"]))];
    keep(t, "invoices_retrieve_by_custom_id", "invoices.retrieve_by_custom_id", &custom, json!({}));
    let operation = "invoices.create_recalculation";
    keep(t, "invoices_create_recalculation", operation, &over, json!({"force_commit": true}));
    let quote = keep(t, "invoices_commit_recalculation_1", operation, &same, json!({}));
    let path = [same[0], ("recalculation_id", text(&quote["id"]))];
    keep(t, "invoices_commit_recalculation_2", "invoices.commit_recalculation", &path, json!({}));
    keep(t, "invoices_retrieve", "invoices.retrieve", &same, json!({}));
    let to = json!({"address": "0xf3532c1fd002665ec54d46a50787e0c69c76cd44"});
    keep(t, "invoices_create_refund", "invoices.create_refund", &back, to);
    t.advance_s(60);
    keep(t, "invoices_list_refunds", "invoices.list_refunds", &back, json!({}));

    let body = json!({"name": "Subscription name", "amount": "100.0", "currency": "EUR", "period": "month",
                      "period_quantity": 3, "starts_at": "2023-07-24 08:46:28 UTC", "payer_email": "user@example.com"});
    let made = keep(t, "subscriptions_create", "subscriptions.create", &[], body.clone());
    let mut named = body;
    named["custom_id"] = json!("PAYMENT-123");
    let named = t.data("subscriptions.create", &[], named);
    keep(t, "subscriptions_list", "subscriptions.list", &[], json!({}));
    let path = [("subscription_id", text(&named["id"]))];
    keep(t, "subscriptions_retrieve", "subscriptions.retrieve", &path, json!({}));
    let custom = [("custom_id", "PAYMENT-123")];
    keep(t, "subscriptions_retrieve_by_custom_id", "subscriptions.retrieve_by_custom_id", &custom, json!({}));
    let path = [("subscription_id", text(&made["id"]))];
    keep(t, "subscriptions_cancel", "subscriptions.cancel", &path, json!({}));

    let accounts = keep(t, "accounts_list", "accounts.list", &[], json!({}));
    let euros = accounts.as_array().unwrap().iter().find(|one| one["currency"] == "EUR").unwrap();
    let path = [("account_id", text(&euros["id"]))];
    keep(t, "accounts_list_transactions", "accounts.list_transactions", &path, json!({}));
    keep(t, "transactions_list", "transactions.list", &[], json!({}));
    answers
}

/// Compared are all recorded exchanges but the removed risk score.
#[test]
fn every_answer_has_the_fields_and_types_of_its_recording() {
    let Some(folder) = std::env::var_os("CRYPTOPAY_RECORDINGS") else { return };
    let mut differences = Vec::new();
    let answers = answers();
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.strip_prefix("ruby_").and_then(|name| name.strip_suffix(".json"));
        if name.is_some_and(|name| name != "risks_score" && !answers.contains_key(name)) {
            differences.push(format!("{file} is not compared"));
        }
    }
    for (name, ours) in answers {
        let file = Path::new(&folder).join(format!("ruby_{name}.json"));
        let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let body: Value = serde_json::from_str(text(&recording["response"]["body"])).unwrap();
        let (mut theirs, mut mine) = (Shape::new(), Shape::new());
        body.as_object().unwrap().iter().for_each(|(name, value)| shape(name, value, &mut theirs));
        for answer in &ours {
            answer.as_object().unwrap().iter().for_each(|(name, value)| shape(name, value, &mut mine));
        }
        let rate =
            |field: &&String| field.starts_with("data.") && name == "rates_all" && !field.contains('*');
        for field in theirs.keys().filter(|field| !mine.contains_key(*field)).filter(|field| !rate(field)) {
            differences.push(format!("{name}: {field} is missing"));
        }
        for (field, kinds) in &mine {
            let newer = field.ends_with(CHOSEN) || NEWER.iter().any(|newer| field.ends_with(newer));
            match theirs.get(field) {
                None if newer || rate(&field) => {}
                None => differences.push(format!("{name}: {field} is not in the recording")),
                Some(recorded) => {
                    let strange: Vec<_> =
                        kinds.difference(recorded).filter(|kind| **kind != "null").collect();
                    // A recorded null tells no type.
                    if !strange.is_empty() && recorded.iter().any(|kind| *kind != "null") {
                        differences.push(format!("{name}: {field} is {strange:?}, recorded {recorded:?}"));
                    }
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
