//! The part `check`: what can be said of the code without running it (and the tests of this program itself).
//! Every step runs even if one before it failed, so that one run tells everything.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{Run, cargo};
use crate::{Ended, generate, test, tools};

/// `cargo xtask check`: the part `check` of the tests, by itself.
pub(crate) fn task(_: &[String]) -> Result<Ended> {
    test::task(&["check".to_owned()])
}

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if run.has("rustfmt") {
        run.step("formatting", &mut cargo(["fmt", "--all", "--check"]))?;
    }
    if run.has("clippy") {
        let lints = cargo(["clippy", "--workspace", "--all-targets"]);
        run.step("lints", ours(lints).args(["--", "-D", "warnings"]))?;
        // The core is used without its defaults by the bindings, and by Rust programs that bring their own transport. With
        // its default alone it is built by `cargo xtask pack`, as its users build it.
        let bare = ["clippy", "-p", "cryptopay-core", "--no-default-features"];
        run.step("core without features", cargo(bare).args(["--", "-D", "warnings"]))?;
        for feature in features(&run.root.join("core/Cargo.toml"))? {
            let name = format!("core with {feature} alone");
            run.step(&name, cargo(bare).args(["--features", &feature, "--", "-D", "warnings"]))?;
        }
    }
    if run.has("wasm32") {
        let target = ["--no-default-features", "--target", "wasm32-unknown-unknown"];
        run.step("core for wasm", cargo(["build", "-p", "cryptopay-core"]).args(target))?;
    }
    generate::step(run)?;
    let tools = ["test", "--quiet", "-p", "xtask", "-p", "cryptopay-generate"];
    run.step("tests of the task list and of the printers", &mut cargo(tools))?;
    // With the examples, what the crates stand on is what was built for the lints.
    let docs = cargo(["doc", "--workspace", "--no-deps", "--lib", "--examples"]);
    run.step("docs", ours(docs).env("RUSTDOCFLAGS", "-D warnings"))?;
    if run.has("cargo-deny") {
        let mut deny = Command::new(tools::installed(&run.root, "cargo-deny"));
        run.step(
            "dependencies",
            deny.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
        )?;
    }
    if run.has("zizmor") {
        let mut zizmor = Command::new(tools::installed(&run.root, "zizmor"));
        run.step("workflows", zizmor.args(["--offline", "--no-progress", "--quiet", ".github"]))?;
    }
    Ok(())
}

/// Without the crates that only start somebody else's program: what they stand on takes a minute to check, and the parts that need
/// them build them anyway.
fn ours(mut all: Command) -> Command {
    all.args(["--exclude", "cryptopay-uniffi-bindgen", "--exclude", "cryptopay-wasm-runner"]);
    all
}

/// The features that a manifest names beside its defaults, so that a new one is checked without anybody thinking of it.
fn features(manifest: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let names = named_features(&text);
    if names.is_empty() {
        bail!("{} has no [features] with a name in it", manifest.display());
    }
    Ok(names)
}

fn named_features(manifest: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|line| line.trim() != "[features]").skip(1);
    let default = manifest.lines().find(|line| line.starts_with("default = ")).unwrap_or_default();
    section
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with([' ', '#', ']']))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value))
        .filter(|(name, _)| name != "default" && !default.contains(&format!("\"{name}\"")))
        .map(|(name, _)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_but_the_defaults_is_checked_alone() {
        let manifest = "[package]\nname = \"x\"\n[features]\ndefault = [\"b\"]\nb = []\n# a comment = here\na = [\n  \"dep:b = c\",\n]\nlong-name = []\n\n[dependencies]\nserde = \"1\"\n";
        assert_eq!(named_features(manifest), ["a", "long-name"]);
    }

    #[test]
    fn the_core_has_features_to_check() {
        let manifest = crate::run::root().unwrap().join("core/Cargo.toml");
        assert!(features(&manifest).unwrap().contains(&"typed".to_owned()));
    }
}
