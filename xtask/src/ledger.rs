//! What the runtimes wrote down while they were tested, put side by side at the end of `cargo xtask test`.
//!
//! Every step finds the folder in `CRYPTOPAY_LEDGER`; who writes which file and line is said in `tests/README.md`. Here is
//! how ledgers are read and tables printed; `ledger/contract.rs`, `ledger/chaos.rs` and `ledger/deadlines.rs` decide what is wrong in one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::files::emptied;
use crate::run::{dim, red};

pub(crate) mod chaos;
pub(crate) mod contract;
pub(crate) mod deadlines;

/// Names the folder to everything that a step starts.
pub(crate) const VARIABLE: &str = "CRYPTOPAY_LEDGER";

/// The runtimes, each with the part of the tests in which it executes the contract.
pub(crate) const RUNTIMES: [(&str, &str); 6] = [
    ("rust", "contract"),
    ("node", "npm"),
    ("browser", "browser"),
    ("python", "python"),
    ("kotlin", "kotlin"),
    ("swift", "swift"),
];

/// How much of a part this run has seen.
pub(crate) enum Ran {
    Whole,
    /// Without these steps.
    Partly(String),
    /// Why not.
    Not(String),
}

/// Whether anything is written down in a part of the tests. What another run wrote is left alone by one without such a part.
pub(crate) fn written_in(part: &str) -> bool {
    part == "chaos" || RUNTIMES.iter().any(|(_, own)| *own == part)
}

/// The folder of this run's ledgers.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("target/ledger")
}

/// Begins a run: what another one wrote down is gone.
pub(crate) fn begin(root: &Path) -> Result<()> {
    let folder = folder(root);
    emptied(&folder)
}

/// Whether a runtime wrote down what its program of this kind found.
pub(crate) fn wrote(root: &Path, kind: &str, runtime: &str) -> bool {
    folder(root).join(format!("{kind}-{runtime}.tsv")).exists()
}

/// The cells of every line.
type Lines = Vec<Vec<String>>;

/// The ledgers of one kind, by runtime.
type Told = Vec<(&'static str, Lines)>;

/// All ledgers of one kind, and a table that begins with what is to be said of each runtime without one: where it was `due`,
/// that is wrong.
fn each(root: &Path, kind: &str, due: impl Fn(&str) -> bool) -> Result<(Told, Table)> {
    let (mut told, mut table) = (Vec::new(), Table::default());
    for (runtime, _) in RUNTIMES {
        match lines(&folder(root).join(format!("{kind}-{runtime}.tsv")))? {
            Some(lines) => told.push((runtime, lines)),
            None if due(runtime) => table.wrong.push(format!("{runtime} wrote nothing down")),
            None => table.notes.push(format!("{runtime} wrote nothing down in this run")),
        }
    }
    Ok((told, table))
}

/// The lines of a ledger, cut at their tabs; nothing where there is none.
fn lines(file: &Path) -> Result<Option<Lines>> {
    match fs::read_to_string(file) {
        Ok(text) => {
            let lines = text.lines().filter(|line| !line.is_empty());
            Ok(Some(lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// A cell of a table, red if it is one that must not be.
struct Cell {
    text: String,
    wrong: bool,
}

fn cell(text: impl ToString) -> Cell {
    Cell { text: text.to_string(), wrong: false }
}

/// A table under its head: the first columns hold words, the others numbers. And what was wrong with it, a sentence each.
#[derive(Default)]
pub(crate) struct Table {
    head: Vec<String>,
    words: usize,
    rows: Vec<Vec<Cell>>,
    pub(crate) wrong: Vec<String>,
    /// What is not in it, and why.
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn print(&self) {
        let texts = |row: &Vec<Cell>| row.iter().map(|cell| cell.text.chars().count()).collect::<Vec<_>>();
        let mut widths: Vec<usize> = self.head.iter().map(|word| word.chars().count()).collect();
        for row in self.rows.iter().map(texts) {
            for (widest, width) in widths.iter_mut().zip(row) {
                *widest = width.max(*widest);
            }
        }
        let line = |cells: &mut dyn Iterator<Item = (&str, bool)>| {
            let padded = cells.zip(&widths).enumerate().map(|(column, ((text, wrong), width))| {
                let text =
                    if column < self.words { format!("{text:<width$}") } else { format!("{text:>width$}") };
                if wrong { red(&text) } else { text }
            });
            padded.collect::<Vec<_>>().join("  ")
        };
        println!("  {}", dim(&line(&mut self.head.iter().map(|word| (word.as_str(), false)))));
        for row in &self.rows {
            println!("  {}", line(&mut row.iter().map(|cell| (cell.text.as_str(), cell.wrong))));
        }
        for note in &self.notes {
            println!("  {}", dim(note));
        }
        for sentence in &self.wrong {
            println!("  {} {sentence}", red("✗"));
        }
    }
}
