//! `cargo xtask pack`: what would be published, as files under `target/packages/`. Nothing is uploaded.
//! A package is made from what is committed: cargo refuses a folder with changes.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::Ended;
use crate::run::{Run, cargo};

/// One kind of package.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    make: fn(&mut Run) -> Result<()>,
}

/// One part for each registry that packages would go to.
pub(crate) static PARTS: [Part; 1] = [Part {
    name: "rust",
    what: "the crates cryptopay-core and cryptopay-sandbox, each built from its package",
    make: rust,
}];

/// The task: the parts that are named, or all.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    if let Some(unknown) = names.iter().find(|name| !PARTS.iter().any(|part| part.name == *name)) {
        let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        return Ok(Ended::Misused(format!(
            "`pack` has no part `{unknown}`: the parts are {}",
            known.join(", ")
        )));
    }
    let mut run = Run::new(true)?;
    for part in PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.name)) {
        (part.make)(&mut run)?;
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}

fn rust(run: &mut Run) -> Result<()> {
    let packages = run.root.join("target/packages/rust");
    // Cargo works beside its packages and leaves them in `package/` there.
    let work = run.root.join("target/packages/work");
    let made = run.step(
        "crates",
        cargo(["package", "-p", "cryptopay-core", "-p", "cryptopay-sandbox", "--target-dir"]).arg(&work),
    )?;
    if !made {
        return Ok(());
    }
    if packages.exists() {
        fs::remove_dir_all(&packages).with_context(|| format!("cannot empty {}", packages.display()))?;
    }
    fs::create_dir_all(&packages).with_context(|| format!("cannot make {}", packages.display()))?;
    let mut found = 0;
    for entry in fs::read_dir(work.join("package")).context("cargo left no packages")? {
        let path = entry?.path();
        if let (Some("crate"), Some(name)) = (path.extension().and_then(|end| end.to_str()), path.file_name())
        {
            let bytes = fs::copy(&path, packages.join(name))?;
            println!("  target/packages/rust/{} {bytes} bytes", name.to_string_lossy());
            found += 1;
        }
    }
    if found == 0 {
        bail!("cargo made no package in {}", work.display());
    }
    Ok(())
}
