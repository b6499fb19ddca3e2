//! `cargo xtask demo`: tells the main story against a sandbox of its own, and ends with 0 only if every step did what it
//! says. Without a name it is the core's and needs Rust and nothing else; a language is named.

use std::process::Command;

use anyhow::Result;

use crate::run::{Run, cargo, dim, echoed, root};
use crate::{Ended, node, python};

/// The languages that tell the story by name.
static LANGUAGES: [(&str, Tell); 3] =
    [("node", node::demo), ("browser", |run| node::page(run, &[])), ("python", python::demo)];
type Tell = fn(&mut Run) -> Result<()>;

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

/// The part of the tests: the same demos.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if run.step("the demo is built", &mut demo("build"))? {
        run.step("the demo tells its story to the end", demo("run").arg("--quiet"))?;
    }
    node::demo(run)?;
    node::page(run, &["--headless"])?;
    python::demo(run)
}

fn rust() -> Result<Ended> {
    println!("{}", dim("the first build takes a few minutes; after that the story begins at once"));
    // Built apart from the run, so that cargo shows its progress but stays out of the story.
    let told = echoed(&root()?, &mut demo("build"))? && echoed(&root()?, demo("run").arg("--quiet"))?;
    Ok(if told { Ended::Well } else { Ended::Badly })
}

fn demo(verb: &str) -> Command {
    cargo([verb, "-p", "cryptopay-core", "--example", "demo"])
}
