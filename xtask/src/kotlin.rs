//! The part `kotlin` of the tests: the bindings with what has to be changed in the printed half, and the package's tests.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Run, cargo};

const PACKAGE: &str = "bindings-uniffi/kotlin";
/// Where JNA looks for a library inside a jar. A machine of another kind needs a row of its own.
const PLATFORM: &str = "linux-x86-64";
const LIBRARY: &str = "libcryptopay_uniffi.so";

/// What is changed in the printed binding, and why. A pattern that is not found fails the build.
const CHANGES: [(&str, &str); 5] = [
    // A package of our own.
    ("package uniffi.cryptopay\n", "package cryptopay.client.binding\n"),
    // Functions of no class stand behind their docs, on the same line.
    ("*/ fun `", "*/ internal fun `"),
    // What is printed has warnings; ours are errors.
    ("@file:Suppress(\"NAME_SHADOWING\")", "@file:Suppress(\"warnings\")"),
    // A JNA structure for every crossing is the main cost of one. One a thread is safe, because nothing calls back.
    (
        "var status = UniffiRustCallStatus()\n",
        "val status = uniffiStatus.get()\n    status.code = UNIFFI_CALL_SUCCESS\n    status.error_buf.setValue(uniffiNoBuffer)\n",
    ),
    (
        "internal const val UNIFFI_CALL_SUCCESS",
        "private val uniffiStatus = ThreadLocal.withInitial { UniffiRustCallStatus() }\nprivate val uniffiNoBuffer = RustBuffer()\n\ninternal const val UNIFFI_CALL_SUCCESS",
    ),
];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !run.has("java") || !run.has("maven") || !built(run)? {
        return Ok(());
    }
    let sandbox = run.root.join("target/debug/cryptopay-sandbox");
    let mut tests = maven(&run.root, &["verify"]);
    run.step("the package and its tests", tests.env("CRYPTOPAY_SANDBOX_BINARY", sandbox))?;
    Ok(())
}

/// Builds the bindings and lays them where the package's build takes them from.
fn built(run: &mut Run) -> Result<bool> {
    let bindings =
        ["build", "-p", "cryptopay-uniffi", "-p", "cryptopay-uniffi-bindgen", "-p", "cryptopay-sandbox"];
    if !run.step("the bindings and the sandbox", &mut cargo(bindings))? {
        return Ok(false);
    }
    let (debug, home) = (run.root.join("target/debug"), run.root.join("target/kotlin"));
    let mut generate = Command::new(debug.join("uniffi-bindgen"));
    generate.arg("generate").arg(debug.join(LIBRARY));
    generate.args(["--language", "kotlin", "--no-format", "--out-dir"]).arg(home.join("printed"));
    if !run.step("the private binding", &mut generate)? {
        return Ok(false);
    }
    let printed = home.join("printed/uniffi/cryptopay/cryptopay.kt");
    let text = fs::read_to_string(&printed).with_context(|| format!("cannot read {}", printed.display()))?;
    write(&home.join("binding/cryptopay.kt"), changed(&text)?.as_bytes())?;
    let library = fs::read(debug.join(LIBRARY)).context("cannot read the library")?;
    let packed = home.join("resources").join(PLATFORM).join(LIBRARY);
    write(&packed, &library)?;
    let mut strip = Command::new("strip");
    run.step("the library without its symbols", strip.arg("--strip-unneeded").arg(packed))
}

/// The binding as the package wants it: nothing of it is public.
fn changed(printed: &str) -> Result<String> {
    let mut text = printed.to_owned();
    for (pattern, instead) in CHANGES {
        if !text.contains(pattern) {
            bail!("the printed binding has no `{}` any more: look at CHANGES", pattern.trim());
        }
        text = text.replace(pattern, instead);
    }
    let lines: Vec<String> = text.lines().map(hidden).collect();
    Ok(lines.join("\n") + "\n")
}

/// A line that declares something for everybody, made internal.
fn hidden(line: &str) -> String {
    let declares = ["class ", "interface ", "object ", "fun ", "fun<", "val ", "var ", "typealias "];
    let modified = ["open ", "data ", "sealed ", "inline ", "enum ", "abstract "];
    let bare = line.strip_prefix("public ").unwrap_or(line);
    let mut rest = bare;
    while let Some(less) = modified.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = less;
    }
    if declares.iter().any(|word| rest.starts_with(word)) {
        format!("internal {bare}")
    } else {
        line.to_owned()
    }
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().context("no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

fn maven(root: &Path, arguments: &[&str]) -> Command {
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(root.join(PACKAGE).join("pom.xml"));
    maven.args(arguments);
    maven
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_for_everybody_becomes_internal() {
        assert_eq!(hidden("public object A {"), "internal object A {");
        assert_eq!(hidden("open class B"), "internal open class B");
        assert_eq!(hidden("inline fun <T> c()"), "internal inline fun <T> c()");
        assert_eq!(hidden("private fun d()"), "private fun d()");
        assert_eq!(hidden("    fun inside()"), "    fun inside()");
    }

    #[test]
    fn a_binding_that_is_printed_differently_is_refused() {
        assert!(changed("package uniffi.cryptopay\n").unwrap_err().to_string().contains("CHANGES"));
    }
}
