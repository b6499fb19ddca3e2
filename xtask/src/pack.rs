//! `cargo xtask pack`: what would be published, as files under `target/packages/`. Nothing is uploaded.
//! A package is made from what is committed: cargo refuses a folder with changes.

pub(crate) mod library;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::files::emptied;
use crate::named::{self, Part};
use crate::run::{Run, cargo};
use crate::{Ended, kotlin, node, python, swift};

/// One part for each registry that packages would go to.
pub(crate) static PARTS: &[Part] = &[
    Part {
        name: "rust",
        what: "the crates cryptopay-core and cryptopay-sandbox, each built from its package",
        run: rust,
    },
    Part {
        name: "library",
        what: "only by name: the library of the other languages, and a wheel, for CRYPTOPAY_TARGET",
        run: library::pack,
    },
    Part { name: "python", what: "wheel and source distribution of the Python package", run: python::pack },
    Part { name: "npm", what: "the tarball of the npm package", run: node::pack },
    Part {
        name: "kotlin",
        what: "jar with the native library, its sources and its documentation",
        run: kotlin::pack,
    },
    Part { name: "swift", what: "the SwiftPM package with its library for Linux", run: swift::pack },
];

/// The task: the parts that are named, or all.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    named::run("pack", PARTS, names, &all())
}

/// The names of the parts that make what is published; the library by itself is for other machines than this one.
pub(crate) fn all() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).filter(|name| *name != "library").collect()
}

fn rust(run: &mut Run) -> Result<()> {
    // Cargo builds each crate from its package in its own target folder, with the dependencies that are there already.
    let made_in = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| run.root.join("target"), PathBuf::from)
        .join("package");
    for old in crates_in(&made_in)? {
        fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    if !run.step("crates", &mut cargo(["package", "-p", "cryptopay-core", "-p", "cryptopay-sandbox"]))? {
        return Ok(());
    }
    let packages = run.root.join("target/packages/rust");
    emptied(&packages)?;
    let made = crates_in(&made_in)?;
    if made.is_empty() {
        bail!("cargo left no package in {}", made_in.display());
    }
    for package in made {
        let name = package.file_name().unwrap_or_default();
        let bytes = fs::copy(&package, packages.join(name))?;
        println!("  target/packages/rust/{} {bytes} bytes", name.to_string_lossy());
    }
    Ok(())
}

/// The crate files of a folder; none if the folder is not there.
fn crates_in(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "crate")).collect())
}
