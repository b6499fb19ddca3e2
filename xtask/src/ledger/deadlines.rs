//! Calls whose server misbehaves: probes × runtimes, each with how it ended, after how many ms and of how many.
//!
//! Wrong are a call that ended later than its deadline allows, a payout that was told as not sent though it arrived, or as
//! sent where nobody listens, and a probe that was left out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Cell, Lines, Table, cell, each, wrote};
use crate::run::Run;

/// How much later than its deadline a call may end.
const LATE_MS: u64 = 50;

/// The probes, and the words by which each is known: the first of which all are in its name.
const PROBES: [(&str, &[&str]); 12] = [
    ("refuse", &["refuse"]),
    ("blackhole", &["blackhole"]),
    ("stall before", &["stall", "before"]),
    ("stall in body", &["stall", "body"]),
    ("drip", &["drip"]),
    ("redirect loop", &["redirect"]),
    ("100 MB in chunks", &["100", "chunks"]),
    ("100 MB", &["100"]),
    ("chunked garbage", &["garbage"]),
    ("early close", &["early"]),
    ("reset in body", &["reset"]),
    ("half closed", &["half"]),
];
/// The runtimes that do not learn that nobody listens: a page's `fetch` says of every failure the same.
const PROVES_NOTHING: [&str; 1] = ["browser"];
/// The one that need not be made: another form of the next.
const MORE: &str = "100 MB in chunks";

/// How the calls of one runtime at one probe ended.
#[derive(Default)]
struct Ended {
    /// The slowest of them, and its deadline.
    slowest: (u64, u64),
    codes: Vec<String>,
    wrong: bool,
}

/// In which parts of the tests a runtime makes its calls.
pub(crate) fn made_in(runtime: &str) -> &[&str] {
    match runtime {
        "rust" => &["chaos"],
        "node" => &["npm", "chaos"],
        "browser" => &["browser", "chaos"],
        "python" => &["python", "chaos"],
        "kotlin" => &["kotlin", "chaos"],
        _ => &["swift", "chaos"],
    }
}

/// Has a runtime make its calls, unless a part before has.
pub(crate) fn made(run: &mut Run, runtime: &str, calls: &mut Command) -> Result<()> {
    if !wrote(&run.root, "deadlines", runtime) {
        run.step(&format!("calls whose server misbehaves, in {runtime}"), calls)?;
    }
    Ok(())
}

/// The table, with all runtimes that were `due`; nothing where no probe was made, nor had to be.
pub(crate) fn table(root: &Path, due: impl Fn(&str) -> bool) -> Result<Option<Table>> {
    let (told, mut table) = each(root, "deadlines", due)?;
    if told.is_empty() && table.wrong.is_empty() {
        return Ok(None);
    }
    table.words = 1;
    table.head =
        std::iter::once("probe").chain(told.iter().map(|(runtime, _)| *runtime)).map(str::to_owned).collect();
    let mut columns = Vec::new();
    for (runtime, lines) in &told {
        let ended = read(runtime, lines, &mut table.wrong);
        columns.push(ended.with_context(|| format!("the ledger deadlines-{runtime}.tsv"))?);
    }
    for (probe, _) in PROBES {
        for payout in [false, true] {
            let name = if payout { format!("{probe}, payout") } else { probe.to_owned() };
            let mut row = vec![cell(&name)];
            for ((runtime, _), column) in told.iter().zip(&columns) {
                row.push(match column.get(&(probe, payout)) {
                    Some(Ended { slowest: (ms, of), codes, wrong }) => {
                        Cell { text: format!("{} {ms}/{of}", codes.join("|")), wrong: *wrong }
                    }
                    None if probe == MORE => cell("–"),
                    None => {
                        table.wrong.push(format!("{runtime}: {name} was left out"));
                        Cell { text: "–".to_owned(), wrong: true }
                    }
                });
            }
            table.rows.push(row);
        }
    }
    Ok(Some(table))
}

