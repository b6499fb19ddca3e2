//! The table: what was measured, its figure, the budget or the peer beside it, and whether the budget is met.
//! Rows are printed as they come, since the slow ones come last. What the figures are is decided elsewhere.

/// What a figure must keep.
#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Only to be seen.
    None,
}

/// Prints the names of the columns.
pub(crate) fn head() {
    line("what", "figure", "budget or peer", "verdict");
    line(&"-".repeat(46), &"-".repeat(14), &"-".repeat(38), &"-".repeat(7));
}

/// Prints a figure with its unit; `peer` is what it was compared with, empty when nothing was.
pub(crate) fn row(what: &str, figure: f64, unit: &str, budget: Budget, peer: &str) {
    let (allowed, verdict) = match budget {
        Budget::AtMost(most) => (format!("≤ {most} {unit}"), if figure <= most { "met" } else { "missed" }),
        Budget::AtLeast(least) => {
            (format!("≥ {least} {unit}"), if figure >= least { "met" } else { "missed" })
        }
        Budget::None => (String::new(), ""),
    };
    let beside: Vec<&str> = [allowed.as_str(), peer].into_iter().filter(|text| !text.is_empty()).collect();
    let digits = if figure < 100.0 { 2 } else { 0 };
    line(what, &format!("{figure:.digits$} {unit}"), &beside.join(", "), verdict);
}

/// Prints what could not be measured here, and why.
pub(crate) fn skipped(what: &str, why: &str) {
    line(what, "not measured", why, "skipped");
}

fn line(what: &str, figure: &str, beside: &str, verdict: &str) {
    println!("{}", format!("{what:<46} | {figure:>14} | {beside:<38} | {verdict}").trim_end());
}
