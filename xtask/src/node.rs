//! The part `npm` of the tests: the wasm, the package built from it, its own tests, and its tarball in empty projects.

use anyhow::Result;
use std::process::Command;

use crate::run::{Run, cargo};

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    run.step("types, lint and format", &mut npm(&["run", "check"]))?;
    let sandbox = run.root.join("target/debug/cryptopay-sandbox");
    run.step("the sandbox", &mut cargo(["build", "-p", "cryptopay-sandbox"]))?;
    run.step("tests in Node", npm(&["test"]).env("CRYPTOPAY_SANDBOX_BIN", &sandbox))?;
    run.step("the package's manifest", &mut npm(&["run", "check:package"]))?;
    run.step(
        "the tarball in empty projects",
        npm(&["run", "test:package"]).env("CRYPTOPAY_SANDBOX_BIN", &sandbox),
    )?;
    Ok(())
}

/// The same payouts as in Rust, made by the package, spread over the worlds; a part of the part `chaos`.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    let sandbox = ["build", "-p", "cryptopay-sandbox"];
    if here.contains(&false) || !built(run)? || !run.step("the sandbox", &mut cargo(sandbox))? {
        return Ok(());
    }
    let mut chaos = Command::new("node");
    // Seeds change the limit, the clocks and the pauses: four are every combination of them.
    let seeds = if run.named { "4" } else { "2" };
    chaos.args(["npm/scripts/chaos.mjs", "--payouts", payouts, "--seeds", seeds]);
    chaos.env("CRYPTOPAY_SANDBOX_BIN", "target/debug/cryptopay-sandbox");
    run.step(&format!("{payouts} payouts from Node"), &mut chaos)?;
    Ok(())
}

/// Builds the wasm and the package.
pub(crate) fn built(run: &mut Run) -> Result<bool> {
    // Not `npm ci`: the lock file names only what this platform can install, and `ci` insists on the others too.
    Ok(run.step(
        "what the package is built with",
        &mut npm(&["install", "--no-save", "--no-audit", "--no-fund"]),
    )? && run.step("the wasm", &mut npm(&["run", "wasm"]))?
        && run.step("the package", &mut npm(&["run", "build"]))?)
}

pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["--prefix", "npm"]).args(arguments);
    npm
}
