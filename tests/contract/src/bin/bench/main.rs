//! What the core and the sandbox cost, in one table: `cargo xtask bench`, always in release.
//!
//! Every figure is the median of several timed batches after a warm-up, beside its budget or its peer in the same run.
//! It measures and does not judge: it ends with 0 also when a budget is missed, and the verdict says so. What is
//! measured stands in the other files; the rows are printed by `table`.
#![forbid(unsafe_code)]

mod batches;
mod calls;
mod node;
mod samples;
mod serving;
mod signing;
mod table;

use anyhow::Result;

fn main() -> Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build: its figures say nothing, use cargo xtask bench");
    }
    table::head();
    signing::rows()?;
    calls::rows()?;
    serving::rows()
}
