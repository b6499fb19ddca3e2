//! Money moved in bad weather: runtimes × flows. Wrong are a write that was doubled or lost, one that stayed unknown although
//! its end can be read, and a flow or a world in which nothing was done. Asked for by name it is the proof: then too few
//! writes or seeds are wrong too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{Cell, Lines, Table, cell, each};

/// The ways in which money is moved, as the ledgers call them, each with how many the proof needs: of 10,000 payouts, 2,000
/// transfers and 1,000 refunds, those that came further than a quote.
const FLOWS: [(&str, u64); 4] =
    [("create_force_commit", 4_500), ("create_commit", 3_500), ("transfer", 1_000), ("refund", 900)];
/// How many seeds the proof needs in each world.
const SEEDS: usize = 3;

/// The sums of one flow in one runtime.
#[derive(Default)]
struct Sums {
    /// The seeds of each world in which something was done.
    worlds: BTreeMap<String, BTreeSet<String>>,
    /// Done, doubled, lost, resolved, unknown.
    numbers: [u64; 5],
}

/// Runtimes × flows, with all that were `due`; nothing where no money was moved, nor had to be. `proof`: asked for by name.
pub(crate) fn table(root: &Path, due: impl Fn(&str) -> bool, proof: bool) -> Result<Option<Table>> {
    let (told, mut table) = each(root, "chaos", due)?;
    if told.is_empty() && table.wrong.is_empty() {
        return Ok(None);
    }
    let weather = root.join("tests/chaos.json");
    let weather =
        fs::read_to_string(&weather).with_context(|| format!("cannot read {}", weather.display()))?;
    let worlds: BTreeSet<&str> =
        weather.split("{\"name\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    table.words = 2;
    table.head = ["runtime", "flow", "worlds", "seeds", "done", "doubled", "lost", "resolved", "unknown"]
        .map(str::to_owned)
        .into();
    for (runtime, lines) in told {
        let sums = summed(&lines).with_context(|| format!("the ledger chaos-{runtime}.tsv"))?;
        for (flow, least) in FLOWS {
            let least = if proof { (least, SEEDS) } else { (1, 1) };
            row(&mut table, (runtime, flow), sums.get(flow).unwrap_or(&Sums::default()), &worlds, least);
        }
    }
    Ok(Some(table))
}

fn summed(lines: &Lines) -> Result<BTreeMap<String, Sums>> {
    let mut flows: BTreeMap<String, Sums> = BTreeMap::new();
    for line in lines {
        let [flow, world, seed, numbers @ ..] = line.as_slice() else { bail!("`{}`", line.join(" ")) };
        if !FLOWS.iter().any(|(known, _)| known == flow) || numbers.len() != 5 {
            bail!("`{}` is not a flow, a world, a seed and five numbers", line.join(" "));
        }
        let sums = flows.entry(flow.clone()).or_default();
        for (sum, number) in sums.numbers.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>().with_context(|| format!("`{}`", line.join(" ")))?;
        }
        if numbers.first().is_some_and(|done| done != "0") {
            sums.worlds.entry(world.clone()).or_default().insert(seed.clone());
        }
    }
    Ok(flows)
}

