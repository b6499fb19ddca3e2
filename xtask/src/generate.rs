//! `cargo xtask generate`: prints the methods and models of every other language from the core's one table. The printers
//! are a crate of their own, so that this program stays quick to build.

use anyhow::Result;
use std::process::Command;

use crate::Ended;
use crate::run::{Run, cargo, echoed, root};

/// The task; the arguments name languages, none means all.
pub(crate) fn task(languages: &[String]) -> Result<Ended> {
    let printed = echoed(&root()?, printers().args(languages))?;
    Ok(if printed { Ended::Well } else { Ended::Badly })
}

/// The step of `check`: what is committed is what would be printed.
pub(crate) fn step(run: &mut Run) -> Result<()> {
    run.step("generated code is up to date", printers().arg("--check"))?;
    Ok(())
}

fn printers() -> Command {
    cargo(["run", "--quiet", "-p", "cryptopay-generate", "--"])
}
