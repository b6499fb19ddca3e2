//! What each package is made of, as CycloneDX documents beside it: written by the tool of its own ecosystem.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::files::written;
use crate::run::Run;
use crate::tools::{installed, python_script, scripts};

/// The crates whose code ends up in a package: the two that are published, and what the other languages carry.
const CRATES: [(&str, &str); 4] = [
    ("core", "cryptopay-core"),
    ("sandbox", "cryptopay-sandbox"),
    ("bindings-wasm", "cryptopay-wasm"),
    ("bindings-uniffi", "cryptopay-uniffi"),
];

/// Writes them all; `source` is a copy of the sources, where tools may leave files.
pub(super) fn write(run: &mut Run, source: &Path, files: &Path) -> Result<()> {
    rust(run, source, files)?;
    npm(run, files)?;
    python(run, files)?;
    kotlin(run, source, files)?;
    valid(run, files)
}

/// Each is checked against the schema of its version, whoever wrote it.
fn valid(run: &mut Run, files: &Path) -> Result<()> {
    if !run.has("cyclonedx-py") {
        return Ok(());
    }
    let documents = super::names(files)?.into_iter().filter(|name| name.ends_with(".cdx.json"));
    let mut check = Command::new(scripts(&run.root).join("python"));
    check.arg(run.root.join("xtask/src/release/valid.py")).args(documents);
    run.step_in(files, "each is valid CycloneDX", &mut check)?;
    Ok(())
}

fn rust(run: &mut Run, source: &Path, files: &Path) -> Result<()> {
    if !run.has("cargo-cyclonedx") {
        return Ok(());
    }
    let mut tell = Command::new(installed(&run.root, "cargo-cyclonedx"));
    tell.args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--manifest-path"]);
    // The time of the commit, so that the same commit tells the same.
    tell.arg(source.join("Cargo.toml")).env("SOURCE_DATE_EPOCH", committed(&run.root)?);
    if run.step("what the crates are made of", &mut tell)? {
        for (folder, name) in CRATES {
            let made = source.join(folder).join(format!("{name}.cdx.json"));
            // Where it was built is nobody's business, and differs on every machine.
            let here = format!("path+file://{}/", source.display());
            changed(&made, &files.join(format!("{name}.cdx.json")), &here, "path+file:///cryptopay-client/")?;
        }
    }
    Ok(())
}

fn npm(run: &mut Run, files: &Path) -> Result<()> {
    if !run.has("node") {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["--prefix", "npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev"]);
    let document = files.join("cryptopay-client-npm.cdx.json");
    if printed(run, "what the npm package is made of", &mut npm, &document)? {
        // npm names it after its folder.
        let named = |name: &str| format!("\"name\": \"{name}\",\n      \"version\"");
        changed(&document, &document, &named("npm"), &named("cryptopay-client"))?;
        let told = fs::read_to_string(&document)?;
        written(&document, timeless(&told)?)?;
    }
    Ok(())
}

/// npm's document without its two lines that no two runs share: a random number, and the moment. Neither has to be there.
fn timeless(told: &str) -> Result<String> {
    let differs = |line: &&str| {
        ["\"serialNumber\": ", "\"timestamp\": "].iter().any(|name| line.trim_start().starts_with(name))
    };
    if told.lines().filter(differs).count() != 2 {
        bail!("npm writes its document in another way now: look at what differs from run to run");
    }
    Ok(told.lines().filter(|line| !differs(line)).map(|line| [line, "\n"].concat()).collect())
}

fn python(run: &mut Run, files: &Path) -> Result<()> {
    // The one that was built here: those for other machines cannot be installed.
    let packages = run.root.join("target/packages/python");
    let wheel = super::names(&packages)?.into_iter().find(|name| name.ends_with(".whl"));
    let (Some(wheel), true) = (wheel, run.has("cyclonedx-py")) else { return Ok(()) };
    // An environment with the wheel and what it asks for, and nothing else.
    let home = run.root.join("target/release-again/venv");
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&home);
    let mut fill = Command::new(home.join("bin/pip"));
    fill.args(["install", "--quiet", "--disable-pip-version-check"]).arg(packages.join(wheel));
    if run.step("an empty environment", &mut make)? && run.step("the wheel in it", &mut fill)? {
        let mut tell = python_script(&run.root, "cyclonedx-py");
        tell.arg("environment").arg("--pyproject").arg("bindings-uniffi/python/pyproject.toml");
        tell.args(["--output-reproducible", "--of", "JSON", "--output-file"]);
        tell.arg(files.join("cryptopay-client-python.cdx.json")).arg(home.join("bin/python"));
        run.step("what the wheel is made of", &mut tell)?;
    }
    Ok(())
}

fn kotlin(run: &mut Run, source: &Path, files: &Path) -> Result<()> {
    if !run.has("java") || !run.has("maven") {
        return Ok(());
    }
    let mut tell = Command::new("mvn");
    tell.args(["--quiet", "--batch-mode", "--file"]).arg(source.join("bindings-uniffi/kotlin/pom.xml"));
    tell.arg("org.cyclonedx:cyclonedx-maven-plugin:2.9.3:makeBom").args([
        "-DoutputFormat=json",
        "-DoutputName=cryptopay-client-jvm.cdx",
        "-DincludeTestScope=false",
    ]);
    tell.arg(format!("-DoutputDirectory={}", files.display()));
    run.step("what the jar is made of", &mut tell)?;
    Ok(())
}

/// Copies a document with a text replaced wherever it stands; it has to be there.
fn changed(from: &Path, to: &Path, text: &str, instead: &str) -> Result<()> {
    let told = fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
    if !told.contains(text) {
        bail!("{} has no `{text}` any more: look at what its tool writes now", from.display());
    }
    written(to, told.replace(text, instead))
}

/// Runs a step whose output is the file.
fn printed(run: &mut Run, name: &str, command: &mut Command, file: &Path) -> Result<bool> {
    let into = fs::File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    run.step(name, command.stdout(into))
}

/// The time of the commit, in seconds since 1970.
pub(super) fn committed(root: &Path) -> Result<String> {
    let told = Command::new("git").current_dir(root).args(["log", "-1", "--format=%ct"]).output()?;
    Ok(String::from_utf8(told.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::timeless;

    #[test]
    fn what_differs_from_run_to_run_is_left_out_and_must_be_known() {
        let told = "{\n  \"serialNumber\": \"urn:uuid:1\",\n  \"metadata\": {\n    \"timestamp\": \"now\",\n    \"a\": 1\n  }\n}\n";
        assert_eq!(timeless(told).unwrap(), "{\n  \"metadata\": {\n    \"a\": 1\n  }\n}\n");
        assert!(timeless("{}\n").unwrap_err().to_string().contains("another way"));
    }
}
