//! `cargo xtask demo`: builds and runs the demo of the core, which starts its own sandbox and ends with 0 only if every
//! step did what it says. It needs Rust and nothing else.

use anyhow::Result;

use crate::Ended;
use crate::run::{Run, cargo, dim, echoed};

/// The task.
pub(crate) fn task(_: &[String]) -> Result<Ended> {
    println!("{}", dim("the first build takes a minute or two; after that the story begins at once"));
    let told = echoed(&crate::run::root()?, &mut story())?;
    Ok(if told { Ended::Well } else { Ended::Badly })
}

/// The part of the tests: the same demo.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    run.step("the demo tells its story to the end", &mut story())?;
    Ok(())
}

fn story() -> std::process::Command {
    cargo(["run", "--quiet", "-p", "cryptopay-core", "--example", "demo"])
}
