//! `cargo xtask bench`: the measurements, in release; the figures and their budgets are told by the programs themselves.
//! Without a name those of Rust; each other language by its name.

use anyhow::Result;

use crate::named::{self, Part};
use crate::run::{Run, cargo};
use crate::{Ended, python, swift};

/// What can be measured by name.
pub(crate) static PARTS: &[Part] = &[
    Part { name: "rust", what: "signing, calls, parsing, the sandbox", run: rust },
    Part { name: "python", what: "calls beside the bare transports, and the import", run: python::bench },
    Part { name: "swift", what: "calls beside bare URLSession", run: swift::bench },
];

/// The task.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    named::run("bench", PARTS, names, &["rust"])
}

fn rust(run: &mut Run) -> Result<()> {
    run.step("Rust", &mut cargo(["run", "--release", "-p", "cryptopay-contract", "--bin", "bench"]))?;
    Ok(())
}