fn row(
    table: &mut Table,
    (runtime, flow): (&str, &str),
    sums: &Sums,
    worlds: &BTreeSet<&str>,
    (least_done, least_seeds): (u64, usize),
) {
    let [done, doubled, lost, resolved, unknown] = sums.numbers;
    let missed: Vec<&str> =
        worlds.iter().filter(|world| !sums.worlds.contains_key(**world)).copied().collect();
    let seeds = sums.worlds.values().map(BTreeSet::len).min().unwrap_or_default();
    let checked = |text: String, wrong: bool| Cell { text, wrong };
    table.rows.push(vec![
        cell(runtime),
        cell(flow),
        checked(sums.worlds.len().to_string(), !missed.is_empty()),
        checked(seeds.to_string(), seeds < least_seeds),
        checked(done.to_string(), done < least_done),
        checked(doubled.to_string(), doubled > 0),
        checked(lost.to_string(), lost > 0),
        cell(resolved),
        checked(unknown.to_string(), unknown > 0),
    ]);
    for (wrong, what) in [
        (done < least_done, format!("was made {done} times, which is less than {least_done}")),
        (!missed.is_empty(), format!("was never made in: {}", missed.join("; "))),
        (seeds < least_seeds, format!("had {seeds} seeds in a world, which is less than {least_seeds}")),
        (doubled > 0, format!("was doubled {doubled} times")),
        (lost > 0, format!("was lost {lost} times")),
        (unknown > 0, format!("stayed unknown {unknown} times, though its end can be read")),
    ] {
        if wrong {
            table.wrong.push(format!("{runtime}: {flow} {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder;
    use super::*;

    /// Somewhere with one world and these ledgers.
    fn given(test: &str, ledgers: &[(&str, &str)]) -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("cryptopay-fire-{test}-{}", std::process::id()));
        fs::create_dir_all(folder(&root)).unwrap();
        fs::create_dir_all(root.join("tests")).unwrap();
        fs::write(root.join("tests/chaos.json"), r#"{"worlds": [{"name": "w", "quirks": {}}]}"#).unwrap();
        for (name, text) in ledgers {
            fs::write(folder(&root).join(name), text).unwrap();
        }
        root
    }

    fn flows(numbers: &str) -> String {
        FLOWS.map(|(flow, _)| format!("{flow}\tw\t1\t{numbers}\n")).concat()
    }

    #[test]
    fn what_is_doubled_lost_unknown_or_left_out_is_wrong() {
        for (ledger, wrong) in [
            (flows("9\t0\t0\t2\t0"), 0),
            (flows("9\t1\t0\t2\t0"), 4),
            (flows("9\t0\t1\t2\t0"), 4),
            (flows("9\t0\t0\t2\t1"), 4),
            // Nothing done: not often enough, in no world, with no seed.
            (flows("0\t0\t0\t0\t0"), 12),
            // One flow alone: the three others were never made.
            ("refund\tw\t1\t9\t0\t0\t2\t0\n".to_owned(), 9),
        ] {
            let root = given("chaos", &[("chaos-node.tsv", &ledger)]);
            let table = table(&root, |_| false, false).unwrap().unwrap();
            assert_eq!(table.wrong.len(), wrong, "{ledger}: {:?}", table.wrong);
            assert_eq!(table.notes.len(), 5);
            fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn the_proof_needs_enough_of_each_flow_with_enough_seeds_in_each_world() {
        let with = |seeds: u64, done: u64| -> String {
            let line = |flow, seed| format!("{flow}\tw\t{seed}\t{done}\t0\t0\t2\t0\n");
            FLOWS.map(|(flow, _)| (1..=seeds).map(|seed| line(flow, seed)).collect::<String>()).concat()
        };
        for (ledger, wrong) in [(with(3, 1500), 0), (with(2, 2250), 4), (with(3, 1000), 2)] {
            let root = given("proof", &[("chaos-node.tsv", &ledger)]);
            let table = table(&root, |_| false, true).unwrap().unwrap();
            assert_eq!(table.wrong.len(), wrong, "{:?}", table.wrong);
            fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn the_runs_of_a_flow_are_added_up() {
        let root =
            given("sums", &[("chaos-rust.tsv", &[flows("9\t0\t0\t2\t0"), flows("5\t0\t0\t1\t0")].concat())]);
        let table = table(&root, |_| false, false).unwrap().unwrap();
        let first: Vec<&str> = table.rows[0].iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(first, ["rust", "create_force_commit", "1", "1", "14", "0", "0", "3", "0"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_runtime_that_was_due_and_wrote_nothing_down_is_wrong() {
        let root = given("due", &[("chaos-rust.tsv", &flows("9\t0\t0\t2\t0"))]);
        let table = table(&root, |runtime| runtime != "swift", false).unwrap().unwrap();
        let missing =
            ["node", "browser", "python", "kotlin"].map(|name| format!("{name} wrote nothing down"));
        assert_eq!(table.wrong, missing);
        assert_eq!(table.notes, ["swift wrote nothing down in this run"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_line_of_another_form_is_refused() {
        let root = given("form", &[("chaos-rust.tsv", "payout\tw\t1\t9\t0\t0\t2\t0\n")]);
        assert!(format!("{:#}", table(&root, |_| false, false).err().unwrap()).contains("payout"));
        fs::remove_dir_all(root).unwrap();
    }
}
