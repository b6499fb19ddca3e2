//! Everything about the Python package: its environments, its part of the tests, its wheel, its demo and its measurements.
//! The tests run from the sources with the oldest Python, and from the installed wheel with every other one that is here.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::docs;
use crate::run::{Run, cargo};
use crate::tools;

const PACKAGE: &str = "bindings-uniffi/python";
const DEMO: &str = "examples/demo.py";
/// What the tests need, at the versions that they were written with.
const PACKAGES: [&str; 8] = [
    "django==5.2.19",
    "fastapi==0.165.0",
    "flask==3.1.3",
    "httpx2==2.16.2",
    "msgspec==0.22.0",
    "pyreqwest==0.15.1",
    "pytest==9.2.0",
    "trio==0.35.0",
];
/// What the checkers are.
const CHECKERS: [&str; 3] = ["mypy==2.4.1", "pyright==1.1.414", "ruff==0.17.6"];
const PDOC: &str = "pdoc==16.0.0";
/// What users import. Of itself pdoc shows only what a package names in `__all__`.
const DOCUMENTED: [&str; 8] = [
    "cryptopay_client",
    "cryptopay_client.callbacks",
    "cryptopay_client.callbacks.django",
    "cryptopay_client.callbacks.flask",
    "cryptopay_client.callbacks.starlette",
    "cryptopay_client.fetch",
    "cryptopay_client.fetch.httpx",
    "cryptopay_client.fetch.reqwest",
];
/// The versions of Python that the wheel is tried with where they are found.
const VERSIONS: [&str; 3] = ["3.11", "3.12", "3.13"];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, "debug", &CHECKERS)? else { return Ok(()) };
    let package = run.root.join(PACKAGE);
    run.step("lint", home.program("ruff").args(["check", PACKAGE]))?;
    run.step("format", home.program("ruff").args(["format", "--check", PACKAGE]))?;
    let config = package.join("pyproject.toml");
    let source = package.join("src/cryptopay_client");
    run.step("types, by mypy", home.program("mypy").arg("--config-file").arg(&config).arg(source))?;
    if run.has("node") {
        let mut pyright = home.program("pyright");
        pyright.arg("--pythonpath").arg(home.0.join("bin/python")).arg("--project").arg(&config);
        run.step("types, by pyright", &mut pyright)?;
    }
    run.step("tests in Python", &mut tests(run, &home, true))?;
    let mut story = home.program("python");
    story.arg(package.join(DEMO));
    run.step("the demo in Python", &mut sourced(run, story))?;
    chaos(run, &home)?;
    if let Some(wheel) = wheel(run)? {
        let sandbox = sandbox(&run.root);
        let mut check = home.program("python");
        check.arg("tests/packaging/python/check.py").arg(&wheel).arg(sandbox);
        run.step("the wheel in a clean environment", &mut check)?;
        for (version, python) in others(&home) {
            let other = Home(run.root.join(format!("target/python-{version}")));
            if other.made(run, &python, &[])? && other.holds(run, &wheel)? {
                run.step(&format!("tests of the wheel in Python {version}"), &mut tests(run, &other, false))?;
            }
        }
    }
    Ok(())
}

/// Puts wheel and source distribution under `target/packages/python`.
pub(crate) fn pack(run: &mut Run) -> Result<()> {
    if wheel(run)?.is_none() {
        return Ok(());
    }
    let packages = run.root.join("target/packages/python");
    let mut sdist = maturin(&run.root);
    sdist.args(["sdist", "--out"]).arg(&packages);
    if !run.step("the source distribution", &mut sdist)? {
        return Ok(());
    }
    for entry in fs::read_dir(&packages)? {
        let entry = entry?;
        let (name, bytes) = (entry.file_name(), entry.metadata()?.len());
        println!("  target/packages/python/{} {bytes} bytes", name.to_string_lossy());
    }
    Ok(())
}

/// Tells the demo's story in Python.
pub(crate) fn demo(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, "debug", &[])? else { return Ok(()) };
    let mut demo = home.program("python");
    demo.arg(run.root.join(PACKAGE).join(DEMO));
    run.step("the story in Python", &mut sourced(run, demo))?;
    Ok(())
}

/// Prints the package's reference.
pub(crate) fn docs(run: &mut Run) -> Result<()> {
    let folder = docs::folder(run, "python")?;
    let Some(home) = built(run, "debug", &[PDOC])? else { return Ok(()) };
    let mut pdoc = home.program("pdoc");
    pdoc.arg("--output-directory").arg(folder).args(DOCUMENTED);
    run.step("reference of the Python package", &mut sourced(run, pdoc))?;
    Ok(())
}

/// Measures the package beside the bare transports, with the library as it is published.
pub(crate) fn bench(run: &mut Run) -> Result<()> {
    let Some(home) = built(run, "release", &[])? else { return Ok(()) };
    let mut bench = home.program("python");
    bench.arg(run.root.join(PACKAGE).join("bench/bench.py"));
    run.step("calls in Python", &mut sourced(run, bench))?;
    Ok(())
}

