//! What this runtime executed, written down for the tables of `cargo xtask test`: the folder is named by
//! `CRYPTOPAY_LEDGER`, and nothing is written without it. The formats are in `tests/README.md`.

use anyhow::{Context, Result};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

fn file(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CRYPTOPAY_LEDGER").filter(|folder| !folder.is_empty())?;
    Some(PathBuf::from(folder).join(name))
}

/// Writes down the files of one kind that were executed whole, each with the number of cases that passed. What is there of
/// the other kinds stays, because each kind is executed by a program of its own.
///
/// # Errors
/// When the ledger cannot be written.
pub fn executed(kind: &str, passed: &[(String, usize)]) -> Result<()> {
    let Some(file) = file("rust.tsv") else { return Ok(()) };
    let known = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    let others = known.lines().filter(|line| !line.starts_with(&format!("{kind}/")));
    let mine = passed.iter().map(|(name, cases)| format!("{kind}/{name}.json\t{cases}"));
    let mut lines: Vec<String> = others.map(str::to_owned).chain(mine).collect();
    lines.sort();
    fs::write(&file, lines.join("\n") + "\n").with_context(|| format!("{} cannot be written", file.display()))
}

/// Adds lines to `<kind>-rust.tsv`.
///
/// # Errors
/// When the ledger cannot be written.
pub fn add(kind: &str, lines: &[String]) -> Result<()> {
    let Some(file) = file(&format!("{kind}-rust.tsv")) else { return Ok(()) };
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let opened = fs::OpenOptions::new().create(true).append(true).open(&file);
    opened
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", file.display()))
}
