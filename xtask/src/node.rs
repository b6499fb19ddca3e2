//! The part `npm` of the tests: the wasm, the package built from it, its own tests, and its tarball in empty projects.

use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::files::emptied;
use crate::ledger::deadlines;
use crate::run::{Run, cargo};

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    run.step("types, lint and format", &mut npm(&run.root, &["run", "check"]))?;
    run.step("tests in Node", &mut npm(&run.root, &["test"]))?;
    run.step("the package's manifest", &mut npm(&run.root, &["run", "check:package"]))?;
    run.step("the tarball in empty projects", &mut npm(&run.root, &["run", "test:package"]))?;
    Ok(())
}

/// The same payouts as in Rust, made by the package, spread over the worlds; a part of the part `chaos`.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    run.step(&format!("{payouts} payouts from Node"), &mut weather(run, "node", payouts))?;
    deadlines::made(run, "node", Command::new("node").args(["--test", "npm/tests/deadlines.test.mjs"]))
}

/// The program that makes the payouts in Node or in a page.
pub(crate) fn weather(run: &Run, place: &str, payouts: &str) -> Command {
    let mut chaos = Command::new("node");
    // Seeds change the limit, the clocks and the pauses: four are every combination of them.
    let seeds = if run.named { "4" } else { "2" };
    chaos.args(["npm/scripts/chaos.mjs", "--in", place, "--payouts", payouts, "--seeds", seeds]);
    chaos.env("CRYPTOPAY_SANDBOX_BINARY", "target/debug/cryptopay-sandbox");
    chaos
}

/// Measures the package beside its peers: node:crypto, bare node:http, and another payment SDK.
pub(crate) fn bench(run: &mut Run) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !packed(run)? || !pure(run)? {
        return Ok(());
    }
    run.step("the npm package in Node", &mut npm(&run.root, &["run", "bench"]))?;
    Ok(())
}

/// Puts the tarball under `target/packages/npm`.
pub(crate) fn pack(run: &mut Run) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !packed(run)? {
        return Ok(());
    }
    let packages = run.root.join("target/packages/npm");
    emptied(&packages)?;
    let mut pack = Command::new("npm");
    pack.args(["pack", "./npm", "--silent", "--pack-destination"]).arg(&packages);
    if !run.step("the tarball", &mut pack)? {
        return Ok(());
    }
    for entry in fs::read_dir(&packages)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        println!("  target/packages/npm/{} {bytes} bytes", name.to_string_lossy());
    }
    Ok(())
}

/// Tells the demo's story in Node.
pub(crate) fn demo(run: &mut Run) -> Result<()> {
    story(run, &["node"], "the story in Node", &["npm/demo/node.mjs"])
}

/// Tells it in a page, which is driven and photographed.
pub(crate) fn page(run: &mut Run, how: &[&str]) -> Result<()> {
    story(run, &["node", "chromium"], "a checkout in a page", &[&["npm/demo/browser.mjs"], how].concat())
}

fn story(run: &mut Run, needs: &[&str], name: &str, words: &[&str]) -> Result<()> {
    let here: Vec<bool> = needs.iter().chain(&["wasm32"]).map(|tool| run.has(tool)).collect();
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    let mut node = Command::new("node");
    node.args(words).env("CRYPTOPAY_SANDBOX_BINARY", "target/debug/cryptopay-sandbox");
    run.step(name, &mut node)?;
    Ok(())
}

/// Builds the wasm, the package, and the sandbox that its tests talk to; once in a run, for all parts that need them.
pub(crate) fn built(run: &mut Run) -> Result<bool> {
    static BUILT: OnceLock<()> = OnceLock::new();
    if BUILT.get().is_some() {
        return Ok(true);
    }
    let well = build(run)?;
    if well {
        let _ = BUILT.set(());
    }
    Ok(well)
}

fn build(run: &mut Run) -> Result<bool> {
    Ok(packed(run)?
        && pure(run)?
        && run.step("the sandbox", &mut cargo(["build", "-p", "cryptopay-sandbox"]))?)
}

fn pure(run: &mut Run) -> Result<bool> {
    run.step(
        "the wasm with what only vectors and measurements ask for",
        &mut npm(&run.root, &["run", "wasm:pure"]),
    )
}

/// Builds what is published: the wasm, and the package around it.
fn packed(run: &mut Run) -> Result<bool> {
    // Not `npm ci`, which begins with removing what is there.
    Ok(run.step(
        "what the package is built with",
        &mut npm(&run.root, &["install", "--no-save", "--no-audit", "--no-fund"]),
    )? && run.step("the wasm", &mut npm(&run.root, &["run", "wasm"]))?
        && run.step("the package", &mut npm(&run.root, &["run", "build"]))?)
}

/// A command of the package; its tests find the workspace's sandbox.
pub(crate) fn npm(root: &Path, arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["--prefix", "npm"]).args(arguments);
    npm.env("CRYPTOPAY_SANDBOX_BINARY", root.join("target/debug/cryptopay-sandbox"));
    npm
}