fn chaos(run: &mut Run, home: &Home) -> Result<()> {
    let payouts = if run.named { "10000" } else { "500" };
    let mut chaos = home.program("python");
    chaos.arg(run.root.join(PACKAGE).join("tests/chaos/chaos.py")).args(["--payouts", payouts]);
    run.step(&format!("{payouts} payouts in Python, in all worlds"), &mut sourced(run, chaos))?;
    Ok(())
}

/// A virtual environment.
struct Home(PathBuf);

impl Home {
    fn program(&self, name: &str) -> Command {
        Command::new(self.0.join("bin").join(name))
    }

    /// Makes the environment and installs what the tests need.
    fn made(&self, run: &mut Run, python: &Path, more: &[&str]) -> Result<bool> {
        let mut venv = Command::new(python);
        if !self.0.join("bin/pip").exists()
            && !run.step("a virtual environment", venv.args(["-m", "venv"]).arg(&self.0))?
        {
            return Ok(false);
        }
        run.step("what the tests need", self.pip().args(PACKAGES).args(more))
    }

    /// Installs the wheel as it was built last.
    fn holds(&self, run: &mut Run, wheel: &Path) -> Result<bool> {
        run.step("the wheel", self.pip().args(["--force-reinstall", "--no-deps"]).arg(wheel))
    }

    fn pip(&self) -> Command {
        let mut pip = self.program("pip");
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        pip
    }
}

fn sandbox(root: &Path) -> PathBuf {
    root.join("target/debug/cryptopay-sandbox")
}

/// Makes a program of Python use the package's sources and the sandbox.
fn sourced(run: &Run, mut program: Command) -> Command {
    program.env("PYTHONPATH", run.root.join(PACKAGE).join("src"));
    program.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    program
}

/// The package's own tests, of its sources or of what is installed.
fn tests(run: &Run, home: &Home, sources: bool) -> Command {
    let package = run.root.join(PACKAGE);
    let mut pytest = home.program("python");
    pytest.args(["-m", "pytest", "-q", "-c"]).arg(package.join("pyproject.toml")).arg(package.join("tests"));
    pytest.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    if sources { sourced(run, pytest) } else { pytest }
}

/// Every other Python that is here, with its version.
fn others(home: &Home) -> Vec<(&'static str, PathBuf)> {
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

/// maturin, in the folder of the package: it looks for `pyproject.toml` nowhere else.
fn maturin(root: &Path) -> Command {
    let mut maturin = Command::new("env");
    maturin.arg("-C").arg(root.join(PACKAGE)).arg(tools::installed(root, "maturin"));
    maturin
}

/// Builds the wheel, and answers where it is.
fn wheel(run: &mut Run) -> Result<Option<PathBuf>> {
    if !run.has("python") || !run.has("maturin") {
        return Ok(None);
    }
    let folder = run.root.join("target/packages/python");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut build = maturin(&run.root);
    // Not stripped: the binding is generated from what the library says about itself.
    build.args(["build", "--release", "--out"]).arg(&folder);
    if !run.step("the wheel is built", &mut build)? {
        return Ok(None);
    }
    let made = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    let mut wheels = made.filter(|path| path.extension().is_some_and(|end| end == "whl"));
    match wheels.next() {
        Some(wheel) => Ok(Some(wheel)),
        None => bail!("maturin left no wheel in {}", folder.display()),
    }
}

/// Builds the bindings and puts the package's environment together.
fn built(run: &mut Run, profile: &str, more: &[&str]) -> Result<Option<Home>> {
    if !run.has("python") {
        return Ok(None);
    }
    let mut bindings = cargo([
        "build",
        "-p",
        "cryptopay-uniffi",
        "-p",
        "cryptopay-uniffi-bindgen",
        "-p",
        "cryptopay-sandbox",
    ]);
    if !run.step("the bindings and the sandbox", &mut bindings)? {
        return Ok(None);
    }
    if profile == "release" {
        let mut fast = cargo(["build", "--release", "-p", "cryptopay-uniffi"]);
        if !run.step("the library as it is published", &mut fast)? {
            return Ok(None);
        }
    }
    let home = Home(run.root.join("target/python"));
    if !home.made(run, Path::new("python3"), more)? {
        return Ok(None);
    }
    let native = run.root.join(PACKAGE).join("src/cryptopay_client/_native");
    fs::create_dir_all(&native).with_context(|| format!("cannot make {}", native.display()))?;
    let debug = run.root.join("target/debug");
    let mut generate = Command::new(debug.join("uniffi-bindgen"));
    generate.arg("generate").arg(debug.join("libcryptopay_uniffi.so"));
    generate.args(["--language", "python", "--no-format", "--out-dir"]).arg(&native);
    if !run.step("the private binding", &mut generate)? {
        return Ok(None);
    }
    let library = "libcryptopay_uniffi.so";
    let built = run.root.join("target").join(profile).join(library);
    // A library that a process has loaded is not written over but replaced.
    let fresh = native.join("fresh");
    fs::copy(&built, &fresh)
        .and_then(|_| fs::rename(&fresh, native.join(library)))
        .context("cannot copy the library")?;
    fs::write(native.join("__init__.py"), "from .cryptopay import *\n")
        .context("cannot write the binding's package")?;
    Ok(Some(home))
}
