//! What this process has used so far, as Linux tells it: processor time of all its threads, and memory.

use std::fs;

use anyhow::{Context as _, Result};

/// Whether the system tells.
pub(crate) fn told() -> bool {
    cfg!(target_os = "linux")
}

/// The processor time of the threads that live, in µs.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn processor_us() -> Result<f64> {
    let mut ran = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        ran += ran_us(&text)?;
    }
    Ok(ran)
}

/// The first figure of a schedstat: how long it ran.
fn ran_us(schedstat: &str) -> Result<f64> {
    let nanoseconds: f64 = schedstat.split_whitespace().next().context("an empty schedstat")?.parse()?;
    Ok(nanoseconds / 1000.0)
}

/// The memory that it holds, or the most that it held (`VmRSS`, `VmHWM`), in KB.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn memory_kb(which: &str) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(which)).context("no such line in status")?;
    Ok(line.split_whitespace().nth(1).context("no figure in status")?.parse()?)
}
