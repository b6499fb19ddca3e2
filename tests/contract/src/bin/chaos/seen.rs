//! What the server saw of each write: how often it was sent, and whether it was looked for in between; which object has its
//! id, which money moved that nobody asked for; and all of it as the story of a write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::write::{Kind, Write};

/// Where a payout is looked for, before its id.
const LOOK: &str = "/api/coin_withdrawals/custom_id/";

/// The journal and the ledger, by `custom_id`.
pub(crate) struct Seen<'v> {
    journal: &'v Value,
    /// The numbers of the creates that may have been carried out.
    creates: BTreeMap<(&'v str, &'v str), Vec<u64>>,
    /// The numbers of the reads by `custom_id`.
    looks: BTreeMap<&'v str, Vec<u64>>,
    /// How often money arrived, by reason.
    moved: BTreeMap<(&'v str, &'v str), usize>,
    /// The ids of the objects that moved it, by the ledger's list.
    objects: BTreeMap<(&'v str, &'v str), BTreeSet<&'v str>>,
    /// What is wrong whatever the writes were told.
    pub(crate) wrong: Vec<String>,
}

impl<'v> Seen<'v> {
    pub(crate) fn read(ledger: &'v Value, journal: &'v Value) -> Self {
        let mut seen = Self {
            journal,
            creates: BTreeMap::new(),
            looks: BTreeMap::new(),
            moved: BTreeMap::new(),
            objects: BTreeMap::new(),
            wrong: Vec::new(),
        };
        seen.requests();
        seen.movements(ledger);
        if ledger.get("balanced") != Some(&Value::Bool(true)) {
            seen.wrong.push("the ledger is not balanced".to_owned());
        }
        seen
    }

    fn requests(&mut self) {
        for (index, entry) in list(Some(self.journal)).enumerate() {
            let n = entry.get("n").and_then(Value::as_u64).unwrap_or_default();
            if index == 0 && n != 1 {
                self.wrong.push("the journal is not whole".to_owned());
            }
            // What is answered with these was certainly not carried out.
            let refused = matches!(entry.get("status").and_then(Value::as_u64), Some(401 | 429));
            match text(entry, "operation") {
                operation @ ("coin_withdrawals.create" | "exchange_transfers.create") if !refused => {
                    self.creates.entry((operation, text(entry, "custom_id"))).or_default().push(n);
                }
                "coin_withdrawals.retrieve_by_custom_id" => {
                    let id = text(entry, "path").strip_prefix(LOOK).unwrap_or_default();
                    self.looks.entry(id).or_default().push(n);
                }
                _ => {}
            }
        }
    }

    /// One entry of each movement is counted: the one in which the money arrives.
    fn movements(&mut self, ledger: &'v Value) {
        for entry in list(ledger.get("entries")) {
            let (reason, custom_id) = (text(entry, "reference_type"), text(entry, "custom_id"));
            let arrives = match reason {
                // Without one it is the payout of a refund.
                "CoinWithdrawal" if custom_id.is_empty() => continue,
                "CoinWithdrawal" => "world",
                "ExchangeTransfer" | "InvoiceRefund" => "merchant",
                _ => continue,
            };
            if text(entry, "to") == arrives {
                *self.moved.entry((reason, custom_id)).or_default() += 1;
                self.objects.entry((reason, custom_id)).or_default().insert(text(entry, "reference_id"));
            }
        }
        let payouts = |refund: &str| {
            list(ledger.get("withdrawals")).filter(move |one| text(one, "refund_id") == refund).count()
        };
        for refund in list(ledger.get("refunds")) {
            let (id, expected) = (text(refund, "id"), usize::from(!text(refund, "address").is_empty()));
            let made = payouts(id);
            if made != expected {
                self.wrong.push(format!("refund {id} has {made} payouts, not {expected}"));
            }
        }
        let nobodys = |one: &&Value| text(one, "custom_id").is_empty() && text(one, "refund_id").is_empty();
        for one in list(ledger.get("withdrawals")).filter(nobodys) {
            self.wrong.push(format!("withdrawal {} has neither a custom_id nor a refund", text(one, "id")));
        }
    }

    /// How often the money of a write moved.
    pub(crate) fn times(&self, write: &Write) -> usize {
        self.moved.get(&write.key()).copied().unwrap_or_default()
    }

