//! The wheel and the source distribution. The library is linked with zig against the C library of 2014, so that the wheel
//! installs on any glibc in use.

use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PACKAGE;
use crate::files::emptied;
use crate::run::Run;
use crate::tools;

/// Puts wheel and source distribution under `target/packages/python`.
pub(crate) fn pack(run: &mut Run) -> Result<()> {
    if built(run)?.is_none() {
        return Ok(());
    }
    let packages = run.root.join("target/packages/python");
    let mut sdist = maturin(&run.root)?;
    sdist.args(["sdist", "--out"]).arg(&packages);
    if !run.step("the source distribution", &mut sdist)? {
        return Ok(());
    }
    for entry in fs::read_dir(&packages)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        println!("  target/packages/python/{} {bytes} bytes", name.to_string_lossy());
    }
    Ok(())
}

/// Builds the wheel, and answers where it is.
pub(super) fn built(run: &mut Run) -> Result<Option<PathBuf>> {
    if !run.has("python") || !run.has("maturin") || !run.has("zig") {
        return Ok(None);
    }
    let folder = run.root.join("target/packages/python");
    emptied(&folder)?;
    let mut build = maturin(&run.root)?;
    build.args(["build", "--release", "--zig", "--compatibility", "manylinux2014", "--out"]).arg(&folder);
    // Not stripped: the binding is generated from what the library says about itself.
    build.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    if !run.step("the wheel is built", &mut build)? {
        return Ok(None);
    }
    let made = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    let mut wheels = made.filter(|path| path.extension().is_some_and(|end| end == "whl"));
    match wheels.next() {
        Some(wheel) => Ok(Some(wheel)),
        None => bail!("maturin left no wheel in {}", folder.display()),
    }
}

/// maturin, in the folder of the package: it looks for `pyproject.toml` nowhere else, and for zig on the path.
fn maturin(root: &Path) -> Result<Command> {
    let mut maturin = Command::new("env");
    maturin.arg("-C").arg(root.join(PACKAGE)).arg(tools::installed(root, "maturin"));
    maturin.env("PATH", tools::path_from(tools::scripts(root))?);
    Ok(maturin)
}
