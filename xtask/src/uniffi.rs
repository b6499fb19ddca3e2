//! The library of Python, Kotlin and Swift as it is published, and its private binding as UniFFI prints it for one of them.
//! What each makes of the two is its own file's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{Run, cargo};

pub(crate) const LIBRARY: &str = "libcryptopay_uniffi.so";
/// The file beside a library for another machine that tells the commit it was built from.
pub(crate) const COMMIT: &str = "COMMIT";

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

/// A printed binding with each pattern replaced; one that is not found fails the build.
pub(crate) fn changed(printed: &str, changes: &[(&str, &str)]) -> Result<String> {
    let mut text = printed.to_owned();
    for (pattern, instead) in changes {
        if !text.contains(pattern) {
            bail!("the printed binding has no `{}` any more: look at CHANGES", pattern.trim());
        }
        text = text.replace(pattern, instead);
    }
    Ok(text)
}

/// What the library is called on the system of a target.
pub(crate) fn library(target: &str) -> Result<&'static str> {
    const NAMES: [(&str, &str); 3] = [
        ("-linux-", LIBRARY),
        ("-apple-", "libcryptopay_uniffi.dylib"),
        ("-windows-", "cryptopay_uniffi.dll"),
    ];
    match NAMES.iter().find(|(system, _)| target.contains(system)) {
        Some((_, name)) => Ok(name),
        None => bail!("packages are built for Linux, macOS and Windows, not for {target}"),
    }
}

/// The library for a target as another machine built it (`pack library`), where somebody laid it: the release's workflow does.
/// One that was built from other sources than those here is not taken.
pub(crate) fn elsewhere(root: &Path, target: &str) -> Result<Option<PathBuf>> {
    let folder = root.join("target/libraries").join(target);
    let built = folder.join(library(target)?);
    if !built.exists() {
        return Ok(None);
    }
    let told = fs::read_to_string(folder.join(COMMIT)).ok();
    if told.is_none() || told != commit(root)? {
        println!("  target/libraries/{target} was built from other sources: it is left out");
        return Ok(None);
    }
    Ok(Some(built))
}

/// The commit that the sources are of; none where they differ from it.
pub(crate) fn commit(root: &Path) -> Result<Option<String>> {
    let git = |arguments: &[&str]| -> Result<Option<String>> {
        let said = Command::new("git").current_dir(root).args(arguments).output();
        let said = said.context("git cannot be started")?;
        Ok(said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned()))
    };
    match git(&["status", "--porcelain"])? {
        Some(changes) if changes.is_empty() => git(&["rev-parse", "HEAD"]),
        _ => Ok(None),
    }
}

/// The sandbox that was built with them.
pub(crate) fn sandbox(root: &Path) -> PathBuf {
    root.join("target/debug/cryptopay-sandbox")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_has_the_name_of_its_system() {
        assert_eq!(library("aarch64-unknown-linux-musl").unwrap(), "libcryptopay_uniffi.so");
        assert_eq!(library("x86_64-pc-windows-msvc").unwrap(), "cryptopay_uniffi.dll");
        assert!(library("x86_64-unknown-freebsd").unwrap_err().to_string().contains("freebsd"));
    }
}
