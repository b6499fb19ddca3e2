//! The part `python` of the tests: the bindings, the package over them in a virtual environment, its tests and checkers.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Run, cargo};

const PACKAGE: &str = "bindings-uniffi/python";
/// What the tests and checkers need, at the versions that they were written with.
const PACKAGES: [&str; 12] = [
    "django==5.2.19",
    "fastapi==0.165.0",
    "flask==3.1.3",
    "httpx2==2.16.2",
    "maturin==1.16.0",
    "msgspec==0.22.0",
    "mypy==2.4.1",
    "pyreqwest==0.15.1",
    "pyright==1.1.414",
    "pytest==9.2.0",
    "ruff==0.17.6",
    "trio==0.35.0",
];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !run.has("python") || !built(run)? {
        return Ok(());
    }
    let bin = run.root.join("target/python/bin");
    let sandbox = run.root.join("target/debug/cryptopay-sandbox");
    run.step("lint", &mut inside(&bin, "ruff", &["check", PACKAGE]))?;
    let mut pytest = inside(&bin, "python", &["-m", "pytest", "-q", "-c"]);
    pytest.arg(run.root.join(PACKAGE).join("pyproject.toml")).arg(run.root.join(PACKAGE).join("tests"));
    pytest.env("PYTHONPATH", run.root.join(PACKAGE).join("src"));
    run.step("tests in Python", pytest.env("CRYPTOPAY_SANDBOX_BINARY", &sandbox))?;
    let config = run.root.join(PACKAGE).join("pyproject.toml");
    let source = run.root.join(PACKAGE).join("src/cryptopay_client");
    run.step("types", inside(&bin, "mypy", &["--config-file"]).arg(config).arg(source))?;
    Ok(())
}

/// Builds the bindings and puts the package's environment together.
fn built(run: &mut Run) -> Result<bool> {
    let bindings =
        ["build", "-p", "cryptopay-uniffi", "-p", "cryptopay-uniffi-bindgen", "-p", "cryptopay-sandbox"];
    if !run.step("the bindings and the sandbox", &mut cargo(bindings))? {
        return Ok(false);
    }
    let environment = run.root.join("target/python");
    let mut venv = Command::new("python3");
    if !environment.join("bin/pip").exists()
        && !run.step("a virtual environment", venv.args(["-m", "venv"]).arg(&environment))?
    {
        return Ok(false);
    }
    let mut pip =
        inside(&environment.join("bin"), "pip", &["install", "--quiet", "--disable-pip-version-check"]);
    if !run.step("what the package needs", pip.args(PACKAGES))? {
        return Ok(false);
    }
    let native = run.root.join(PACKAGE).join("src/cryptopay_client/_native");
    fs::create_dir_all(&native).with_context(|| format!("cannot make {}", native.display()))?;
    let debug = run.root.join("target/debug");
    let library = debug.join("libcryptopay_uniffi.so");
    let mut generate = inside(&debug, "uniffi-bindgen", &["generate"]);
    generate.arg(&library).args(["--language", "python", "--no-format", "--out-dir"]).arg(&native);
    if !run.step("the private binding", &mut generate)? {
        return Ok(false);
    }
    fs::copy(&library, native.join("libcryptopay_uniffi.so")).context("cannot copy the library")?;
    fs::write(native.join("__init__.py"), "from .cryptopay import *\n")
        .context("cannot write the binding's package")?;
    Ok(true)
}

fn inside(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(folder.join(program));
    command.args(arguments);
    command
}
