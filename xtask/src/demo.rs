//! `cargo xtask demo`: builds and runs the demo of the core, which starts its own sandbox and ends with 0 only if every
//! step did what it says. It needs Rust and nothing else.

use std::process::Command;

use anyhow::Result;

use crate::Ended;
use crate::run::{Run, cargo, dim, echoed, root};

/// The task.
pub(crate) fn task(_: &[String]) -> Result<Ended> {
    println!("{}", dim("the first build takes a few minutes; after that the story begins at once"));
    // Built apart from the run, so that cargo shows its progress but stays out of the story.
    let told = echoed(&root()?, &mut demo("build"))? && echoed(&root()?, demo("run").arg("--quiet"))?;
    Ok(if told { Ended::Well } else { Ended::Badly })
}

/// The part of the tests: the same demo.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if run.step("the demo is built", &mut demo("build"))? {
        run.step("the demo tells its story to the end", demo("run").arg("--quiet"))?;
    }
    Ok(())
}

fn demo(verb: &str) -> Command {
    cargo([verb, "-p", "cryptopay-core", "--example", "demo"])
}
