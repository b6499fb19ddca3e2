//! What would be published for Swift: the package with its sources, the library for Linux, and the script that makes the
//! XCFramework on a Mac. A program of its own that depends on it by path proves that it is whole.

use anyhow::{Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{LIBRARY, PACKAGE, built, sandboxed, toolchain};
use crate::files::{copied, emptied};
use crate::run::Run;
use crate::uniffi::elsewhere;

const CONSUMER: &str = "tests/packaging/swift";
/// How large the library may be.
const MOST_BYTES: u64 = 1_500_000;
/// The processors that a Linux may run on.
const PROCESSORS: [&str; 2] = ["x86_64", "aarch64"];
/// What is copied as it is, from the package's folder or the repository's.
const FILES: [(&str, &str); 7] = [
    ("bindings-uniffi/swift/Packaging/Package.swift", "Package.swift"),
    ("bindings-uniffi/swift/Packaging/install.sh", "linux/install.sh"),
    ("bindings-uniffi/swift/Packaging/xcframework.sh", "xcframework.sh"),
    ("bindings-uniffi/swift/README.md", "README.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("bindings-uniffi/THIRD-PARTY.md", "THIRD-PARTY.md"),
];

/// Puts the package under `target/packages/swift`.
pub(crate) fn pack(run: &mut Run) -> Result<()> {
    if built(run)? && packed(run)? {
        consumer(run)?;
    }
    Ok(())
}

/// Where the library for a processor lies in the package.
fn library(run: &Run, processor: &str) -> PathBuf {
    folder(run).join("linux").join(processor).join("lib")
}

fn folder(run: &Run) -> PathBuf {
    run.root.join("target/packages/swift/CryptopayClient")
}

/// Lays the package out anew.
pub(super) fn packed(run: &mut Run) -> Result<bool> {
    let package = folder(run);
    emptied(&package)?;
    copied(&run.root.join(PACKAGE).join("Sources"), &package.join("Sources"))?;
    for (from, to) in FILES {
        copied(&run.root.join(from), &package.join(to))?;
    }
    let home = library(run, std::env::consts::ARCH);
    copied(&run.root.join("target/release").join(LIBRARY), &home.join(LIBRARY))?;
    // Of a release: those built for an old C library, this machine's too.
    for processor in PROCESSORS {
        if let Some(built) = elsewhere(&run.root, &format!("{processor}-unknown-linux-gnu"))? {
            copied(&built, &library(run, processor).join(LIBRARY))?;
        }
    }
    for processor in PROCESSORS.iter().filter(|processor| library(run, processor).exists()) {
        copied(
            &run.root.join(PACKAGE).join("Packaging/cryptopay_uniffi.pc"),
            &library(run, processor).join("pkgconfig/cryptopay_uniffi.pc"),
        )?;
    }
    let mut strip = Command::new("strip");
    if !run.step("the library without its symbols", strip.arg("--strip-unneeded").arg(home.join(LIBRARY)))? {
        return Ok(false);
    }
    for script in ["linux/install.sh", "xcframework.sh"] {
        let mut bash = Command::new("bash");
        if !run.step(&format!("{script} can be read by bash"), bash.arg("-n").arg(package.join(script)))? {
            return Ok(false);
        }
    }
    let bytes = fs::metadata(home.join(LIBRARY))?.len();
    println!("  {} {bytes} bytes (at most {MOST_BYTES})", home.join(LIBRARY).display());
    if bytes > MOST_BYTES {
        bail!("the library for Linux has {bytes} bytes, more than {MOST_BYTES}");
    }
    Ok(true)
}

/// Builds a program over the package in language mode 6 and runs it, with nothing of the repository but the sandbox.
pub(super) fn consumer(run: &mut Run) -> Result<()> {
    let Some(prefix) = installed(run)? else {
        return Ok(());
    };
    let library = prefix.join("lib");
    let mut build = toolchain::package_manager(&run.root, "build", "6");
    build.arg("--package-path").arg(run.root.join(CONSUMER));
    build.env("PKG_CONFIG_PATH", library.join("pkgconfig"));
    if run.step("a program over the package, in language mode 6", &mut build)? {
        let program = run.root.join("target/swift/6/debug/consumer");
        let mut consumer = toolchain::inside(&run.root, &program);
        run.step("it pays and is paid", sandboxed(run, consumer.env("LD_LIBRARY_PATH", library)))?;
    }
    Ok(())
}

/// Installs the core from the package into a folder where no program looks for libraries; the script has to say what to set.
fn installed(run: &mut Run) -> Result<Option<PathBuf>> {
    let prefix = run.root.join("target/swift/installed");
    emptied(&prefix)?;
    let told = "said=$(\"$0\" \"$1\" 2>&1) && echo \"$said\" && [[ $said == *\"LD_LIBRARY_PATH=$1/lib\"* ]] && \
                [[ $said == *\"PKG_CONFIG_PATH=$1/lib/pkgconfig\"* ]]";
    let mut install = Command::new("bash");
    install.args(["-c", told]).arg(folder(run).join("linux/install.sh")).arg(&prefix);
    let well = run.step("the core is installed where nobody looks for it, and that is said", &mut install)?;
    Ok(well.then_some(prefix))
}