/// The endings of one runtime, by probe and whether it was a payout; what is wrong with them is added.
fn read(
    runtime: &str,
    lines: &Lines,
    wrong: &mut Vec<String>,
) -> Result<BTreeMap<(&'static str, bool), Ended>> {
    let mut column: BTreeMap<(&str, bool), Ended> = BTreeMap::new();
    for line in lines {
        let unread = || format!("`{}` is not a probe, two numbers, a code and `sent`", line.join(" "));
        let [name, deadline, ms, code, sent] = line.as_slice() else { bail!(unread()) };
        let of: u64 = deadline.parse().with_context(unread)?;
        let ms: u64 = ms.parse().with_context(unread)?;
        let known = name.to_lowercase().replace("large_body", "100");
        let probe = PROBES.iter().find(|(_, words)| words.iter().all(|word| known.contains(word)));
        let Some((probe, _)) = probe else { bail!("there is no probe `{name}`") };
        let payout = known.contains("payout") || known.contains("write");
        let amiss = if ms > of + LATE_MS {
            Some(format!("ended {} ms after its deadline", ms - of))
        } else if payout && sent == "not_sent" && !matches!(*probe, "refuse" | "blackhole") {
            Some("was told as not sent, and it arrived".to_owned())
        } else if payout && sent == "maybe_sent" && *probe == "refuse" && !PROVES_NOTHING.contains(&runtime) {
            Some("was told as sent where nobody listens".to_owned())
        } else {
            None
        };
        let ended = column.entry((probe, payout)).or_default();
        ended.wrong |= amiss.is_some();
        wrong.extend(amiss.map(|what| format!("{runtime}: {name} {what}")));
        if (ms.saturating_sub(of), ms) >= (ended.slowest.0.saturating_sub(ended.slowest.1), ended.slowest.0) {
            ended.slowest = (ms, of);
        }
        if !ended.codes.contains(code) {
            ended.codes.push(code.clone());
        }
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with Rust's ledger of these lines, but for probes that were left out.
    fn wrong(lines: &[&str]) -> Vec<String> {
        wrong_in("rust", lines)
    }

    fn wrong_in(runtime: &str, lines: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        let lines = lines.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
        read(runtime, &lines, &mut wrong).unwrap();
        wrong
    }

    #[test]
    fn a_call_that_ends_more_than_50_ms_late_is_wrong() {
        let found = wrong(&["drip\t1000\t1050\ttimeout\t-", "drip\t1000\t1051\ttimeout\t-"]);
        assert_eq!(found, ["rust: drip ended 51 ms after its deadline"]);
    }

    #[test]
    fn a_payout_that_arrived_is_not_told_as_not_sent() {
        let line = "stall in the body, payout\t9\t9\ttimeout\tnot_sent";
        assert_eq!(wrong(&[line]), ["rust: stall in the body, payout was told as not sent, and it arrived"]);
        assert_eq!(wrong(&["refuse, payout\t9\t9\tconnection\tnot_sent"]), [""; 0]);
        assert_eq!(wrong(&["refuse, payout\t9\t9\toutcome_unknown\tmaybe_sent"]).len(), 1);
        assert_eq!(wrong_in("browser", &["refuse, payout\t9\t9\toutcome_unknown\tmaybe_sent"]), [""; 0]);
    }

    #[test]
    fn every_name_of_a_probe_is_known_and_another_is_refused() {
        for (name, probe) in [
            ("stall_before_body read HttpxFetch", "stall before"),
            ("large_body payout ReqwestFetch", "100 MB"),
            ("100 MB in chunks, payout", "100 MB in chunks"),
            ("half-closed, read, thread", "half closed"),
        ] {
            let line = [name, "9", "9", "timeout", "-"].map(str::to_owned).to_vec();
            let column = read("rust", &vec![line], &mut Vec::new()).unwrap();
            assert_eq!(column.keys().next().unwrap().0, probe, "{name}");
        }
        let line = ["lightning", "9", "9", "timeout", "-"].map(str::to_owned).to_vec();
        assert!(read("rust", &vec![line], &mut Vec::new()).is_err());
    }

    #[test]
    fn a_probe_that_was_left_out_is_wrong() {
        let root = std::env::temp_dir().join(format!("cryptopay-deadlines-{}", std::process::id()));
        std::fs::create_dir_all(super::super::folder(&root)).unwrap();
        assert!(table(&root, |_| false).unwrap().is_none());
        assert_eq!(table(&root, |_| true).unwrap().unwrap().wrong.len(), 6);
        let file = super::super::folder(&root).join("deadlines-swift.tsv");
        std::fs::write(file, "drip\t1000\t1000\ttimeout\t-\n").unwrap();
        let table = table(&root, |_| false).unwrap().unwrap();
        // Eleven that must be made, as a read and as a payout.
        assert_eq!((table.wrong.len(), table.notes.len()), (21, 5));
        std::fs::remove_dir_all(root).unwrap();
    }
}
