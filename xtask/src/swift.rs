//! The part `swift` of the tests: the binding, and the package over it in the toolchain's own environment. On Debian that
//! is a tree of a later Debian under `target/tools/swift`, entered with a mount namespace; elsewhere `swift` of PATH.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Run, cargo};
use crate::tools;

const PACKAGE: &str = "bindings-uniffi/swift";

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !run.has("swift") || !built(run)? {
        return Ok(());
    }
    for mode in ["5", "6"] {
        let strict = ["-swift-version", mode, "-strict-concurrency=complete", "-warnings-as-errors"];
        let mut build = swift(run, "build", mode);
        strict.iter().for_each(|flag| {
            build.args(["-Xswiftc", flag]);
        });
        run.step(&format!("it compiles in language mode {mode}"), &mut build)?;
    }
    let sandbox = run.root.join("target/debug/cryptopay-sandbox");
    let mut test = swift(run, "test", "5");
    // The other test library has no test here, and would close the output by saying so.
    test.arg("--disable-swift-testing");
    ["-swift-version", "5", "-strict-concurrency=complete", "-warnings-as-errors"].iter().for_each(|flag| {
        test.args(["-Xswiftc", flag]);
    });
    run.step("tests in Swift", test.env("CRYPTOPAY_SANDBOX_BINARY", sandbox))?;
    Ok(())
}

/// Builds the library and prints the private binding where the package looks for it.
fn built(run: &mut Run) -> Result<bool> {
    let bindings =
        ["build", "-p", "cryptopay-uniffi", "-p", "cryptopay-uniffi-bindgen", "-p", "cryptopay-sandbox"];
    if !run.step("the bindings and the sandbox", &mut cargo(bindings))? {
        return Ok(false);
    }
    let debug = run.root.join("target/debug");
    let printed = run.root.join("target/swift/binding");
    fs::create_dir_all(&printed).with_context(|| format!("cannot make {}", printed.display()))?;
    let mut generate = Command::new(debug.join("uniffi-bindgen"));
    generate.arg("generate").arg(debug.join("libcryptopay_uniffi.so"));
    generate.args(["--language", "swift", "--no-format", "--out-dir"]).arg(&printed);
    if !run.step("the private binding", &mut generate)? {
        return Ok(false);
    }
    let sources = run.root.join(PACKAGE).join("Sources");
    place(&printed.join("cryptopay.swift"), &sources.join("CryptopayNative/cryptopay.swift"))?;
    place(&printed.join("cryptopayFFI.h"), &sources.join("cryptopayFFI/cryptopayFFI.h"))?;
    place(&printed.join("cryptopayFFI.modulemap"), &sources.join("cryptopayFFI/module.modulemap"))?;
    Ok(true)
}

/// Copies a file, unless the same is there: what did not change is not built again.
fn place(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|known| known == text) {
        return Ok(());
    }
    let folder = to.parent().context("no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))
}

/// A command of the package manager; each language mode has a build folder of its own.
fn swift(run: &Run, what: &str, mode: &str) -> Command {
    let debug = run.root.join("target/debug");
    let mut command = inside(run, Path::new("swift"));
    command.args([what, "--disable-sandbox", "--package-path"]).arg(run.root.join(PACKAGE));
    command.arg("--scratch-path").arg(run.root.join("target/swift").join(mode));
    command.args(["-Xlinker", "-L"]).arg("-Xlinker").arg(&debug);
    command.args(["-Xlinker", "-rpath"]).arg("-Xlinker").arg(&debug);
    command
}

/// A program of the toolchain, where the toolchain is.
fn inside(run: &Run, program: &Path) -> Command {
    let Some(tree) = tools::swift_tree(&run.root) else {
        return Command::new(program);
    };
    // The repository is mounted inside at its own path, so that what is built has the same names outside.
    let enter = "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && mkdir -p \"$0$1\" && \
                 mount --bind \"$1\" \"$0$1\" && root=$0 && shift && exec chroot \"$root\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--fork", "sh", "-c", enter]).arg(tree).arg(&run.root).arg(program);
    command
}
