//! `cargo xtask bench`: the measurements, in release; the figures and their budgets are told by the program itself.

use anyhow::Result;

use crate::Ended;
use crate::run::{cargo, echoed, root};

/// The task.
pub(crate) fn task(_: &[String]) -> Result<Ended> {
    let measured =
        echoed(&root()?, &mut cargo(["run", "--release", "-p", "cryptopay-contract", "--bin", "bench"]))?;
    Ok(if measured { Ended::Well } else { Ended::Badly })
}
