//! Prints what a package has to say about licences: ours, as copies of the root's, and those of the crates that are built into
//! the library beneath Python, Kotlin and Swift, and into the wasm. Where a crate leaves a choice, it is made here.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is taken of a choice, best first: what we ship anyway, then what asks for least.
const TAKEN: [&str; 4] = ["Apache-2.0", "MIT", "Unicode-3.0", "MPL-2.0"];
/// The files of a crate that hold the text of a licence; Apache's lies beside what is printed here, and Mozilla's asks for the
/// place of the sources alone.
const TEXTS: [(&str, &[&str]); 2] =
    [("MIT", &["LICENSE-MIT", "LICENSE"]), ("Unicode-3.0", &["LICENSE-UNICODE"])];
/// Each crate that is built for others, what it is built for, and where its page goes.
const BUILT: [(&str, &[&str], &[&str]); 2] = [
    (
        "cryptopay-uniffi",
        &[
            "x86_64-unknown-linux-gnu",
            "x86_64-unknown-linux-musl",
            "aarch64-unknown-linux-gnu",
            "aarch64-unknown-linux-musl",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
            "x86_64-pc-windows-msvc",
            "aarch64-pc-windows-msvc",
        ],
        &["bindings-uniffi/THIRD-PARTY.md", "bindings-uniffi/python/THIRD-PARTY.md"],
    ),
    ("cryptopay-wasm", &["wasm32-unknown-unknown"], &["npm/THIRD-PARTY.md"]),
];
/// Our own, in the root and in each folder that is published by itself.
const OURS: [(&str, &[&str]); 2] = [
    (
        "LICENSE-APACHE",
        &[
            "core/LICENSE-APACHE",
            "sandbox/LICENSE-APACHE",
            "npm/LICENSE-APACHE",
            "bindings-uniffi/python/LICENSE-APACHE",
        ],
    ),
    (
        "LICENSE-MIT",
        &["core/LICENSE-MIT", "sandbox/LICENSE-MIT", "npm/LICENSE-MIT", "bindings-uniffi/python/LICENSE-MIT"],
    ),
];

/// All of them.
pub(crate) fn files() -> Result<Vec<(&'static str, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no workspace")?;
    let mut files = Vec::new();
    for (name, copies) in OURS {
        let text = std::fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))?;
        files.extend(copies.iter().map(|copy| (*copy, text.clone())));
    }
    let known: Value = serde_json::from_str(&said(root, &["metadata", "--format-version", "1"])?)?;
    for (package, targets, pages) in BUILT {
        let text = page(&crates(root, package, targets)?, &known)?;
        files.extend(pages.iter().map(|page| (*page, text.clone())));
    }
    Ok(files)
}

/// Name, version and licences of every crate that is linked into a package; ours are not among them.
fn crates(root: &Path, package: &str, targets: &[&str]) -> Result<BTreeSet<[String; 3]>> {
    let mut tree = vec!["tree", "--package", package, "--edges", "normal,no-proc-macro"];
    tree.extend(["--prefix", "none", "--no-dedupe", "--format", "{p}\t{l}"]);
    tree.extend(targets.iter().flat_map(|target| ["--target", target]));
    let told = said(root, &tree)?;
    let mut crates = BTreeSet::new();
    for line in told.lines().filter(|line| !line.is_empty()) {
        let (name, licences) = line.split_once('\t').context("cargo tree tells no licence")?;
        // Of ours, the folder is told too.
        if let [name, version] = name.split(' ').collect::<Vec<_>>()[..] {
            let version = version.trim_start_matches('v');
            crates.insert([name.to_owned(), version.to_owned(), licences.to_owned()]);
        }
    }
    Ok(crates)
}

fn page(crates: &BTreeSet<[String; 3]>, known: &Value) -> Result<String> {
    let mut text = "# What others wrote\n\n\
        <!-- Printed from Cargo.lock by `cargo xtask generate notices`. -->\n\n\
        What is compiled in this package is built from these crates too, each unchanged, under the licence named here: Apache-2.0 is the text in \
        LICENSE-APACHE, MPL-2.0 is at <https://www.mozilla.org/MPL/2.0/>, and the others follow. A link leads to the sources. Rust's standard \
        library, by the Rust Project's developers, is under Apache-2.0 too: <https://github.com/rust-lang/rust>.\n\n\
        | crate | licence | sources |\n\
        | --- | --- | --- |\n"
        .to_owned();
    let mut texts = String::new();
    for [name, version, licences] in crates {
        let taken = taken(licences).with_context(|| format!("{name} {version}"))?;
        let sources = format!("https://crates.io/crates/{name}/{version}");
        text += &format!("| {name} {version} | {} | <{sources}> |\n", taken.join(", "));
        let folder = folder(known, name, version)?;
        let asked = TEXTS.iter().filter(|(licence, _)| taken.contains(licence));
        for (licence, names) in asked {
            let held = names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok());
            let held =
                held.with_context(|| format!("{name} {version} has no file with the text of {licence}"))?;
            texts += &section(&format!("{name} {version}: {licence}"), &held);
        }
        if let Ok(notice) = std::fs::read_to_string(folder.join("NOTICE")) {
            texts += &section(&format!("{name} {version}: notice"), &notice);
        }
    }
    Ok(text + &texts)
}

fn section(heading: &str, text: &str) -> String {
    format!("\n## {heading}\n\n```text\n{}\n```\n", text.replace('\r', "").trim_matches('\n'))
}

/// The licences to keep to, of an expression such as `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn taken(licences: &str) -> Result<Vec<&'static str>> {
    let mut all = Vec::new();
    for part in licences.split(" AND ") {
        let choice: Vec<&str> = part.trim_matches(['(', ')']).split(" OR ").collect();
        match TAKEN.iter().find(|licence| choice.contains(licence)) {
            Some(licence) => all.push(*licence),
            None => bail!("nobody decided yet whether `{part}` may be taken: see TAKEN"),
        }
    }
    Ok(all)
}

/// Where the sources of a crate are.
fn folder(known: &Value, name: &str, version: &str) -> Result<PathBuf> {
    let packages = known["packages"].as_array().context("cargo metadata tells no packages")?;
    let package = packages.iter().find(|package| package["name"] == name && package["version"] == version);
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    folder.map(Path::to_owned).with_context(|| format!("cargo metadata does not tell where {name} is"))
}

/// What cargo says.
fn said(root: &Path, question: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = Command::new(cargo).current_dir(root).args(question).output();
    let told = told.context("cargo cannot be started")?;
    if !told.status.success() {
        bail!("cargo {} failed: {}", question.join(" "), String::from_utf8_lossy(&told.stderr));
    }
    Ok(String::from_utf8(told.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_choice_one_licence_is_taken_and_of_a_sum_each() {
        assert_eq!(taken("Unlicense OR MIT").unwrap(), ["MIT"]);
        assert_eq!(taken("MIT OR Apache-2.0 OR LGPL-2.1-or-later").unwrap(), ["Apache-2.0"]);
        assert_eq!(taken("(MIT OR Apache-2.0) AND Unicode-3.0").unwrap(), ["Apache-2.0", "Unicode-3.0"]);
    }

    #[test]
    fn a_licence_that_nobody_decided_about_is_refused() {
        for unknown in ["GPL-3.0-only", "MIT AND GPL-3.0-only", ""] {
            assert!(taken(unknown).is_err(), "{unknown}");
        }
    }
}
