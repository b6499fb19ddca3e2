//! Random operations of every kind: the books always balance, and each custom_id pays at most once.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::amount::{plain, read};
use crate::seed::Seed;
use crate::trial::{Trial, text};

fn pick<'a>(seed: &mut Seed, list: &[&'a str]) -> &'a str {
    list[usize::try_from(seed.below(list.len() as u64)).unwrap()]
}

fn pick_id(seed: &mut Seed, ids: &[String]) -> String {
    let index = usize::try_from(seed.below(ids.len().max(1) as u64)).unwrap();
    ids.get(index).cloned().unwrap_or_else(|| "cfc93c44-fef3-4ccc-ac8f-090f8e702006".to_owned())
}

/// One random operation; new ids are added to those known by kind.
fn step(trial: &mut Trial, seed: &mut Seed, ids: &mut HashMap<&'static str, Vec<String>>) {
    let coins = ["BTC", "ETH", "USDT", "XRP"];
    let amount = format!("{}.{}", 1 + seed.below(400), seed.below(100));
    let custom_id = format!("C{}", seed.below(60));
    let force_commit = seed.below(2) == 0;
    let mut id = |seed: &mut Seed, kind| pick_id(seed, ids.entry(kind).or_default());
    let (invoice, quote) = (id(seed, "invoice"), id(seed, "quote"));
    let (channel, recalculation) = (id(seed, "channel"), id(seed, "recalculation"));
    let transfer = id(seed, "transfer");
    let (kind, operation, path, body) = match seed.below(11) {
        0 => {
            let body = json!({"price_amount": amount, "price_currency": pick(seed, &["EUR", "USD", "USDT"]),
                              "pay_currency": pick(seed, &coins)});
            ("invoice", "invoices.create", vec![], body)
        }
        1 => {
            let body = json!({"address": "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
                              "charged_currency": pick(seed, &["EUR", "USD", "BTC"]), "custom_id": custom_id,
                              "received_currency": pick(seed, &coins), "force_commit": force_commit,
                              "charged_amount_to_send": if force_commit { "25" } else { "7.5" }});
            ("quote", "coin_withdrawals.create", vec![], body)
        }
        2 => ("", "coin_withdrawals.commit", vec![("coin_withdrawal_id", quote)], json!({})),
        3 => {
            let body = json!({"name": "c", "pay_currency": pick(seed, &coins), "receiver_currency": "EUR"});
            ("channel", "channels.create", vec![], body)
        }
        4 => {
            let body = json!({"charged_currency": pick(seed, &["EUR", "BTC"]), "received_amount": amount,
                              "received_currency": "USD", "force_commit": force_commit});
            ("transfer", "exchange_transfers.create", vec![], body)
        }
        5 => ("", "exchange_transfers.commit", vec![("exchange_transfer_id", transfer)], json!({})),
        6 => {
            let path = vec![("invoice_id", invoice)];
            ("recalculation", "invoices.create_recalculation", path, json!({"force_commit": force_commit}))
        }
        7 => {
            let path = vec![("invoice_id", invoice), ("recalculation_id", recalculation)];
            ("", "invoices.commit_recalculation", path, json!({}))
        }
        8 => {
            let address = "0xf3532c1fd002665ec54d46a50787e0c69c76cd44";
            let body = if force_commit { json!({}) } else { json!({"address": address}) };
            ("refund", "invoices.create_refund", vec![("invoice_id", invoice)], body)
        }
        9 => {
            let status = pick(seed, &["enabled", "disabled"]);
            ("", "channels.update", vec![("channel_id", channel)], json!({"status": status}))
        }
        _ => {
            let risk = pick(seed, &["low", "low", "low", "high", "cleared"]);
            let to_invoice = json!({"invoice_id": invoice, "risk": risk,
                                    "amount": pick(seed, &["exact", "exact", "0.001", "3"])});
            let to_channel = json!({"channel_id": channel, "risk": risk, "amount": "0.0123"});
            let known = if force_commit { to_invoice } else { to_channel };
            let payment = crate::payments::Payment::read(known.as_object().unwrap()).unwrap();
            let _ = trial.world.pay(&payment, &trial.clock);
            return;
        }
    };
    let path: Vec<_> = path.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if let Ok(answer) = trial.ask(operation, &path, body)
        && !kind.is_empty()
    {
        ids.entry(kind).or_default().push(text(&answer.data["id"]).to_owned());
    }
}

fn assert_newest_rows_tell_the_balances(trial: &mut Trial) {
    let accounts = trial.data("accounts.list", &[], json!({}));
    for account in accounts.as_array().unwrap() {
        let path = [("account_id", text(&account["id"]))];
        let rows = trial.data("accounts.list_transactions", &path, json!({}));
        let newest = rows.as_array().unwrap().first();
        assert!(newest.is_none_or(|row| row["balance"] == account["balance"]), "{account} {newest:?}");
    }
}

#[test]
fn random_operations_never_unbalance_the_books_or_pay_twice() {
    for number in 0..4 {
        let mut trial = Trial::new();
        let (mut seed, mut ids) = (Seed::new(number), HashMap::new());
        for _ in 0..600 {
            step(&mut trial, &mut seed, &mut ids);
            let wait = [0, 0, 1, 7, 40, 700][usize::try_from(seed.below(6)).unwrap()];
            trial.advance_s(wait);
        }
        trial.advance_s(20 * 86_400);
        let ledger = trial.world.ledger();
        assert_eq!(ledger["balanced"], true);
        assert_newest_rows_tell_the_balances(&mut trial);
        let mut committed: HashMap<&str, usize> = HashMap::new();
        for withdrawal in ledger["withdrawals"].as_array().unwrap() {
            let debits = ledger["entries"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|entry| entry["reference_id"] == withdrawal["id"] && entry["from"] == "merchant");
            let debited: Decimal = debits.map(|entry| read(text(&entry["amount"])).unwrap()).sum();
            let moved = !debited.is_zero();
            assert_eq!(Value::Bool(moved), withdrawal["committed"]);
            assert!(!moved || plain(debited) == text(&withdrawal["charged_amount"]), "debited once");
            if let Some(custom_id) = withdrawal["custom_id"].as_str() {
                *committed.entry(custom_id).or_default() += usize::from(moved);
            }
        }
        assert!(committed.values().all(|count| *count <= 1), "seed {number}: {committed:?}");
        assert!(committed.values().sum::<usize>() > 10, "the run must pay something");
    }
}