    /// Whether a write was sent again without need: a payout only after two looks that did not find it, and once a call
    /// (W5); a forced transfer never; a refund, which nothing makes unique, not when it may have been made.
    pub(crate) fn sent_blindly(&self, write: &Write) -> bool {
        let sent = |operation| {
            self.creates.get(&(operation, write.custom_id.as_str())).map(Vec::as_slice).unwrap_or_default()
        };
        match write.kind {
            Kind::Transfer => sent("exchange_transfers.create").len() > write.calls,
            Kind::Payout | Kind::PayoutInTwo => {
                let sent = sent("coin_withdrawals.create");
                let looks = self.looks.get(write.custom_id.as_str()).map(Vec::as_slice).unwrap_or_default();
                let looked = |from: u64, to: u64| looks.iter().filter(|n| (from..to).contains(*n)).count();
                let unlooked =
                    sent.windows(2).filter(|two| matches!(two, [a, b] if looked(*a, *b) < 2)).count();
                // A call of its own begins with a send.
                sent.len() > 2 * write.calls || unlooked >= write.calls.max(1)
            }
            Kind::TransferInTwo => false,
            Kind::Refund => {
                let to = |entry: &&Value| {
                    write.path.as_deref() == Some(text(entry, "path")) && text(entry, "method") == "POST"
                };
                let mut posts = list(Some(self.journal)).filter(to);
                posts.find(|entry| in_doubt(entry)).is_some() && posts.next().is_some()
            }
        }
    }

    /// Whether the client handed back an object that is not the one whose money moved.
    pub(crate) fn is_another(&self, write: &Write) -> bool {
        // A quote that nobody committed moved nothing, whatever its id is.
        let ids = self.objects.get(&write.key()).filter(|_| !write.only_quoted);
        ids.is_some_and(|ids| write.named.iter().any(|id| !ids.contains(id.as_str())))
    }

    /// What the client did for a write, and what the server saw of it.
    pub(crate) fn story(&self, write: &Write) -> Vec<String> {
        let lines = write.log.lines();
        let mut told: Vec<(u64, String)> =
            lines.iter().map(|(tick, line)| (*tick, format!("client {line}"))).collect();
        for entry in list(Some(self.journal)) {
            let at = entry.get("at_ms").and_then(Value::as_u64).unwrap_or_default();
            let sent = format!("{} {}", text(entry, "method"), text(entry, "path"));
            // What has no id is known by the time, which is the same on both sides but for a few ms.
            let near = |(tick, line): &(u64, String)| tick.abs_diff(at) <= 60 && line.ends_with(&sent);
            if text(entry, "custom_id") == write.custom_id || lines.iter().any(near) {
                let show = |name| entry.get(name).map(Value::to_string).unwrap_or_default();
                let [n, status, fault, applied] = ["n", "status", "fault", "applied"].map(show);
                told.push((
                    at,
                    format!("server   {sent}: n {n}, status {status}, fault {fault}, applied {applied}"),
                ));
            }
        }
        told.sort_by_key(|(at, _)| *at);
        told.into_iter().map(|(at, line)| format!("{at:>9} ms {line}")).collect()
    }

    /// Money that moved for none of the writes.
    pub(crate) fn strays(&self, writes: &[Write]) -> Vec<String> {
        let known: BTreeSet<_> = writes.iter().map(Write::key).collect();
        let strays = self.moved.iter().filter(|(key, _)| !known.contains(*key));
        strays
            .map(|((reason, custom_id), times)| {
                format!("DOUBLED: {reason} {custom_id}: moved {times} times, and nobody asked for it")
            })
            .collect()
    }
}

/// Whether a request may have been carried out, by what was answered.
fn in_doubt(entry: &Value) -> bool {
    match entry.get("status").and_then(Value::as_u64) {
        Some(status) => matches!(status, 200..=399 | 408 | 425 | 500..),
        None => true,
    }
}

