//! The wasm is what nobody can read: it is built twice, from two copies of the sources in two places with two build folders,
//! and both must be the same to the byte. Then everybody can build it again and compare.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::files::emptied;
use crate::run::{Run, cargo};

/// A copy of what is committed, in another place.
pub(super) fn source(run: &mut Run) -> Result<PathBuf> {
    let home = run.root.join("target/release-again");
    let source = home.join("source");
    emptied(&source)?;
    let archive = home.join("source.tar");
    let mut pack = Command::new("git");
    pack.args(["archive", "--format=tar", "--output"]).arg(&archive).arg("HEAD");
    let mut unpack = Command::new("tar");
    unpack.arg("-xf").arg(&archive).arg("-C").arg(&source);
    if !run.step("a copy of what is committed", &mut pack)? || !run.step("unpacked", &mut unpack)? {
        bail!("there is no copy to build again");
    }
    Ok(source)
}

/// Builds the wasm here and from the copy, and compares.
pub(super) fn wasm(run: &mut Run, source: &Path) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["--prefix", "npm", "install", "--no-save", "--no-audit", "--no-fund"]);
    if !run.step("what optimises it", &mut npm)? {
        return Ok(());
    }
    let home = run.root.join("target/release-again");
    let build = |out: &str| {
        let mut build = cargo(["run", "--quiet", "-p", "cryptopay-wasm-build", "--", "--out"]);
        build.arg(home.join(out));
        build
    };
    let mut second = build("second");
    second.arg("--source").arg(source).arg("--target").arg(home.join("target"));
    if !run.step("the wasm", &mut build("first"))? || !run.step("the wasm again", &mut second)? {
        return Ok(());
    }
    let name = "cryptopay_bg.wasm";
    let [first, second] =
        ["first", "second"].map(|out| fs::read(home.join(out).join(name)).context("no wasm was built"));
    let (first, second) = (first?, second?);
    if first == second {
        println!("  both builds of {name} are equal: {} bytes", first.len());
    } else {
        let at = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
        run.failed.push(format!(
            "two builds of {name} differ from byte {at} on ({} and {} bytes)",
            first.len(),
            second.len()
        ));
    }
    Ok(())
}
