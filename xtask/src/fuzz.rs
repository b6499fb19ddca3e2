//! `cargo xtask fuzz [target…] [--seconds N]`: random input for everything that reads what others wrote. The targets and a
//! small corpus stand in `tests/fuzz/`; what is found along the way is kept under `target/fuzz/`.
//!
//! A finding ends the target and leaves its input under `tests/fuzz/artifacts/`: make a contract file or a test of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::Ended;
use crate::run::{Run, cargo};
use crate::tools;

/// What is fuzzed, and what must hold for any input.
const TARGETS: [(&str, &str); 6] = [
    ("classify", "a response is classified, and its body never says whether a write was applied"),
    ("advance", "events in any order: no panic, no send too many, nothing definite after doubt"),
    ("callback", "only what was signed passes; every body has a dedupe key"),
    ("text", "amounts, times and ids are read or refused, never rounded"),
    ("border", "configurations, starts, records and events as the bindings hand them over"),
    ("sandbox", "bytes on its socket: it answers or closes, and goes on serving"),
];

/// How long a target runs unless told.
const SECONDS: u32 = 60;

/// The task.
pub(crate) fn task(arguments: &[String]) -> Result<Ended> {
    let (named, seconds) = match read(arguments) {
        Ok(read) => read,
        Err(sentence) => return Ok(Ended::Misused(sentence)),
    };
    let mut run = Run::new(true)?;
    if !run.has("nightly") || !run.has("cargo-fuzz") {
        return Ok(Ended::Badly);
    }
    for (target, promise) in TARGETS.iter().filter(|(target, _)| named.is_empty() || named.contains(target)) {
        let found = run.root.join("target/fuzz/corpus").join(target);
        fs::create_dir_all(&found).with_context(|| format!("{} cannot be made", found.display()))?;
        run.step(
            &format!("{target}, {seconds} s: {promise}"),
            &mut fuzz(&run.root, target, &found, seconds)?,
        )?;
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}

/// The targets that are named (none: all), and for how long each runs.
fn read(arguments: &[String]) -> Result<(Vec<&str>, u32), String> {
    let (mut named, mut seconds) = (Vec::new(), SECONDS);
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if word == "--seconds" {
            let number = rest.next().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
            seconds = number.ok_or("`--seconds` takes a whole number from 1")?;
        } else if TARGETS.iter().any(|(target, _)| *target == word) {
            named.push(word);
        } else {
            let known: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
            return Err(format!("`fuzz` has no target `{word}`: the targets are {}", known.join(", ")));
        }
    }
    Ok((named, seconds))
}

/// One target: what it finds goes to the first folder, the committed corpus is only read.
fn fuzz(root: &Path, target: &str, found: &Path, seconds: u32) -> Result<Command> {
    let mut command =
        cargo(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz", "--target-dir", "target/fuzz"]);
    command.arg(target).arg(found).arg(root.join("tests/fuzz/corpus").join(target));
    command.args(["--", &format!("-max_total_time={seconds}"), "-timeout=20", "-rss_limit_mb=2048"]);
    // `cargo fuzz` is the program that was installed here.
    let program = tools::installed(root, "cargo-fuzz");
    command.env("PATH", tools::path_from(program.parent().unwrap_or(root).to_path_buf())?);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn targets_and_seconds_are_read_in_any_order() {
        assert_eq!(read(&[]), Ok((vec![], 60)));
        assert_eq!(read(&words("--seconds 5 text classify")), Ok((vec!["text", "classify"], 5)));
    }

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        assert!(read(&words("tekst")).unwrap_err().contains("text"));
        for line in ["--seconds", "--seconds 0", "--seconds soon"] {
            assert!(read(&words(line)).unwrap_err().contains("whole number"));
        }
    }

    #[test]
    fn every_target_has_a_program_and_a_corpus() {
        let fuzz = crate::run::root().unwrap().join("tests/fuzz");
        let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
        for (target, _) in TARGETS {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(fs::read_dir(fuzz.join("corpus").join(target)).unwrap().count() > 0, "{target}");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }
}
