//! The virtual environments of the Python part: what is installed in them, and which other versions of Python are here.

use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::Run;

/// What all tests need, at the versions that they were written with.
pub(super) const TESTED: [&str; 6] = [
    "httpx2==2.16.2",
    "msgspec==0.22.0",
    "pyreqwest==0.15.1",
    "pytest==9.2.0",
    "pytest-xdist==3.8.0",
    "trio==0.35.0",
];
/// The web frameworks that callbacks come in through.
pub(super) const FRAMEWORKS: [&str; 3] = ["django==5.2.19", "fastapi==0.165.0", "flask==3.1.3"];
/// What the checkers are.
pub(super) const CHECKERS: [&str; 3] = ["mypy==2.4.1", "pyright==1.1.414", "ruff==0.17.6"];
/// The versions of Python that the wheel is tried with where they are found.
const VERSIONS: [&str; 3] = ["3.11", "3.12", "3.13"];

/// A virtual environment.
pub(super) struct Home(pub(super) PathBuf);

impl Home {
    pub(super) fn program(&self, name: &str) -> Command {
        Command::new(self.0.join("bin").join(name))
    }

    /// Makes the environment and installs what the tests need.
    pub(super) fn made(&self, run: &mut Run, python: &Path, packages: &[&str]) -> Result<bool> {
        let mut venv = Command::new(python);
        if !self.0.join("bin/pip").exists()
            && !run.step("a virtual environment", venv.args(["-m", "venv"]).arg(&self.0))?
        {
            return Ok(false);
        }
        run.step("what the tests need", self.pip().args(packages))
    }

    /// Installs the wheel as it was built last.
    pub(super) fn holds(&self, run: &mut Run, wheel: &Path) -> Result<bool> {
        run.step("the wheel", self.pip().args(["--force-reinstall", "--no-deps"]).arg(wheel))
    }

    fn pip(&self) -> Command {
        let mut pip = self.program("pip");
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        pip
    }
}

/// Every other Python that is here, with its version.
pub(super) fn others(home: &Home) -> Vec<(&'static str, PathBuf)> {
    let own = version(&home.0.join("bin/python"));
    let pyenv = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default().join(".pyenv/versions");
    let managed: Vec<PathBuf> =
        fs::read_dir(pyenv).into_iter().flatten().flatten().map(|it| it.path()).collect();
    let found = |wanted: &'static str| {
        let named = PathBuf::from(format!("python{wanted}"));
        let candidates = managed.iter().map(|folder| folder.join("bin/python")).chain([named]);
        let mut good = candidates.filter(|python| version(python).as_deref() == Some(wanted));
        good.next().map(|python| (wanted, python))
    };
    VERSIONS.into_iter().filter(|wanted| own.as_deref() != Some(*wanted)).filter_map(found).collect()
}

/// Major and minor version of a Python; nothing if there is none.
fn version(python: &Path) -> Option<String> {
    let program = "import sys; print('%d.%d' % sys.version_info[:2])";
    let told = Command::new(python).args(["-c", program]).stderr(Stdio::null()).output().ok()?;
    told.status.success().then(|| String::from_utf8_lossy(&told.stdout).trim().to_owned())
}
