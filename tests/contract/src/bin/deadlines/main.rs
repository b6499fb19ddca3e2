//! Calls whose server misbehaves: `deadlines`.
//!
//! Every kind of misbehaviour meets a read and a payout, through the client and transport that a program uses. Each call must
//! end by its deadline, with the code that is true, and say of the payout whether it may have been sent; and when hundreds
//! have ended, no socket, thread, task or memory of theirs may be left. Ends with 1 and a sentence for each that does not.
#![forbid(unsafe_code)]

mod leaks;
mod probe;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use cryptopay_contract::ledger;

use leaks::Held;
use probe::{PROBES, Probed, Standing};

/// How much later than its deadline a call may end.
const LATE_MS: u64 = 50;
/// How often everything is repeated at once to see whether anything is left.
const AT_ONCE: usize = 10;
/// How much more memory may be in use after the last round than after the one before it.
const SPREAD_KB: u64 = 16_000;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut standing = Vec::new();
    for probe in &PROBES {
        standing.push(Standing::start(probe).await?);
    }
    let before = Held::now()?;
    println!("{:<22} {:>11} {:>8}  {:<18} sent", "probe", "deadline ms", "ended ms", "code");
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for Probed { name, deadline_ms, ended_ms, code, sent, amiss } in probe::all(&standing, 1).await? {
        println!("{name:<22} {deadline_ms:>11} {ended_ms:>8}  {code:<18} {sent}");
        lines.push(format!("{name}\t{deadline_ms}\t{ended_ms}\t{code}\t{sent}"));
        if ended_ms > deadline_ms + LATE_MS {
            wrong.push(format!("{name} ended {} ms after its deadline", ended_ms - deadline_ms));
        }
        wrong.extend(amiss.map(|what| format!("{name} {what}")));
    }
    ledger::add("deadlines", &lines)?;
    // Twice: what the first round leaves is warm, what the second adds to it is a leak.
    let mut left = Vec::new();
    for _ in 0..2 {
        let ended = probe::all(&standing, AT_ONCE).await?;
        wrong.extend(
            ended.into_iter().filter_map(|one| Some(format!("{} {}, one of many", one.name, one.amiss?))),
        );
        left.push(Held::settled(&before, Duration::from_secs(10)).await?);
    }
    for held in &left {
        println!("{held}, after {} calls at once", 2 * AT_ONCE * PROBES.len());
        wrong.extend(held.more_than(&before));
    }
    if let [first, second] = left.as_slice()
        && second.memory_kb > first.memory_kb + SPREAD_KB
    {
        wrong.push(format!(
            "memory grew by {} kB from one round to the next",
            second.memory_kb - first.memory_kb
        ));
    }
    for sentence in &wrong {
        println!("{sentence}");
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
