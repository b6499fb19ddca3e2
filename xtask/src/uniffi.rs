//! The library of Python, Kotlin and Swift as it is published, and its private binding as UniFFI prints it for one of them.
//! What each makes of the two is its own file's.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run::{Run, cargo};

pub(crate) const LIBRARY: &str = "libcryptopay_uniffi.so";

/// Builds library and sandbox and prints the binding into a folder; where the library is, unless a step failed.
pub(crate) fn bindings(run: &mut Run, language: &str, folder: &Path) -> Result<Option<PathBuf>> {
    let tools = ["build", "-p", "cryptopay-uniffi-bindgen", "-p", "cryptopay-sandbox"];
    let published = ["build", "--release", "-p", "cryptopay-uniffi"];
    let library = run.root.join("target/release").join(LIBRARY);
    let mut print = Command::new(run.root.join("target/debug/uniffi-bindgen"));
    print.arg("generate").arg(&library);
    print.args(["--language", language, "--no-format", "--out-dir"]).arg(folder);
    let well = run.step("the sandbox, and what prints bindings", &mut cargo(tools))?
        && run.step("the library as it is published", &mut cargo(published))?
        && run.step("the private binding", &mut print)?;
    Ok(well.then_some(library))
}

/// The sandbox that was built with them.
pub(crate) fn sandbox(root: &Path) -> PathBuf {
    root.join("target/debug/cryptopay-sandbox")
}
