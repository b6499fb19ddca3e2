//! Compares what the client said with what the server did, after every late request has been carried out: a success is
//! exactly one movement of money, a definite error none, and what was unknown is what `resolve` says.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::caller::{Resolved, Told};
use crate::seen::{Seen, list};
use crate::write::{Kind, Write};

/// How the writes of a run ended.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) payouts: usize,
    pub(crate) others: usize,
    pub(crate) at_once: usize,
    pub(crate) recovered: usize,
    pub(crate) exists: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    pub(crate) applied: usize,
    pub(crate) not_applied: usize,
    pub(crate) still_unknown: usize,
    pub(crate) doubled: usize,
    pub(crate) lost: usize,
    pub(crate) requests: usize,
    pub(crate) struck: usize,
    /// The same by flow, as the ledger takes it.
    pub(crate) flows: BTreeMap<&'static str, Flow>,
    /// The codes of the definite errors.
    pub(crate) codes: BTreeMap<String, usize>,
    /// What kept the client from knowing.
    pub(crate) causes: BTreeMap<String, usize>,
    /// What is to be told of each doubled or lost write.
    pub(crate) offences: Vec<String>,
}

/// How the writes of one flow ended.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) done: usize,
    pub(crate) doubled: usize,
    pub(crate) lost: usize,
    /// Unknown at first, and ended rightly by `resolve`.
    pub(crate) resolved: usize,
    /// Unknown even to `resolve` in clear weather.
    pub(crate) unknown: usize,
}

/// Judges the writes of one run.
pub(crate) fn judge(writes: &[Write], ledger: &Value, journal: &Value) -> Verdict {
    let seen = Seen::read(ledger, journal);
    let mut verdict = Verdict::default();
    for entry in list(Some(journal)) {
        verdict.requests += 1;
        verdict.struck += usize::from(!entry.get("fault").is_none_or(Value::is_null));
    }
    let strays = seen.strays(writes);
    (verdict.lost, verdict.doubled) = (seen.wrong.len(), strays.len());
    verdict.offences = [seen.wrong.clone(), strays].concat();
    for write in writes {
        verdict.add(write, &seen);
    }
    verdict
}

impl Verdict {
    fn add(&mut self, write: &Write, seen: &Seen<'_>) {
        let moved = seen.times(write);
        match write.kind {
            Kind::Payout | Kind::PayoutInTwo => self.payouts += 1,
            Kind::Transfer | Kind::TransferInTwo | Kind::Refund => self.others += 1,
        }
        let expected = match &write.told {
            None => Some(0),
            Some(Told::Success { recovered, .. }) => {
                *(if *recovered { &mut self.recovered } else { &mut self.at_once }) += 1;
                Some(1)
            }
            Some(Told::Exists) => {
                self.exists += 1;
                Some(1)
            }
            Some(Told::Refused(code)) => {
                self.refused += 1;
                *self.codes.entry(code.to_string()).or_default() += 1;
                Some(0)
            }
            Some(Told::Unknown(_)) => {
                self.unknown += 1;
                let cause = write.record().and_then(|record| record.cause.as_ref());
                let cause = cause.map_or_else(|| "none".to_owned(), |cause| cause.code.to_string());
                *self.causes.entry(cause).or_default() += 1;
                let (count, expected) = match write.resolved {
                    Some(Resolved::Applied) => (&mut self.applied, Some(1)),
                    Some(Resolved::NotApplied) => (&mut self.not_applied, Some(0)),
                    Some(Resolved::Unknown) | None => (&mut self.still_unknown, None),
                };
                *count += 1;
                expected
            }
        };
        // A quote that was never committed moves nothing, however it was found.
        let expected = if write.only_quoted { Some(0) } else { expected };
        // A quote needs no record: it is made again.
        let without_record = matches!(write.told, Some(Told::Unknown(None))) && !write.only_quoted;
        let said = match (&write.told, write.resolved) {
            (None, _) => "nothing".to_owned(),
            (Some(Told::Success { recovered, .. }), _) => format!("success, recovered: {recovered}"),
            (Some(Told::Exists), _) => "it exists".to_owned(),
            (Some(Told::Refused(code)), _) => format!("refused: {code}"),
            (Some(Told::Unknown(_)), resolved) => format!("unknown, resolved: {resolved:?}"),
        };
        let flow = self.flows.entry(write.kind.flow()).or_default();
        flow.done += usize::from(write.told.is_some() && !write.only_quoted);
        let settled = matches!(write.resolved, Some(Resolved::Applied | Resolved::NotApplied));
        let offence = if moved > 1 || seen.sent_blindly(write) {
            self.doubled += 1;
            flow.doubled += 1;
            "DOUBLED"
        } else if expected.is_some_and(|expected| expected != moved)
            || without_record
            || seen.is_another(write)
        {
            self.lost += 1;
            flow.lost += 1;
            "LOST"
        } else if write.record().is_some() && !settled {
            // None of these writes is of the class that nothing can be read of: in clear weather its end is known.
            flow.unknown += 1;
            "UNKNOWN FOR EVER"
        } else {
            flow.resolved += usize::from(write.record().is_some() && !write.only_quoted);
            return;
        };
        let head = format!(
            "{offence}: {:?} {}: the client said {said}; the money moved {moved} times",
            write.kind, write.custom_id
        );
        self.offences.push([vec![head], seen.story(write)].concat().join("\n  "));
    }
}
