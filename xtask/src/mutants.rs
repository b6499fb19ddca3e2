//! `cargo xtask mutants [file…]`: breaks one expression after the other in the core and asks whether a test of the core or the
//! contract notices. What survives is a hole in the tests, or changes nothing that can be seen: then it stands with its reason
//! in `.cargo/mutants.toml`.

use std::process::Command;

use anyhow::Result;

use crate::Ended;
use crate::run::Run;
use crate::tools;

/// Where a mistake moves money: signing, what an answer means, when and what is sent again, callbacks.
const FILES: [&str; 13] = [
    "core/src/sign.rs",
    "core/src/secret.rs",
    "core/src/status.rs",
    "core/src/classify.rs",
    "core/src/retry.rs",
    "core/src/retry_after.rs",
    "core/src/callback.rs",
    "core/src/callback/**",
    "core/src/call/decide.rs",
    "core/src/call/same.rs",
    "core/src/call/pending.rs",
    "core/src/call/lookup.rs",
    "core/src/call/lookup/**",
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
    let mut mutants = Command::new(tools::installed(&run.root, "cargo-mutants"));
    mutants.args(["mutants", "--no-shuffle", "--output", "target/mutants"]);
    let named = files.iter().map(String::as_str);
    let chosen: Vec<&str> = if files.is_empty() { FILES.to_vec() } else { named.collect() };
    chosen.into_iter().for_each(|file| {
        mutants.args(["--file", file]);
    });
    let noticed = run.step("every broken line is noticed", &mut mutants)?;
    Ok(if noticed { Ended::Well } else { Ended::Badly })
}
