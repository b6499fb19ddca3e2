//! The library beneath Python, Kotlin and Swift, and the wheel around it, for one target: this machine's, or the one that the
//! variable `CRYPTOPAY_TARGET` names. Linux is linked with Zig, so that the library runs on older systems than the one that builds
//! it and on processors that are not here; and so is Windows where it is not the system that builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::files::{copied, emptied, written};
use crate::run::{Run, cargo};
use crate::tools;
use crate::uniffi::{COMMIT, commit, library};

/// The C library of the oldest Linux that is served: what the tag `manylinux2014` of wheels means.
const GLIBC: &str = "2.17";

/// What a release builds on one Linux, where it is asked to. Windows can be built there by name (`-gnullvm`), and gives way to what
/// Microsoft's linker makes.
pub(crate) const EVERYWHERE: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
];

/// Builds both into `target/packages/library/`, for the target that is asked for.
pub(super) fn pack(run: &mut Run) -> Result<()> {
    let target = match std::env::var("CRYPTOPAY_TARGET") {
        Ok(target) => target,
        Err(_) => host()?,
    };
    built(run, &target)?;
    Ok(())
}

/// The folder with both and the commit that they are of, unless a step failed.
pub(crate) fn built(run: &mut Run, target: &str) -> Result<Option<PathBuf>> {
    let zig = zig(target)?;
    let needs: &[&str] = if zig { &["maturin", "zig", "cargo-zigbuild"] } else { &["maturin"] };
    let here: Vec<bool> = needs.iter().map(|tool| run.has(tool)).collect();
    let mut add = Command::new("rustup");
    if here.contains(&false)
        || !run.step(&format!("Rust for {target}"), add.args(["target", "add", target]))?
    {
        return Ok(None);
    }
    let folder = run.root.join("target/packages/library").join(target);
    emptied(&folder)?;
    let mut build = if zig { cargo(["zigbuild"]) } else { cargo(["build"]) };
    build.args(["--release", "-p", "cryptopay-uniffi", "--target"]);
    build.arg(if target.ends_with("-gnu") { format!("{target}.{GLIBC}") } else { target.to_owned() });
    if !run.step(&format!("the library for {target}"), settled(run, target, &mut build)?)? {
        return Ok(None);
    }
    let library = folder.join(library(target)?);
    let made =
        run.root.join("target").join(target).join("release").join(library.file_name().unwrap_or_default());
    copied(&made, &library)?;
    let mut wheel = Command::new(tools::installed(&run.root, "maturin"));
    wheel.args(["build", "--release", "--target", target, "--out"]).arg(&folder);
    if zig {
        wheel.arg("--zig");
    }
    if target.contains("-linux-") {
        let tag = if target.ends_with("-musl") { "musllinux_1_2" } else { "manylinux2014" };
        wheel.args(["--compatibility", tag]);
    }
    // maturin looks for the package's description in the folder that it works in.
    let package = run.root.join("bindings-uniffi/python");
    if !run.step_in(&package, &format!("the wheel for {target}"), settled(run, target, &mut wheel)?)?
        || !stripped(run, target, &library)?
    {
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        println!("  target/packages/library/{target}/{} {bytes} bytes", name.to_string_lossy());
        files.push(entry.path());
    }
    loadable(run, files.into_iter())?;
    if let Some(commit) = commit(&run.root)? {
        written(&folder.join(COMMIT), commit)?;
    }
    Ok(Some(folder))
}

/// Looks into libraries and packages: each wants only what its system has, and on Linux no newer C library than the oldest that is
/// served.
pub(crate) fn loadable(run: &mut Run, files: impl Iterator<Item = PathBuf>) -> Result<()> {
    let mut check = Command::new(tools::scripts(&run.root).join("python"));
    check.arg(run.root.join("xtask/src/pack/needs.py")).arg(GLIBC).args(files);
    run.step(&format!("every library loads without more, on Linux with glibc {GLIBC}"), &mut check)?;
    Ok(())
}

