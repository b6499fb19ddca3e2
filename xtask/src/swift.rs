//! Everything about the Swift package: its part of the tests, its demo, its measurements, what would be published.
//! The library is the one that is published; the tests run over it in language mode 5, the packed package in mode 6.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::files::written;
use crate::ledger::deadlines;
use crate::run::Run;
use crate::tools;
use crate::uniffi::{LIBRARY, bindings, sandbox};

mod binding;
mod docs;
mod pack;
mod readme;
mod toolchain;

pub(crate) use pack::pack;

const PACKAGE: &str = "bindings-uniffi/swift";
/// What is formatted and linted; what is printed is not.
const SOURCES: [&str; 7] = [
    "bindings-uniffi/swift/Package.swift",
    "bindings-uniffi/swift/Packaging",
    "bindings-uniffi/swift/Sources/CryptopayClient",
    "bindings-uniffi/swift/Tests",
    "bindings-uniffi/swift/Examples",
    "bindings-uniffi/swift/Bench",
    "tests/packaging/swift",
];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    let mut format = toolchain::inside(&run.root, Path::new("swift"));
    format.args(["format", "lint", "--strict", "--recursive", "--parallel", "--configuration"]);
    format.arg(run.root.join(PACKAGE).join(".swift-format"));
    format.args(SOURCES.map(|path| run.root.join(path)));
    run.step("format and lints", &mut format)?;
    let mut test = swift(run, "test", "5");
    // The other test library has no test here, and would close the output by saying so.
    test.arg("--disable-swift-testing");
    if !run.step("tests in Swift", sandboxed(run, &mut test))? {
        return Ok(());
    }
    if pack::packed(run)? {
        pack::consumer(run)?;
    }
    Ok(())
}

/// Tells the demo's story in Swift.
pub(crate) fn demo(run: &mut Run) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    let mut build = swift(run, "build", "5");
    if run.step("the story is compiled", build.args(["--product", "demo"]))? {
        run.step("the story in Swift", sandboxed(run, &mut program(run, "5/debug/demo")))?;
    }
    Ok(())
}

/// Measures the package beside the bare transport.
pub(crate) fn bench(run: &mut Run) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    let mut build = swift(run, "build", "5");
    build.args(["--configuration", "release", "--product", "bench"]);
    if run.step("the measurements are compiled", &mut build)? {
        run.step("calls in Swift", &mut program(run, "5/release/bench"))?;
    }
    Ok(())
}

/// Leaves the documentation in `target/docs/swift`.
pub(crate) fn docs(run: &mut Run) -> Result<()> {
    docs::made(run)
}

/// The part `chaos`: the payouts, and the calls whose server misbehaves unless the tests have made them.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    let mut build = swift(run, "build", "5");
    if run.step("the payouts are compiled", build.args(["--product", "payouts"]))? {
        let mut chaos = program(run, "5/debug/payouts");
        let chaos = sandboxed(run, chaos.args(["--payouts", payouts]));
        run.step(&format!("{payouts} payouts in Swift, in all worlds"), chaos)?;
    }
    let mut calls = swift(run, "test", "5");
    calls.args(["--disable-swift-testing", "--filter", "WireTests"]);
    sandboxed(run, &mut calls);
    deadlines::made(run, "swift", &mut calls)
}

/// Builds the library and prints the private binding where the package looks for it. False: a tool is missing.
fn built(run: &mut Run) -> Result<bool> {
    // The tree has libcurl too.
    if !run.has("swift") || (tools::swift_tree(&run.root).is_none() && !run.has("libcurl")) {
        return Ok(false);
    }
    let printed = run.root.join("target/swift/binding");
    if bindings(run, "swift", &printed)?.is_none() {
        return Ok(false);
    }
    let sources = run.root.join(PACKAGE).join("Sources");
    let binding = printed.join("cryptopay.swift");
    let text = fs::read_to_string(&binding).with_context(|| format!("cannot read {}", binding.display()))?;
    place(binding::changed(&text)?.as_bytes(), &sources.join("CryptopayNative/cryptopay.swift"))?;
    for (from, to) in [("h", "cryptopayFFI.h"), ("modulemap", "module.modulemap")] {
        let from = printed.join("cryptopayFFI").with_extension(from);
        let bytes = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        place(&bytes, &sources.join("cryptopayFFI").join(to))?;
    }
    let readme = run.root.join(PACKAGE).join("README.md");
    let text = fs::read_to_string(&readme).with_context(|| format!("cannot read {}", readme.display()))?;
    let printed = run.root.join(PACKAGE).join("Tests/CryptopayClientTests/Printed/Readme.swift");
    place(readme::tests(&text)?.as_bytes(), &printed)?;
    Ok(true)
}

/// Writes a file, unless the same is there: what did not change is not built again.
fn place(bytes: &[u8], to: &Path) -> Result<()> {
    if fs::read(to).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    written(to, bytes)
}

/// A command of the package manager in a language mode, which has a build folder of its own. Everything is checked, and
/// nothing is only warned of.
fn swift(run: &Run, what: &str, mode: &str) -> Command {
    let library = run.root.join("target/release");
    let mut command = toolchain::package_manager(&run.root, what, mode);
    command.arg("--package-path").arg(run.root.join(PACKAGE));
    command.args(["-Xlinker", "-L"]).arg("-Xlinker").arg(&library);
    command.args(["-Xlinker", "-rpath"]).arg("-Xlinker").arg(&library);
    command
}

/// A program that was built, by its place under the build folders.
fn program(run: &Run, place: &str) -> Command {
    toolchain::inside(&run.root, &run.root.join("target/swift").join(place))
}

fn sandboxed<'a>(run: &Run, command: &'a mut Command) -> &'a mut Command {
    // Panics are provoked in some tests; where they come from is of no interest.
    command.env("RUST_BACKTRACE", "0").env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root))
}
