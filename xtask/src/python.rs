//! Everything about the Python package: its part of the tests, its payouts under faults, its demo and its measurements.
//!
//! The whole suite runs once, from the sources and with the oldest Python that the package takes, because what is missing
//! in an old Python is missed first there. The others run the installed wheel: every vector and transcript, and what a
//! Python itself may do differently (threads, forks, cancelling, types).

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

mod home;
mod wheel;

use crate::ledger::deadlines;
use crate::run::Run;
use crate::uniffi::{LIBRARY, bindings, sandbox};
use crate::{docs, ledger};
use home::{CHECKERS, FRAMEWORKS, Home, TESTED, others};
pub(crate) use wheel::pack;

const PACKAGE: &str = "bindings-uniffi/python";
const DEMO: &str = "examples/demo.py";
const PDOC: &str = "pdoc==16.0.0";
/// What the other versions of Python run of the suite.
const SMOKE: [&str; 9] =
    ["client", "crossing", "forks", "leaving", "readme", "signals", "stopping", "transcripts", "vectors"];
/// pdoc sees what a package holds when it is imported; some of ours is imported when it is first asked for.
const DOCUMENT: &str = "from cryptopay_client import *; from pdoc.__main__ import cli; cli()";
/// What users import. Of itself pdoc shows only what a package names in `__all__`.
const DOCUMENTED: [&str; 11] = [
    "cryptopay_client",
    "cryptopay_client.callbacks",
    "cryptopay_client.callbacks.django",
    "cryptopay_client.callbacks.flask",
    "cryptopay_client.callbacks.starlette",
    "cryptopay_client.fetch",
    "cryptopay_client.fetch.httpx",
    "cryptopay_client.fetch.reqwest",
    "cryptopay_client.generated.async_resources",
    "cryptopay_client.generated.models",
    "cryptopay_client.generated.resources",
];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, &[&FRAMEWORKS, &CHECKERS])? else { return Ok(()) };
    let package = run.root.join(PACKAGE);
    run.step("lint", home.program("ruff").args(["check", PACKAGE]))?;
    run.step("format", home.program("ruff").args(["format", "--check", PACKAGE]))?;
    let config = package.join("pyproject.toml");
    let source = package.join("src/cryptopay_client");
    run.step("types, by mypy", home.program("mypy").arg("--config-file").arg(&config).arg(source))?;
    if run.has("node") {
        let mut pyright = home.program("pyright");
        pyright.arg("--pythonpath").arg(home.0.join("bin/python")).arg("--project").arg(&config);
        run.step("types, by pyright", &mut pyright)?;
    }
    let mut suite = tests(run, &home);
    suite.arg(package.join("tests"));
    run.step("tests in Python", &mut sourced(run, suite))?;
    if let Some(wheel) = wheel::built(run)? {
        let sandbox = sandbox(&run.root);
        let mut check = home.program("python");
        check.arg("tests/packaging/python/check.py").arg(&wheel).arg(sandbox);
        run.step("the wheel in a clean environment", &mut check)?;
        for (version, python) in others(&home) {
            let other = Home(run.root.join(format!("target/python-{version}")));
            if other.made(run, &python, &TESTED)? && other.holds(run, &wheel)? {
                let mut smoke = tests(run, &other);
                smoke.args(SMOKE.map(|name| package.join(format!("tests/test_{name}.py"))));
                // One ledger a language: the whole suite's.
                smoke.env_remove(ledger::VARIABLE);
                run.step(&format!("the wheel in Python {version}"), &mut smoke)?;
            }
        }
    }
    Ok(())
}

/// The part `chaos`: the payouts, and the calls whose server misbehaves unless the suite has made them.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    let Some(home) = built(run, &[])? else { return Ok(()) };
    let mut chaos = home.program("python");
    chaos.arg(run.root.join(PACKAGE).join("tests/chaos/chaos.py")).args(["--payouts", payouts]);
    run.step(&format!("{payouts} payouts in Python, in all worlds"), &mut sourced(run, chaos))?;
    let mut calls = tests(run, &home);
    calls.arg(run.root.join(PACKAGE).join("tests/test_deadlines.py"));
    let mut calls = sourced(run, calls);
    deadlines::made(run, "python", &mut calls)
}

/// Tells the demo's story in Python.
pub(crate) fn demo(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, &[])? else { return Ok(()) };
    let mut demo = home.program("python");
    demo.arg(run.root.join(PACKAGE).join(DEMO));
    run.step("the story in Python", &mut sourced(run, demo))?;
    Ok(())
}

/// Prints the package's reference.
pub(crate) fn docs(run: &mut Run) -> Result<()> {
    let folder = docs::folder(run, "python")?;
    let Some(home) = built(run, &[&FRAMEWORKS, &[PDOC]])? else { return Ok(()) };
    let mut pdoc = home.program("python");
    pdoc.args(["-W", "error", "-c", DOCUMENT, "--output-directory"]).arg(folder).args(DOCUMENTED);
    run.step("reference of the Python package", &mut sourced(run, pdoc))?;
    Ok(())
}

/// Measures the package beside the bare transports, with the library as it is published.
pub(crate) fn bench(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, &[])? else { return Ok(()) };
    let mut bench = home.program("python");
    bench.arg(run.root.join(PACKAGE).join("bench/bench.py"));
    run.step("calls in Python", &mut sourced(run, bench))?;
    Ok(())
}

/// Makes a program of Python use the package's sources and the sandbox.
fn sourced(run: &Run, mut program: Command) -> Command {
    program.env("PYTHONPATH", run.root.join(PACKAGE).join("src"));
    program.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    program
}

/// The package's own tests, in as many processes as there are processors; which of them is for the caller to add.
fn tests(run: &Run, home: &Home) -> Command {
    let mut pytest = home.program("python");
    pytest
        .args(["-m", "pytest", "-q", "-n", "auto", "-c"])
        .arg(run.root.join(PACKAGE).join("pyproject.toml"));
    pytest.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    pytest
}

/// Builds the bindings and puts the package's environment together.
fn built(run: &mut Run, more: &[&[&str]]) -> Result<Option<Home>> {
    if !run.has("python") {
        return Ok(None);
    }
    let native = run.root.join(PACKAGE).join("src/cryptopay_client/_native");
    fs::create_dir_all(&native).with_context(|| format!("cannot make {}", native.display()))?;
    let Some(library) = bindings(run, "python", &native)? else { return Ok(None) };
    let home = Home(run.root.join("target/python"));
    let packages = [&[&TESTED[..]], more].concat().concat();
    if !home.made(run, Path::new("python3"), &packages)? {
        return Ok(None);
    }
    // A library that a process has loaded is not written over but replaced.
    let fresh = native.join("fresh");
    fs::copy(&library, &fresh)
        .and_then(|_| fs::rename(&fresh, native.join(LIBRARY)))
        .context("cannot copy the library")?;
    fs::write(native.join("__init__.py"), "from .cryptopay import *\n")
        .context("cannot write the binding's package")?;
    Ok(Some(home))
}