/// Whether Zig links for a target here.
fn zig(target: &str) -> Result<bool> {
    if target.ends_with("-windows-msvc") && !cfg!(windows) {
        bail!(
            "Microsoft's linker and libraries are on Windows alone: build for {} here, or {target} there",
            target.replace("-msvc", "-gnullvm")
        );
    }
    if target.contains("-apple-") && !cfg!(target_os = "macos") {
        // Tried with Zig 0.16: it links, but wants macOS 13, and exports two thousand symbols of Rust beside the hundred of ours,
        // weak ones among them, which another library of the same process could take for its own.
        bail!("what is for {target} wants Apple's linker: build it on a Mac");
    }
    Ok(target.contains("-linux-") || (target.ends_with("-gnullvm") && !cfg!(windows)))
}

/// Takes the symbols out of the library, once nothing is printed from it any more. What Microsoft's linker makes has them in a file
/// of their own.
fn stripped(run: &mut Run, target: &str, library: &Path) -> Result<bool> {
    let mut strip;
    if zig(target)? {
        // Rust's own knows every processor and system, but finds its library only when it is told where that is.
        let rust = PathBuf::from(said(&["--print", "sysroot"])?.trim()).join("lib");
        strip = Command::new(rust.join("rustlib").join(host()?).join("bin/rust-objcopy"));
        strip.arg("--strip-unneeded").env("LD_LIBRARY_PATH", rust);
    } else if target.contains("-apple-") {
        strip = Command::new("strip");
        strip.arg("-x");
    } else {
        return Ok(true);
    }
    run.step("the library without its symbols", strip.arg(library))
}

/// What every build for a target is told.
fn settled<'a>(run: &Run, target: &str, build: &'a mut Command) -> Result<&'a mut Command> {
    // The binding is printed from what the library says about itself.
    build.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    // Where this machine keeps crates has no place in a package, and differs on every other.
    let mut flags: Vec<String> =
        registries()?.iter().map(|folder| format!("--remap-path-prefix={}/=", folder.display())).collect();
    if target.ends_with("-musl") {
        // A library that others load cannot be linked whole.
        flags.push("-Ctarget-feature=-crt-static".to_owned());
    } else if target.ends_with("-msvc") {
        // Nobody has to install the C library of Microsoft's compiler first.
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    } else if target.contains("-apple-") {
        // Else its name in itself is the path where it was built.
        flags.push("-Clink-arg=-Wl,-install_name,@rpath/libcryptopay_uniffi.dylib".to_owned());
    }
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // Zig and cargo's part for it are found on the path.
    build.env("PATH", tools::path_from(tools::scripts(&run.root))?);
    Ok(build)
}

/// The folders with the sources of crates. There is one: this program too was built with a crate.
fn registries() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME")
            .or_else(|| std::env::var_os("USERPROFILE"))
            .map(|home| Path::new(&home).join(".cargo"))
    });
    let sources = home.context("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    let folders = fs::read_dir(&sources).with_context(|| format!("cannot list {}", sources.display()))?;
    folders.map(|folder| Ok(folder?.path())).collect()
}

/// The target of this machine.
pub(crate) fn host() -> Result<String> {
    let told = said(&["-vV"])?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not tell its host")
}

/// What the compiler says about itself.
fn said(question: &[&str]) -> Result<String> {
    let told = Command::new("rustc").args(question).output().context("rustc cannot be started")?;
    Ok(String::from_utf8_lossy(&told.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_everywhere_has_a_name_for_its_library() {
        for target in EVERYWHERE {
            library(target).unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_zig_links_all_but_what_wants_the_linker_of_its_own_system() {
        assert!(EVERYWHERE.iter().all(|target| zig(target).unwrap()));
        assert!(zig("x86_64-pc-windows-gnullvm").unwrap());
        let refused = zig("x86_64-pc-windows-msvc").unwrap_err().to_string();
        assert!(refused.contains("x86_64-pc-windows-gnullvm"), "{refused}");
        let refused = zig("aarch64-apple-darwin").unwrap_err().to_string();
        assert!(refused.contains("on a Mac"), "{refused}");
    }
}
