//! The part `openapi`: the printed document is valid OpenAPI 3.1, it is shipped with the crate, and the sandbox keeps to it
//! (and so did the API, where there are recordings of it). What is sent and what counts as kept is in `tests/openapi/`.
//! That it is what the core's table says is a step of `check`.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{Run, cargo};
use crate::tools;

const DOCUMENT: &str = "core/openapi.json";

/// How much is sent: for each operation, and along the links. In a run of all parts it must end within a minute.
const ORDINARY: [&str; 4] = ["--max-examples", "10", "--scenarios", "40"];
const BY_NAME: [&str; 4] = ["--max-examples", "60", "--scenarios", "400"];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !run.has("python") || !run.has("openapi-spec-validator") || !run.has("schemathesis") {
        return Ok(());
    }
    let mut validator = tools::python_script(&run.root, "openapi-spec-validator");
    run.step("the document is valid", validator.args(["--schema", "3.1", DOCUMENT]))?;
    if !shipped(run)? {
        run.failed.push(format!("the crate would be published without {DOCUMENT}"));
    }
    let python = tools::installed(&run.root, "schemathesis").with_file_name("python");
    if std::env::var_os("CRYPTOPAY_RECORDINGS").is_some_and(|folder| !folder.is_empty()) {
        let mut recorded = Command::new(&python);
        run.step("recorded answers fit it", recorded.args(["tests/openapi/recorded.py", DOCUMENT]))?;
    }
    if !run.step("the sandbox is built", &mut cargo(["build", "-p", "cryptopay-sandbox"]))? {
        return Ok(());
    }
    let mut drive = Command::new(&python);
    drive.args(["tests/openapi/drive.py", "target/debug/cryptopay-sandbox", DOCUMENT]);
    let much = if run.named { BY_NAME } else { ORDINARY };
    run.step("the sandbox keeps to the document", drive.args(much))?;
    Ok(())
}

/// Whether the document is among the files of the published crate.
fn shipped(run: &Run) -> Result<bool> {
    let mut list = cargo(["package", "--list", "--allow-dirty", "--offline", "-p", "cryptopay-core"]);
    let told = list.current_dir(&run.root).output().context("cargo could not be started")?;
    Ok(String::from_utf8_lossy(&told.stdout).lines().any(|line| line == "openapi.json"))
}
