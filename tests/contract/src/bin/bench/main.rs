//! What the core and the sandbox cost, in one table: `cargo xtask bench rust`, always in release.
//!
//! Every figure comes from several timed batches after a warm-up, beside its budget or its peer in the same run.
//! It measures and does not judge: it ends with 0 also when a budget is missed, and the verdict says so. What is
//! measured stands in the other files; the rows are printed by `table`.
#![forbid(unsafe_code)]

mod batches;
mod calls;
mod crowd;
mod lanes;
mod memory;
mod node;
mod process;
mod samples;
mod serving;
mod signing;
mod table;

use anyhow::{Result, bail};
use table::Table;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {}
        // This program, started by itself: figures of one load alone need a process alone.
        ["answer"] => return lanes::answer(),
        ["load", who, lanes, address] => return lanes::load(who, lanes.parse()?, address),
        _ => bail!("this program takes no arguments"),
    }
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build: its figures say nothing, use cargo xtask bench");
    }
    let table = Table::begin()?;
    signing::rows(&table)?;
    calls::rows(&table)?;
    memory::rows(&table)?;
    crowd::rows(&table)?;
    serving::rows(&table)
}
