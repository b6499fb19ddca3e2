//! What will happen later: jobs by sandbox time, run in the order in which they become due.
//!
//! What a job does is decided by its resource.

use std::collections::BTreeMap;

/// Something that becomes due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// An invoice's validity ends.
    InvoiceExpires(String),
    /// An invoice was not paid for 14 days.
    InvoiceLapses(String),
    /// The risk team decides about an invoice.
    InvoiceJudged(String),
    /// A channel payment was not confirmed for 14 days.
    PaymentLapses(String),
    /// The risk team decides about a channel payment.
    PaymentJudged(String),
    /// A withdrawal takes its next step.
    WithdrawalSteps(String),
    /// A subscription's period ends.
    PeriodEnds(String),
}

/// Jobs by due time; equal times in the order of planning.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    jobs: BTreeMap<(u64, u64), Job>,
    planned: u64,
}

impl Schedule {
    /// Plans a job.
    pub(crate) fn plan(&mut self, due_ms: u64, job: Job) {
        self.planned += 1;
        self.jobs.insert((due_ms, self.planned), job);
    }

    /// Takes the next job that is due by `now_ms`, with its due time.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Option<(u64, Job)> {
        let entry = self.jobs.first_entry().filter(|entry| entry.key().0 <= now_ms)?;
        let ((due_ms, _), job) = entry.remove_entry();
        Some((due_ms, job))
    }

    /// When the next job is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.jobs.keys().next().map(|(due_ms, _)| *due_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_come_out_by_due_time_and_then_by_planning() {
        let mut schedule = Schedule::default();
        for (due_ms, id) in [(20, "c"), (10, "a"), (20, "d"), (30, "e"), (10, "b")] {
            schedule.plan(due_ms, Job::PeriodEnds(id.to_owned()));
        }
        let mut taken = String::new();
        while let Some((_, Job::PeriodEnds(id))) = schedule.take_due(20) {
            taken.push_str(&id);
        }
        assert_eq!((taken.as_str(), schedule.next_due()), ("abcd", Some(30)));
    }
}
