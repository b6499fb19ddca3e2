//! Runs external commands so that a person can follow: each is echoed before it runs, its output goes through untouched,
//! and its seconds are told when it ends. What a failed or skipped step means for a whole part is decided in `test.rs`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::{ledger, tools};

/// One run of a part or task: where it works, how strict it is, and what went wrong so far.
pub(crate) struct Run {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// The part was asked for by name, not as one of all.
    pub(crate) named: bool,
    /// The folder in which programs keep what they counted or measured, for a table over all of them.
    pub(crate) ledger: PathBuf,
    /// Steps that ran and failed, and tools that could not be had where nothing may be skipped.
    pub(crate) failed: Vec<String>,
    /// Steps left out, each with the sentence that says why. Empty when the run is strict.
    pub(crate) skipped: Vec<String>,
}

impl Run {
    /// A run at the root of the repository.
    pub(crate) fn new(named: bool) -> Result<Self> {
        let root = root()?;
        Ok(Self { ledger: ledger::folder(&root), root, named, failed: Vec::new(), skipped: Vec::new() })
    }

    /// Runs one step to its end. A failure is noted, so that the steps after it still run and are told too.
    pub(crate) fn step(&mut self, name: &str, command: &mut Command) -> Result<bool> {
        let root = self.root.clone();
        self.step_in(&root, name, command)
    }

    /// The same for a program that works in another folder than the root.
    pub(crate) fn step_in(&mut self, folder: &Path, name: &str, command: &mut Command) -> Result<bool> {
        println!("{} {name}", bold("▸"));
        let started = Instant::now();
        echo(command);
        // Unless the step says itself where it writes, or that it does not.
        if command.get_envs().all(|(name, _)| name != ledger::VARIABLE) {
            command.env(ledger::VARIABLE, &self.ledger);
        }
        let well = ran(folder, command)?;
        let seconds = started.elapsed().as_secs_f64();
        if well {
            println!("  {} {name} {}", green("✓"), dim(&format!("{seconds:.1} s")));
        } else {
            println!("  {} {name} {}", red("✗"), dim(&format!("{seconds:.1} s")));
            self.failed.push(name.to_owned());
        }
        Ok(well)
    }

    /// Sees to it that a tool is here, installing it where that is possible without asking.
    ///
    /// When it cannot be had, a part that was named fails, and so does every run in CI; otherwise what needs it is
    /// skipped, and the summary says so. The steps that need nothing of it run in any case.
    pub(crate) fn has(&mut self, tool: &str) -> bool {
        let Err(missing) = tools::ensure(tool, &self.root) else {
            return true;
        };
        let sentence = format!("{missing:#}");
        if self.named || in_ci() {
            println!("  {} {sentence}", red("✗"));
            self.failed.push(sentence);
        } else {
            println!("  {} {sentence}", yellow("skipped:"));
            self.skipped.push(sentence);
        }
        false
    }
}

/// `cargo` with these arguments, free of what cargo told this program about itself (build scripts such as ring's watch
/// those variables and would be built again in every other run).
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let about_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if about_us.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Echoes a command and runs it in `folder`; whether it ended with 0.
pub(crate) fn echoed(folder: &Path, command: &mut Command) -> Result<bool> {
    echo(command);
    ran(folder, command)
}

fn echo(command: &Command) {
    println!("  {}", dim(&format!("$ {}", words(command))));
}

fn ran(folder: &Path, command: &mut Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    // Unless the step names folders of its own.
    if command.get_envs().all(|(name, _)| name != LIBRARIES) {
        match libraries()? {
            Some(folders) => command.env(LIBRARIES, folders),
            None => command.env_remove(LIBRARIES),
        };
    }
    let status = command
        .current_dir(folder)
        .status()
        .with_context(|| format!("`{program}` could not be started: is it installed and on PATH?"))?;
    Ok(status.success())
}

/// Where the loader looks for libraries first.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// Its folders but for those in which cargo builds: it adds them for the programs that it runs, and whoever loads the published
/// library would get one that was built there for something else.
fn libraries() -> Result<Option<OsString>> {
    let Some(folders) = std::env::var_os(LIBRARIES) else { return Ok(None) };
    let target = root()?.join("target");
    let left: Vec<PathBuf> =
        std::env::split_paths(&folders).filter(|folder| !folder.starts_with(&target)).collect();
    Ok(if left.is_empty() { None } else { Some(std::env::join_paths(left)?) })
}

/// A command as one would type it: the variables set for it, the program, its arguments. Secrets are left out, even those
/// of a sandbox that lives for a second: what is printed ends up in logs and is copied.
fn words(command: &Command) -> String {
    let mut text = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            // The path is known, and longer than the rest.
            let short = name == "PATH" || name.contains("SECRET") || name.contains("KEY");
            let shown = if short { "…".to_owned() } else { quoted(&value) };
            let _ = write!(text, "{name}={shown} ");
        }
    }
    text.push_str(&command.get_program().to_string_lossy());
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&quoted(&argument.to_string_lossy()));
    }
    text
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// Whether this is CI, where nothing is skipped silently.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The root of the repository this program was built from.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask has no parent folder")?.to_path_buf())
}

/// Colours, only for a terminal (and not where `NO_COLOR` is set).
fn painted(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

pub(crate) fn bold(text: &str) -> String {
    painted("1", text)
}

pub(crate) fn dim(text: &str) -> String {
    painted("2", text)
}

pub(crate) fn red(text: &str) -> String {
    painted("31", text)
}

pub(crate) fn green(text: &str) -> String {
    painted("32", text)
}

pub(crate) fn yellow(text: &str) -> String {
    painted("33", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echoed_command_can_be_typed_again() {
        let mut command = Command::new("cargo");
        command.args(["doc", "--no-deps", ""]).env("RUSTDOCFLAGS", "-D warnings").env_remove("HOME");
        assert_eq!(words(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps ''");
    }

    #[test]
    fn an_echoed_command_shows_no_secret() {
        let mut command = Command::new("cargo");
        command.arg("test").env("CRYPTOPAY_API_SECRET", "s3cret").env("CRYPTOPAY_API_KEY", "k3y");
        assert_eq!(words(&command), "CRYPTOPAY_API_KEY=… CRYPTOPAY_API_SECRET=… cargo test");
    }

    #[test]
    fn a_failed_step_is_remembered_and_the_next_one_runs() {
        let mut run = Run::new(false).unwrap();
        assert!(!run.step("bad", &mut Command::new("false")).unwrap());
        assert!(run.step("good", &mut Command::new("true")).unwrap());
        assert_eq!(run.failed, ["bad"]);
    }
}
