//! What the tasks need beside Rust: how each tool is found, and how it gets here without asking anybody.
//!
//! Cargo, npm and Python tools are pinned and installed under `target/tools/`, never into the person's own folders. Debian
//! packages are installed only as root. Whatever cannot be installed ends in one sentence with the command that does it.
//! What a missing tool means for a run is decided in `run.rs`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

mod table;
mod tree;

use crate::Ended;
use crate::run::{cargo, dim, echoed};
use table::{Comes, TOOLS, Tool};

/// Where the program of a cargo, npm or Python tool is once it is installed.
pub(crate) fn installed(root: &Path, name: &str) -> PathBuf {
    let home = home(root);
    match tool(name).map(|tool| &tool.comes) {
        Some(Comes::Npm { package, .. }) => npm_home(root, package).join("node_modules/.bin").join(name),
        Some(Comes::Pip { .. }) => scripts(root).join(name),
        Some(Comes::Wheel { .. }) if scripts(root).join(name).exists() => scripts(root).join(name),
        _ => home.join("bin").join(name),
    }
}

/// A tool that is a script of Python, with the Python of its environment: the script itself names the place where it was
/// installed, which is wrong once the clone was moved.
pub(crate) fn python_script(root: &Path, name: &str) -> Command {
    let mut python = Command::new(scripts(root).join("python"));
    python.arg(installed(root, name));
    python
}

/// The folder of an npm package that a tool is.
pub(crate) fn package(root: &Path, name: &str) -> PathBuf {
    npm_home(root, name).join("node_modules").join(name)
}

/// The tree that holds Swift, or nothing when the system has one of its own.
pub(crate) fn swift_tree(root: &Path) -> Option<PathBuf> {
    let mut own = Command::new("swift");
    own.arg("--version");
    said(own).is_none().then(|| home(root).join("swift"))
}

/// Sees to it that a tool is here. The error is one sentence that says what to do.
pub(crate) fn ensure(name: &str, root: &Path) -> Result<()> {
    let Some(tool) = tool(name) else {
        bail!("no tool is called `{name}`");
    };
    if found(tool, root) {
        return Ok(());
    }
    let started = Instant::now();
    let by_hand = by_hand(tool);
    let of_debian = matches!(tool.comes, Comes::System { .. } | Comes::Tree { .. });
    if of_debian && !may_apt() {
        bail!("{name} is missing or too old ({}): install it with {by_hand}", tool.what);
    }
    println!("  {name} is not here yet ({}): it is installed now", tool.what);
    let done = install(tool, root)
        .with_context(|| format!("{name} could not be installed; do it with {by_hand}"))?;
    if !done || !found(tool, root) {
        bail!("{name} is still missing or too old: install it with {by_hand}");
    }
    println!("  {}", dim(&format!("{name} installed in {:.0} s", started.elapsed().as_secs_f64())));
    Ok(())
}

/// `cargo xtask help tools`: the table, with what is here.
pub(crate) fn help() -> Result<Ended> {
    let root = crate::run::root()?;
    println!("installed when a task needs it, if that is possible without asking:\n");
    for tool in TOOLS {
        let here = if found(tool, &root) { "here" } else { "not here" };
        println!("  {:<15} {here:<9} {}  {}", tool.name, tool.what, dim(&format!("({})", by_hand(tool))));
    }
    Ok(Ended::Well)
}

fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The folder of everything that is installed here.
fn home(root: &Path) -> PathBuf {
    root.join("target/tools")
}

/// The folder of the programs that Python packages bring.
pub(crate) fn scripts(root: &Path) -> PathBuf {
    home(root).join("venv").join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// The path that programs are looked for on, with a folder before all others.
pub(crate) fn path_from(folder: PathBuf) -> Result<OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&rest)))
        .context("PATH holds what no path can hold")
}

