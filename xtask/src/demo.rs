//! `cargo xtask demo`: tells the main story against a sandbox of its own, and ends with 0 only if every step did what it
//! says. Without a name it is the core's and needs Rust and nothing else; a language is named.

use std::process::Command;

use anyhow::Result;

use crate::named::{self, Part};
use crate::run::{Run, cargo, dim, echoed, root};
use crate::{Ended, kotlin, node, python, swift};

/// The languages that tell the story by name.
pub(crate) static PARTS: &[Part] = &[
    Part { name: "node", what: "from Node", run: node::demo },
    Part {
        name: "browser",
        what: "a checkout in a page, through the relay",
        run: |run| node::page(run, &[]),
    },
    Part { name: "python", what: "from Python", run: python::demo },
    Part { name: "kotlin", what: "from Kotlin", run: kotlin::demo },
    Part { name: "swift", what: "from Swift", run: swift::demo },
];

/// The task: in Rust, or in the languages that are named.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    if names.is_empty() { rust() } else { named::run("demo", PARTS, names, &[]) }
}

/// The part of the tests: the same demos.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if run.step("the demo is built", &mut demo("build"))? {
        run.step("the demo tells its story to the end", demo("run").arg("--quiet"))?;
    }
    node::demo(run)?;
    node::page(run, &["--headless"])?;
    python::demo(run)?;
    kotlin::demo(run)?;
    swift::demo(run)
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
