//! `cargo xtask bench`: the measurements, in release; the figures and their budgets are told by the programs themselves.
//! Without a name those of Rust; each other language by its name.

use anyhow::Result;

use crate::run::{Run, cargo};
use crate::{Ended, python};

/// What can be measured by name.
static LANGUAGES: [(&str, Task); 2] = [("rust", rust), ("python", python::bench)];
type Task = fn(&mut Run) -> Result<()>;

/// The task.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    let known = |name: &str| LANGUAGES.iter().find(|(known, _)| *known == name);
    if let Some(unknown) = names.iter().find(|name| known(name).is_none()) {
        let all = LANGUAGES.map(|(name, _)| name).join(", ");
        return Ok(Ended::Misused(format!("`bench` has no part `{unknown}`: the parts are {all}")));
    }
    let mut run = Run::new(true)?;
    if names.is_empty() {
        rust(&mut run)?;
    }
    for (_, measure) in names.iter().filter_map(|name| known(name)) {
        measure(&mut run)?;
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}

fn rust(run: &mut Run) -> Result<()> {
    run.step("Rust", &mut cargo(["run", "--release", "-p", "cryptopay-contract", "--bin", "bench"]))?;
    Ok(())
}
