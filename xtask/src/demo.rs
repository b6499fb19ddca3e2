//! `cargo xtask demo`: builds and runs the demo of the core, which starts its own sandbox and ends with 0 only if every
//! step did what it says. It needs Rust and nothing else.

use std::process::Command;

use anyhow::Result;

use crate::run::{Run, cargo, dim, echoed, root};
use crate::{Ended, python};

/// The languages that tell the story by name.
static LANGUAGES: [(&str, Task); 1] = [("python", python::demo)];
type Task = fn(&mut Run) -> Result<()>;

/// The task: in Rust, or in the languages that are named.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    if names.is_empty() {
        return rust();
    }
    let mut run = Run::new(true)?;
    for name in names {
        let Some((_, tell)) = LANGUAGES.iter().find(|(known, _)| known == name) else {
            let all = LANGUAGES.map(|(name, _)| name).join(", ");
            return Ok(Ended::Misused(format!("`demo` has no part `{name}`: beside Rust's there are {all}")));
        };
        tell(&mut run)?;
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}

fn rust() -> Result<Ended> {
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
