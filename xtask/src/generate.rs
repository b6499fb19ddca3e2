//! `cargo xtask generate`: prints the methods and models of every other language, and what else comes from the core's tables.
//! The printers are a crate of their own, so that this program stays quick to build.

use anyhow::Result;
use std::process::Command;

use crate::Ended;
use crate::run::{Run, cargo, echoed, root};

/// The parts, as the printers name them, and what each prints.
pub(crate) const PARTS: [(&str, &str); 7] = [
    ("kotlin", "methods and models of the Kotlin package"),
    ("notices", "THIRD-PARTY.md: what the packages say about the work of others"),
    ("openapi", "core/openapi.json"),
    ("python", "methods and models of the Python package"),
    ("statuses", "core/docs/statuses.md"),
    ("swift", "methods and models of the Swift package"),
    ("typescript", "methods and models of the npm package"),
];

/// The task; the arguments name parts, none means all.
pub(crate) fn task(parts: &[String]) -> Result<Ended> {
    let printed = echoed(&root()?, printers().args(parts))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_of_the_printers() {
        let printers = include_str!("../generate/src/main.rs");
        let table = printers.split_once("const PARTS").unwrap().1.split_once("];").unwrap().0;
        let names: Vec<&str> = table
            .lines()
            .filter_map(|line| line.trim().strip_prefix("(\""))
            .filter_map(|line| Some(line.split_once('"')?.0))
            .collect();
        assert_eq!(names, PARTS.map(|(name, _)| name));
    }
}
