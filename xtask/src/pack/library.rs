//! The library beneath Python, Kotlin and Swift, and the wheel around it, for one target: this machine's, or the one that the
//! variable `CRYPTOPAY_TARGET` names. Linux is built with Zig's linker, so that the library runs on older systems than the one that
//! builds it, and for processors that are not here.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{Run, cargo};
use crate::tools;

/// The C library of the oldest Linux that is served: what the tag `manylinux2014` of wheels means.
const GLIBC: &str = "2.17";

/// Builds both into `target/packages/library/`.
pub(super) fn pack(run: &mut Run) -> Result<()> {
    let target = match std::env::var("CRYPTOPAY_TARGET") {
        Ok(target) => target,
        Err(_) => host()?,
    };
    let zig = target.contains("-linux-");
    let needs: &[&str] = if zig { &["maturin", "zig", "cargo-zigbuild"] } else { &["maturin"] };
    let here: Vec<bool> = needs.iter().map(|tool| run.has(tool)).collect();
    let mut add = Command::new("rustup");
    if here.contains(&false)
        || !run.step(&format!("Rust for {target}"), add.args(["target", "add", &target]))?
    {
        return Ok(());
    }
    let folder = run.root.join("target/packages/library").join(&target);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut build = if zig { cargo(["zigbuild"]) } else { cargo(["build"]) };
    build.args(["--release", "-p", "cryptopay-uniffi", "--target"]);
    build.arg(if target.ends_with("-gnu") { format!("{target}.{GLIBC}") } else { target.clone() });
    if !run.step(&format!("the library for {target}"), settled(run, &target, &mut build)?)? {
        return Ok(());
    }
    let name = library(&target)?;
    let built = run.root.join("target").join(&target).join("release").join(name);
    fs::copy(&built, folder.join(name)).with_context(|| format!("cannot copy {}", built.display()))?;
    let mut wheel = Command::new(tools::installed(&run.root, "maturin"));
    wheel.args(["build", "--release", "--target", &target, "--out"]).arg(&folder);
    if zig {
        let tag = if target.ends_with("-musl") { "musllinux_1_2" } else { "manylinux2014" };
        wheel.args(["--zig", "--compatibility", tag]);
    }
    // maturin looks for the package's description in the folder that it works in.
    let package = run.root.join("bindings-uniffi/python");
    run.step_in(&package, &format!("the wheel for {target}"), settled(run, &target, &mut wheel)?)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        println!("  target/packages/library/{target}/{} {bytes} bytes", name.to_string_lossy());
    }
    Ok(())
}

/// What every build for a target is told.
fn settled<'a>(run: &Run, target: &str, build: &'a mut Command) -> Result<&'a mut Command> {
    // The binding is printed from what the library says about itself.
    build.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    if target.ends_with("-musl") {
        // A library that others load cannot be linked whole.
        build.env("RUSTFLAGS", "-C target-feature=-crt-static");
    }
    // Zig and cargo's part for it are found on the path.
    let programs = tools::scripts(&run.root);
    let rest = std::env::var_os("PATH").unwrap_or_default();
    build.env("PATH", std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&rest)))?);
    Ok(build)
}

/// What the library is called there.
fn library(target: &str) -> Result<&'static str> {
    const NAMES: [(&str, &str); 3] = [
        ("-linux-", "libcryptopay_uniffi.so"),
        ("-apple-", "libcryptopay_uniffi.dylib"),
        ("-windows-", "cryptopay_uniffi.dll"),
    ];
    match NAMES.iter().find(|(system, _)| target.contains(system)) {
        Some((_, name)) => Ok(name),
        None => bail!("packages are built for Linux, macOS and Windows, not for {target}"),
    }
}

/// The target of this machine.
fn host() -> Result<String> {
    let told = Command::new("rustc").arg("-vV").output().context("rustc cannot be started")?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not tell its host")
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