pub(crate) fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn text<'v>(entry: &'v Value, name: &str) -> &'v str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CREATE: &str = "coin_withdrawals.create";

    fn entry(n: u64, operation: &str, path: &str, custom_id: &str, status: Option<u16>) -> Value {
        json!({"n": n, "operation": operation, "path": path, "custom_id": custom_id, "status": status})
    }

    fn sent(n: u64, status: Option<u16>) -> Value {
        entry(n, CREATE, "/api/coin_withdrawals", "p", status)
    }

    fn looked(n: u64) -> Value {
        entry(n, "coin_withdrawals.retrieve_by_custom_id", "/api/coin_withdrawals/custom_id/p", "", Some(404))
    }

    fn write(kind: Kind, calls: usize) -> Write {
        Write { calls, ..Write::new(kind, "p".to_owned()) }
    }

    #[test]
    fn a_payout_is_sent_again_only_after_two_looks_and_once_a_call() {
        let journals = [
            (vec![sent(1, None)], false),
            (vec![sent(1, None), looked(2), looked(3), sent(4, Some(201))], false),
            (vec![sent(1, None), looked(2), sent(3, Some(201))], true),
            (vec![sent(1, Some(429)), sent(2, Some(401)), sent(3, Some(201))], false),
            (
                vec![sent(1, None), looked(2), looked(3), sent(4, None), looked(5), looked(6), sent(7, None)],
                true,
            ),
        ];
        for (journal, blindly) in journals {
            let (ledger, journal) = (json!({"balanced": true}), Value::Array(journal));
            let seen = Seen::read(&ledger, &journal);
            assert_eq!(seen.sent_blindly(&write(Kind::Payout, 1)), blindly, "{journal}");
        }
        let (ledger, journal) = (json!({"balanced": true}), json!([sent(1, None), sent(2, Some(409))]));
        assert!(
            !Seen::read(&ledger, &journal).sent_blindly(&write(Kind::Payout, 2)),
            "made again by the caller"
        );
    }

    #[test]
    fn a_forced_transfer_is_never_sent_again() {
        let create = |n| entry(n, "exchange_transfers.create", "/api/exchange_transfers", "p", None);
        let (ledger, journal) = (json!({"balanced": true}), json!([create(1), create(2)]));
        let seen = Seen::read(&ledger, &journal);
        assert!(seen.sent_blindly(&write(Kind::Transfer, 1)));
        assert!(!seen.sent_blindly(&write(Kind::TransferInTwo, 1)), "a quote moves nothing");
    }

    #[test]
    fn a_refund_is_not_sent_again_when_it_may_have_been_made() {
        let path = "/api/invoices/i/refunds";
        let post = |status: Option<u16>| json!({"n": 1, "method": "POST", "path": path, "status": status});
        let ledger = json!({"balanced": true});
        for (first, again) in [(Some(429), false), (Some(422), false), (Some(503), true), (None, true)] {
            let journal = json!([post(first), post(Some(201))]);
            let write = Write { path: Some(path.to_owned()), ..write(Kind::Refund, 1) };
            assert_eq!(Seen::read(&ledger, &journal).sent_blindly(&write), again, "{first:?}");
        }
    }

    #[test]
    fn money_that_nobody_asked_for_and_an_object_of_another_are_seen() {
        let ledger = json!({"balanced": true, "entries": [
            {"reference_type": "CoinWithdrawal", "custom_id": "p", "to": "world", "reference_id": "w-1"},
            {"reference_type": "CoinWithdrawal", "custom_id": "other", "to": "world", "reference_id": "w-2"},
            {"reference_type": "CoinWithdrawal", "custom_id": null, "to": "world", "reference_id": "w-3"},
        ]});
        let seen = Seen::read(&ledger, &Value::Null);
        assert_eq!(seen.strays(&[write(Kind::Payout, 1)]).len(), 1);
        for (id, another) in [("w-1", false), ("w-2", true)] {
            let write = Write { named: vec!["w-1".to_owned(), id.to_owned()], ..write(Kind::Payout, 1) };
            assert_eq!(seen.is_another(&write), another);
        }
    }

    #[test]
    fn a_refund_to_an_address_has_one_payout_and_no_payout_is_nobodys() {
        let refund = json!({"id": "r", "address": "a"});
        let payout = |refund_id: Option<&str>| json!({"id": "w", "custom_id": null, "refund_id": refund_id});
        for (payouts, wrong) in [
            (vec![payout(Some("r"))], 0),
            (vec![], 1),
            (vec![payout(Some("r")), payout(Some("r"))], 1),
            (vec![payout(Some("r")), payout(None)], 1),
        ] {
            let ledger = json!({"balanced": true, "refunds": [refund], "withdrawals": payouts});
            assert_eq!(Seen::read(&ledger, &Value::Null).wrong.len(), wrong, "{ledger}");
        }
    }

    #[test]
    fn a_journal_that_forgot_its_beginning_proves_nothing() {
        let (ledger, journal) = (json!({"balanced": true}), json!([sent(2, None)]));
        assert_eq!(Seen::read(&ledger, &journal).wrong, ["the journal is not whole"]);
    }
}
