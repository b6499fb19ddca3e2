//! `cargo xtask audit`: known advisories against every crate that the workspace stands on. Apart from the tests, because the
//! database comes over the network and changes without us: what was fine yesterday may fail today, and that must not stop an
//! unrelated change.

use std::process::Command;

use anyhow::{Result, bail};

use crate::Ended;
use crate::run::{Run, echoed};
use crate::tools;

/// The task.
pub(crate) fn task(_: &[String]) -> Result<Ended> {
    let mut run = Run::new(true)?;
    if !run.has("cargo-deny") {
        return Ok(Ended::Badly);
    }
    let deny = tools::installed(&run.root, "cargo-deny");
    // The database first and by itself: being offline is not a finding.
    if !echoed(&run.root, Command::new(&deny).arg("fetch").arg("db"))? {
        bail!(
            "the advisory database at https://github.com/RustSec/advisory-db could not be fetched: nothing was audited"
        );
    }
    let clean = echoed(&run.root, Command::new(&deny).args(["check", "--disable-fetch", "advisories"]))?;
    Ok(if clean { Ended::Well } else { Ended::Badly })
}
