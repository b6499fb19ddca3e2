//! `cargo xtask mutants [file…]`: breaks one expression after the other in the core and asks whether a test of the core or the
//! contract notices. What survives is a hole in the tests, or changes nothing that can be seen: then it stands with its reason
//! in `.cargo/mutants.toml`.

use std::process::Command;

use anyhow::Result;

use crate::Ended;
use crate::ledger;
use crate::run::{Run, echoed};
use crate::tools;

/// Where a mistake moves money: signing, what an answer means, when and what is sent again, callbacks.
const FILES: [&str; 14] = [
    "core/src/sign.rs",
    "core/src/secret.rs",
    "core/src/status.rs",
    "core/src/classify.rs",
    "core/src/retry.rs",
    "core/src/retry_after.rs",
    "core/src/callback.rs",
    "core/src/callback/**",
    "core/src/event.rs",
    "core/src/url.rs",
    "core/src/call.rs",
    "core/src/call/**",
    "core/src/clock.rs",
    "core/src/pager.rs",
];

/// The core's own tests, without the ones that ask a million times and those of JSON and dates, of which no file is broken.
const BY_CORE: [&str; 10] = [
    "--no-default-features",
    "--minimum-test-timeout=60",
    // Without it all that tests or shows the core is built for each.
    "--cargo-arg=--lib",
    "--",
    "--",
    "--skip=storm",
    "--skip=simulation",
    "--skip=json::tests",
    "--skip=date::tests",
    "--quiet",
];
/// Only what was not noticed before.
const BY_CONTRACT: [&str; 6] = [
    "--iterate",
    // Without a mutant it would look for the contract's tests in the core.
    "--baseline=skip",
    "--timeout=60",
    "--test-package=cryptopay-contract",
    "--cargo-arg=--test=transcripts",
    "--cargo-arg=--test=vectors",
];

/// The task.
pub(crate) fn task(files: &[String]) -> Result<Ended> {
    let mut run = Run::new(true)?;
    if let Some(file) = files.iter().find(|file| !run.root.join(file).is_file()) {
        return Ok(Ended::Misused(format!(
            "there is no file `{file}`: name one of the core, such as {}",
            FILES[0]
        )));
    }
    if !run.has("cargo-mutants") {
        return Ok(Ended::Badly);
    }
    let named = files.iter().map(String::as_str);
    let chosen: Vec<&str> = if files.is_empty() { FILES.to_vec() } else { named.collect() };
    let mutants = |arguments: &[&str]| {
        let mut command = Command::new(tools::installed(&run.root, "cargo-mutants"));
        command.args(["mutants", "--package", "cryptopay-core", "--no-shuffle", "--output", "target"]);
        chosen.iter().for_each(|file| {
            command.args(["--file", file]);
        });
        command.args(arguments);
        // Each run works in a new copy of the tree: outside of it the dependencies are built once and stay.
        command.env("CARGO_TARGET_DIR", run.root.join("target/mutants"));
        // Nobody looks at a mutant with a debugger.
        command.env("CARGO_PROFILE_DEV_DEBUG", "false");
        command
    };
    let (mut by_core, mut by_contract) = (mutants(&BY_CORE), mutants(&BY_CONTRACT));
    // What the core's own tests do not notice is given to the contract, which takes longer to build.
    if !echoed(&run.root, &mut by_core)? {
        // The contract writes down what it did, and a test that fails unbroken would seem to notice everything.
        ledger::begin(&run.root)?;
        let mut unbroken = Command::new("cargo");
        unbroken.args([
            "test",
            "--quiet",
            "--package=cryptopay-contract",
            "--test=transcripts",
            "--test=vectors",
        ]);
        if !run.step("the contract notices nothing where nothing is broken", &mut unbroken)? {
            return Ok(Ended::Badly);
        }
        run.step("what the core does not notice, the contract does", &mut by_contract)?;
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}
