//! What reached the API, request by request: which operation, what was answered, which fault stood in between, and
//! whether the world carried it out. Control requests are not in it.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// Entries kept; older ones are forgotten, so that a sandbox that runs for weeks does not grow.
const KEPT: usize = 100_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Its number since the start or the last reset, from 1.
    pub n: u64,
    /// Sandbox time of its arrival, in milliseconds.
    pub at_ms: u64,
    /// The operation; `None` for what is none.
    pub operation: Option<&'static str>,
    /// The method as sent.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The `custom_id` that its body gives; `None` also where the gate refused it.
    pub custom_id: Option<String>,
    /// The status that went out; `None` if no answer did.
    pub status: Option<u16>,
    /// The fault that struck it.
    pub fault: Option<&'static str>,
    /// Whether the world carried it out, a read included: its own answer was a 2xx.
    pub applied: bool,
}

/// All entries in the order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Journal {
    /// Opens an entry for a request that just came and gives its number.
    pub(crate) fn open(
        &mut self,
        at_ms: u64,
        operation: Option<&'static str>,
        method: &str,
        path: &str,
    ) -> u64 {
        self.last += 1;
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        let (method, path) = (method.to_owned(), path.to_owned());
        self.entries.push_back(Entry {
            n: self.last,
            at_ms,
            operation,
            method,
            path,
            custom_id: None,
            status: None,
            fault: None,
            applied: false,
        });
        self.last
    }

    /// Notes what the body of request `n` calls its object.
    pub(crate) fn name(&mut self, n: u64, custom_id: &str) {
        if let Some(entry) = self.entry(n) {
            entry.custom_id = Some(custom_id.to_owned());
        }
    }

    /// Notes how request `n` ended.
    pub(crate) fn close(&mut self, n: u64, status: Option<u16>, fault: Option<&'static str>, applied: bool) {
        if let Some(entry) = self.entry(n) {
            (entry.status, entry.fault, entry.applied) = (status, fault, applied);
        }
    }

    /// Notes that request `n`, long lost for its client, has been carried out after all.
    pub(crate) fn applied_late(&mut self, n: u64) {
        if let Some(entry) = self.entry(n) {
            entry.applied = true;
        }
    }

    /// The entries as a JSON array, oldest first.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(&self.entries).unwrap_or(Value::Null)
    }

    fn entry(&mut self, n: u64) -> Option<&mut Entry> {
        let behind = usize::try_from(self.last.checked_sub(n)?).ok()?;
        let index = self.entries.len().checked_sub(behind + 1)?;
        self.entries.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_says_how_its_request_ended() {
        let mut journal = Journal::default();
        let first = journal.open(5, Some("invoices.create"), "POST", "/api/invoices");
        journal.open(6, None, "GET", "/nowhere?x=1");
        journal.name(first, "o-1");
        journal.close(first, None, Some("apply_late"), false);
        journal.applied_late(first);
        assert_eq!(
            journal.to_json(),
            json!([
                {"n": 1, "at_ms": 5, "operation": "invoices.create", "method": "POST", "path": "/api/invoices",
                 "custom_id": "o-1", "status": null, "fault": "apply_late", "applied": true},
                {"n": 2, "at_ms": 6, "operation": null, "method": "GET", "path": "/nowhere?x=1",
                 "custom_id": null, "status": null, "fault": null, "applied": false},
            ])
        );
    }

    #[test]
    fn old_entries_are_forgotten_and_numbers_go_on() {
        let mut journal = Journal::default();
        for _ in 0..KEPT + 2 {
            journal.open(0, None, "GET", "/");
        }
        journal.close(1, Some(200), None, true);
        let last = u64::try_from(KEPT).unwrap() + 2;
        journal.close(last, Some(404), None, false);
        assert_eq!(journal.entries.len(), KEPT);
        assert_eq!(journal.entries.front().unwrap().n, 3);
        assert_eq!(journal.entries.back().unwrap().status, Some(404));
        assert!(journal.entries.iter().all(|entry| !entry.applied));
    }
}
