//! Many payouts at once while everything fails: what the journal calls applied is what the ledger holds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::raw::*;

const PAYOUTS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_storm_of_faults_the_journal_and_the_ledger_agree() {
    let sandbox = std::sync::Arc::new(sandbox().await);
    let kinds =
        ["drop_before_apply", "apply_then_drop", "apply_late", "apply_then_500", "truncate", "html", "slow"];
    let rules: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({"kind": kind, "probability": 0.08, "ms": 20, "status": 502}))
        .collect();
    sandbox.control("POST", "faults", &json!(rules)).await.unwrap();

    let payouts: Vec<_> = (0..PAYOUTS)
        .map(|number| {
            let sandbox = std::sync::Arc::clone(&sandbox);
            tokio::spawn(async move {
                // Every third id is used twice: the second must be refused, whichever comes second.
                let custom_id = format!("p-{}", number - usize::from(number % 3 == 1));
                let body = format!(
                    r#"{{"address":"2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM","charged_currency":"BTC","received_currency":"BTC",
                        "received_amount":"0.001","force_commit":true,"custom_id":"{custom_id}"}}"#
                );
                let request = signed(&sandbox, "POST", "/api/coin_withdrawals", &body);
                let mut stream = connect(&sandbox).await;
                tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
                let heard = hear(&mut stream, Duration::from_secs(10)).await;
                let id = (heard.end == End::Complete && heard.status == Some(201)).then(|| heard.json()["data"]["id"].clone());
                (custom_id, id)
            })
        })
        .collect();
    let mut told = Vec::new();
    for payout in payouts {
        told.push(payout.await.unwrap());
    }
    sandbox.advance(300_000).await;

    let ledger = sandbox.ledger();
    assert_eq!(ledger["balanced"], true);
    let mut moved: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for withdrawal in ledger["withdrawals"].as_array().unwrap().iter().filter(|one| one["committed"] == true)
    {
        let custom_id = withdrawal["custom_id"].as_str().unwrap().to_owned();
        moved.entry(custom_id).or_default().push(withdrawal["id"].clone());
    }
    assert!(moved.values().all(|ids| ids.len() == 1), "no custom_id moved money twice");
    for (custom_id, id) in told.into_iter().filter_map(|(custom_id, id)| id.map(|id| (custom_id, id))) {
        assert_eq!(moved.get(&custom_id), Some(&vec![id]), "a told success is in the ledger: {custom_id}");
    }
    let journal = sandbox.journal();
    let applied = journal.as_array().unwrap().iter().filter(|entry| entry["applied"] == true).count();
    assert_eq!(applied, moved.len());
    for kind in kinds {
        assert!(
            journal.as_array().unwrap().iter().any(|entry| entry["fault"] == kind),
            "{kind} never struck"
        );
    }
}
