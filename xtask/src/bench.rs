//! `cargo xtask bench`: the measurements, in release. Each language's program tells its own figures as they come and keeps
//! them as rows; at the end all rows stand in one table, the budgets of every language under each other.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::files::emptied;
use crate::named::{self, Part};
use crate::run::{Run, bold, cargo, green, red, yellow};
use crate::{Ended, kotlin, node, python, swift};

/// What can be measured by name.
pub(crate) static PARTS: &[Part] = &[
    Part { name: "rust", what: "signing, calls, crowds, memory, the sandbox", run: rust },
    Part { name: "python", what: "calls beside the bare transports, and the import", run: python::bench },
    Part { name: "npm", what: "calls beside node:http and another SDK, sizes, memory", run: node::bench },
    Part { name: "kotlin", what: "calls beside the bare client of the JDK", run: kotlin::bench },
    Part { name: "swift", what: "calls beside bare URLSession", run: swift::bench },
];

/// The columns of a row, as they stand in `bench-<language>.tsv`.
const COLUMNS: [&str; 6] = ["what", "figure", "peer", "ratio", "budget", "verdict"];

/// The task: the languages that are named, or all. A missed budget is a figure and no failure.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    let all: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
    let mut run = Run::new(!names.is_empty())?;
    let ledger = run.root.join("target/bench");
    emptied(&ledger)?;
    run.ledger.clone_from(&ledger);
    let ended = named::within(&mut run, "bench", PARTS, names, &all)?;
    if !matches!(ended, Ended::Misused(_)) {
        table(&ledger, &run.skipped)?;
    }
    Ok(ended)
}

fn rust(run: &mut Run) -> Result<()> {
    run.step("Rust", &mut cargo(["run", "--release", "-p", "cryptopay-contract", "--bin", "bench"]))?;
    Ok(())
}

/// Prints the rows of every program that kept some, and how many budgets are met.
fn table(ledger: &Path, skipped: &[String]) -> Result<()> {
    let mut rows = Vec::new();
    for part in PARTS {
        let file = ledger.join(format!("bench-{}.tsv", part.name));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let told = read(&text).with_context(|| format!("{} cannot be read", file.display()))?;
        rows.extend(told.into_iter().map(|row| (part.name, row)));
    }
    println!("\n{}", bold("━━ budgets ━━"));
    for line in drawn(&rows) {
        println!("{line}");
    }
    let with = |verdict: &str| rows.iter().filter(|(_, row)| row[5] == verdict).count();
    println!("\n{} met, {} missed, {} without a budget", with("met"), with("missed"), with("-"));
    for sentence in skipped {
        println!("{} {sentence}", yellow("skipped:"));
    }
    Ok(())
}

/// The rows of one file.
fn read(text: &str) -> Result<Vec<[String; 6]>> {
    let row = |line: &str| -> Result<[String; 6]> {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let Ok(columns) = <[String; 6]>::try_from(columns) else {
            bail!("`{line}` has not the columns {}", COLUMNS.join(", "));
        };
        match columns[5].as_str() {
            "met" | "missed" | "-" => Ok(columns),
            other => bail!("`{other}` is no verdict: there are met, missed and -"),
        }
    };
    text.lines().map(row).collect()
}

/// The lines of the table, each column as wide as its widest cell.
fn drawn(rows: &[(&str, [String; 6])]) -> Vec<String> {
    let head = ["language"].into_iter().chain(COLUMNS).map(str::to_owned).collect::<Vec<_>>();
    let cells = rows.iter().map(|(language, row)| {
        std::iter::once((*language).to_owned()).chain(row.iter().cloned()).collect::<Vec<_>>()
    });
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    let wide = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=COLUMNS.len()).map(wide).collect();
    let drawn = |line: &Vec<String>| {
        let padded = line.iter().zip(&widths).enumerate().map(|(n, (cell, wide))| {
            let gap = " ".repeat(wide - cell.chars().count());
            match (n, cell.as_str()) {
                (6, "met") => green("met"),
                (6, "missed") => red("missed"),
                // Figures end under each other, words begin under each other.
                (2..=4, _) => gap + cell,
                _ => cell.to_owned() + &gap,
            }
        });
        padded.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    };
    lines.iter().map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str =
        "sign one GET\t0.30 µs\t-\t-\t≤ 0.4 µs\tmet\ncall\t120 µs\t60 µs bare\t2.00\t≤ 1.25 ×\tmissed\n";

    #[test]
    fn the_rows_of_a_language_stand_under_each_other() {
        let rows: Vec<_> = read(KEPT).unwrap().into_iter().map(|row| ("rust", row)).collect();
        assert_eq!(
            drawn(&rows),
            [
                "language | what         |  figure |       peer | ratio | budget   | verdict",
                "rust     | sign one GET | 0.30 µs |          - |     - | ≤ 0.4 µs | met",
                "rust     | call         |  120 µs | 60 µs bare |  2.00 | ≤ 1.25 × | missed",
            ]
        );
    }

    #[test]
    fn a_row_that_cannot_be_understood_is_told() {
        assert!(read("a\tb\n").unwrap_err().to_string().contains("verdict"));
        assert!(read("a\tb\tc\td\te\tperhaps\n").unwrap_err().to_string().contains("perhaps"));
    }
}