/// Whether this version of a Python package is installed there, by what pip notes beside it.
fn has_wheel(root: &Path, package: &str, version: &str) -> bool {
    let noted = format!("{}-{version}.dist-info", package.replace('-', "_"));
    let venv = home(root).join("venv");
    let of_versions =
        fs::read_dir(venv.join("lib")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut libraries = of_versions.chain([venv.join("Lib")]);
    libraries.any(|library| library.join("site-packages").join(&noted).is_dir())
}

/// The folder of one npm package. Each has its own, because npm removes what a folder's manifest does not name.
fn npm_home(root: &Path, package: &str) -> PathBuf {
    home(root).join("npm").join(package)
}

fn found(tool: &Tool, root: &Path) -> bool {
    match &tool.comes {
        Comes::Component { subcommand, .. } => said(cargo([subcommand, "--version"])).is_some(),
        Comes::Target(target) => {
            let mut rustc = Command::new("rustc");
            rustc.args(["--print", "target-libdir", "--target", target]);
            said(rustc).is_some_and(|folder| Path::new(folder.trim()).is_dir())
        }
        Comes::Toolchain(name) => {
            let mut rustup = Command::new("rustup");
            rustup.args(["toolchain", "list"]);
            said(rustup).is_some_and(|text| text.lines().any(|line| line.starts_with(name)))
        }
        Comes::Pip { package, version } => has_wheel(root, package, version),
        Comes::Wheel { package, version } if has_wheel(root, package, version) => true,
        Comes::Cargo(version) | Comes::Wheel { version, .. } => {
            let asked = |before: Option<&str>| {
                let mut program = Command::new(installed(root, tool.name));
                program.args(before).arg("--version");
                said(program).is_some_and(|text| text.split_whitespace().any(|word| word == *version))
            };
            // Some of cargo's subcommands answer only behind their own name, as cargo calls them.
            asked(None) || tool.name.strip_prefix("cargo-").is_some_and(|name| asked(Some(name)))
        }
        Comes::Npm { package, version } => {
            let manifest = self::package(root, package).join("package.json");
            fs::read_to_string(manifest)
                .is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
        }
        Comes::Tree { packages, .. } => {
            let mut program = Command::new(tool.name);
            program.arg("--version");
            said(program).is_some() || tree::has(&home(root).join(tool.name), packages)
        }
        Comes::System { probe: [program, question], least, .. } => {
            let mut program = Command::new(program);
            program.arg(question);
            said(program).and_then(|text| first_version(&text)).is_some_and(|version| version >= *least)
        }
    }
}

/// Installs a tool; `false` when an installer ran and said no.
fn install(tool: &Tool, root: &Path) -> Result<bool> {
    let home = home(root);
    match &tool.comes {
        Comes::Component { component, .. } => {
            echoed(root, Command::new("rustup").args(["component", "add", component]))
        }
        Comes::Target(target) => echoed(root, Command::new("rustup").args(["target", "add", target])),
        Comes::Toolchain(name) => {
            echoed(root, Command::new("rustup").args(["toolchain", "install", "--profile", "minimal", name]))
        }
        Comes::Cargo(version) => echoed(root, &mut from_crate(&home, &format!("{}@{version}", tool.name))),
        Comes::Npm { package, version } => {
            ensure("node", root)?;
            let folder = npm_home(root, package);
            fs::create_dir_all(&folder)?;
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
            echoed(root, npm.arg(format!("{package}@{version}")))
        }
        Comes::Pip { package, version } => from_wheel(root, package, version),
        Comes::Wheel { package, version } => {
            // Ready-made in seconds, or built in minutes.
            let made = ensure("python", root).is_ok() && from_wheel(root, package, version)?;
            let crate_name = format!("{}@{version}", tool.name);
            Ok(made || echoed(root, &mut from_crate(&home, &crate_name))?)
        }
        Comes::Tree { suite, packages } => {
            let tree = home.join(tool.name);
            if tree.exists() {
                return tree::completed(root, &tree, packages);
            }
            Ok(apt(root, &["mmdebstrap", "debian-archive-keyring"])?
                && tree::made(root, &tree, suite, packages)?)
        }
        Comes::System { debian, .. } => apt(root, debian),
    }
}

/// Installs a Python package into the environment of the tools.
fn from_wheel(root: &Path, package: &str, version: &str) -> Result<bool> {
    ensure("python", root)?;
    let python = scripts(root).join("python");
    let mut venv = Command::new("python3");
    if !python.with_extension(std::env::consts::EXE_EXTENSION).exists()
        && !echoed(root, venv.args(["-m", "venv"]).arg(home(root).join("venv")))?
    {
        return Ok(false);
    }
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
    echoed(root, pip.arg(format!("{package}=={version}")))
}

/// Builds a tool from its crate. `--debug`: such a tool runs for seconds and its optimised build takes minutes. One folder for
/// all of them: they share half of what they stand on.
fn from_crate(home: &Path, package: &str) -> Command {
    let mut build = cargo(["install", "--debug", "--locked", "--root"]);
    build.arg(home).arg(package).env("CARGO_TARGET_DIR", home.join("build"));
    build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    build
}

/// Whether Debian packages may be installed without asking: as root, where `apt-get` is.
fn may_apt() -> bool {
    let mut id = Command::new("id");
    id.arg("-u");
    said(id).is_some_and(|text| text.trim() == "0") && Path::new("/usr/bin/apt-get").exists()
}

/// Installs Debian packages.
fn apt(root: &Path, packages: &[&str]) -> Result<bool> {
    static UPDATED: OnceLock<bool> = OnceLock::new();
    if !may_apt() {
        return Ok(false);
    }
    if UPDATED.get().is_none() {
        let _ = UPDATED.set(echoed(root, Command::new("apt-get").args(["update", "--quiet"]))?);
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "--no-install-recommends"]).args(packages);
    echoed(root, install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// What a person types to install a tool, in backquotes, and what would do instead.
fn by_hand(tool: &Tool) -> String {
    let name = tool.name;
    match &tool.comes {
        Comes::Component { component, .. } => format!("`rustup component add {component}`"),
        Comes::Target(target) => format!("`rustup target add {target}`"),
        Comes::Toolchain(name) => format!("`rustup toolchain install --profile minimal {name}`"),
        Comes::Cargo(version) | Comes::Wheel { version, .. } => {
            format!("`cargo install --locked --root target/tools {name}@{version}`")
        }
        Comes::Npm { package, version } => {
            format!("`npm install --no-save --prefix target/tools/npm/{package} {package}@{version}`")
        }
        Comes::Pip { package, version } => format!(
            "`python3 -m venv target/tools/venv && target/tools/venv/bin/pip install {package}=={version}`"
        ),
        Comes::Tree { suite, packages } => format!(
            "`mmdebstrap --variant=minbase --include={} {suite} target/tools/{name}`, or use your system's own",
            packages.join(",")
        ),
        Comes::System { debian, least: (major, minor), .. } => format!(
            "`apt-get install -y {}`, or use your system's own ({major}.{minor} or later)",
            debian.join(" ")
        ),
    }
}

/// What a command says when it ends well.
fn said(mut command: Command) -> Option<String> {
    let output = command.output().ok()?;
    let told = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    output.status.success().then(|| String::from_utf8_lossy(&told).into_owned())
}

/// The first two numbers of what a program says of itself, like `v20.20.2` or `Python 3.11.7` (colours stick to the words beside).
fn first_version(text: &str) -> Option<(u32, u32)> {
    let mut words = text.split_whitespace().map(|word| word.trim_start_matches('v'));
    let version = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_print_them() {
        assert_eq!(first_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(first_version("Python 3.11.7"), Some((3, 11)));
        assert_eq!(first_version("javac 17"), Some((17, 0)));
        assert_eq!(first_version("\u{1b}[1mApache Maven 3.8.7\u{1b}[m"), Some((3, 8)));
        assert_eq!(first_version("none"), None);
    }

    #[test]
    fn an_old_version_is_not_good_enough() {
        assert!(first_version("Python 3.9.2").unwrap() < (3, 11));
        assert!(first_version("v18.19.0").unwrap() < (20, 0));
    }

    #[test]
    fn every_tool_has_its_own_name_and_a_command() {
        for (n, tool) in TOOLS.iter().enumerate() {
            assert!(TOOLS.iter().skip(n + 1).all(|other| other.name != tool.name), "{} twice", tool.name);
            let by_hand = by_hand(tool);
            let (command, _) = by_hand.strip_prefix('`').unwrap().split_once('`').unwrap();
            assert!(command.contains(' ') && !command.contains('('), "{command}");
        }
    }

    #[test]
    fn a_tool_that_is_not_in_the_table_is_refused() {
        assert!(ensure("hammer", Path::new("/")).unwrap_err().to_string().contains("hammer"));
    }
}
