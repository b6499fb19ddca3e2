//! The table: what was measured, its figure, the peer beside it, the budget, and whether it is kept. Rows are printed as they
//! come, since the slow ones come last, and kept for the table of all languages (`CRYPTOPAY_LEDGER`, see tests/README.md).

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// What a figure, or its ratio to a peer, must keep.
#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Only to be seen.
    None,
}

impl Budget {
    /// What is allowed and whether `value` is; `unit` stands behind the bound.
    fn judged(self, value: f64, unit: &str) -> [String; 2] {
        let (allowed, kept) = match self {
            Self::AtMost(most) => (format!("≤ {most} {unit}"), value <= most),
            Self::AtLeast(least) => (format!("≥ {least} {unit}"), value >= least),
            Self::None => return ["-".to_owned(), "-".to_owned()],
        };
        [allowed, if kept { "met" } else { "missed" }.to_owned()]
    }
}

/// The columns of a row.
type Columns = [String; 6];

/// The table of one run.
pub(crate) struct Table {
    /// The file that the rows are kept in.
    kept: Option<PathBuf>,
}

impl Table {
    /// Begins it: the names of the columns, and an empty file where rows are kept.
    ///
    /// # Errors
    /// When that file cannot be written.
    pub(crate) fn begin() -> Result<Self> {
        let kept =
            std::env::var_os("CRYPTOPAY_LEDGER").map(|folder| PathBuf::from(folder).join("bench-rust.tsv"));
        if let Some(file) = &kept {
            fs::write(file, "").with_context(|| format!("cannot write {}", file.display()))?;
        }
        print(&["what", "figure", "peer", "ratio", "budget", "verdict"].map(str::to_owned));
        Ok(Self { kept })
    }

    /// A figure by itself.
    ///
    /// # Errors
    /// When the row cannot be kept.
    pub(crate) fn figure(&self, what: &str, figure: f64, unit: &str, budget: Budget) -> Result<()> {
        let [allowed, verdict] = budget.judged(figure, unit);
        self.tell([what.to_owned(), shown(figure, unit), "-".to_owned(), "-".to_owned(), allowed, verdict])
    }

    /// A figure and the same of a peer in this run; the budget is for how many times the peer's it is.
    ///
    /// # Errors
    /// When the row cannot be kept.
    pub(crate) fn beside(
        &self,
        what: &str,
        figure: f64,
        unit: &str,
        (peer, theirs): (&str, f64),
        budget: Budget,
    ) -> Result<()> {
        let ratio = figure / theirs;
        let [allowed, verdict] = budget.judged(ratio, "×");
        let peer = format!("{} {peer}", shown(theirs, unit));
        self.tell([what.to_owned(), shown(figure, unit), peer, format!("{ratio:.2}"), allowed, verdict])
    }

    /// What could not be measured here, and why.
    ///
    /// # Errors
    /// When the row cannot be kept.
    pub(crate) fn skipped(&self, what: &str, why: &str) -> Result<()> {
        let none = || "-".to_owned();
        self.tell([what.to_owned(), "not measured".to_owned(), why.to_owned(), none(), none(), none()])
    }

    fn tell(&self, columns: Columns) -> Result<()> {
        print(&columns);
        let Some(file) = &self.kept else { return Ok(()) };
        let mut kept = OpenOptions::new().append(true).open(file)?;
        writeln!(kept, "{}", columns.join("\t")).with_context(|| format!("cannot write {}", file.display()))
    }
}

fn shown(figure: f64, unit: &str) -> String {
    let digits = if figure < 100.0 { 2 } else { 0 };
    format!("{figure:.digits$} {unit}")
}

fn print([what, figure, peer, ratio, budget, verdict]: &Columns) {
    println!("{what:<46} | {figure:>14} | {peer:>26} | {ratio:>5} | {budget:<10} | {verdict}");
}
