//! Money moved in bad weather: runtimes × flows. Wrong are a write that was doubled or lost, one that stayed unknown although
//! its end can be read, and a flow or a world that was left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{Cell, Lines, Table, cell, each};

/// The ways in which money is moved, as the ledgers call them.
const FLOWS: [&str; 4] = ["create_force_commit", "create_commit", "transfer", "refund"];
/// The sums of one flow in one runtime.
#[derive(Default)]
struct Sums {
    worlds: BTreeSet<String>,
    seeds: BTreeSet<String>,
    /// Done, doubled, lost, resolved, unknown.
    numbers: [u64; 5],
}

/// Runtimes × flows, with all that were `due`; nothing where no money was moved, nor had to be.
pub(crate) fn table(root: &Path, due: impl Fn(&str) -> bool) -> Result<Option<Table>> {
    let (told, mut table) = each(root, "chaos", due)?;
    if told.is_empty() && table.wrong.is_empty() {
        return Ok(None);
    }
    let weather = root.join("tests/chaos.json");
    let weather =
        fs::read_to_string(&weather).with_context(|| format!("cannot read {}", weather.display()))?;
    let worlds = weather.matches("\"quirks\"").count();
    table.words = 2;
    table.head = ["runtime", "flow", "worlds", "seeds", "done", "doubled", "lost", "resolved", "unknown"]
        .map(str::to_owned)
        .into();
    for (runtime, lines) in told {
        let sums = summed(&lines).with_context(|| format!("the ledger chaos-{runtime}.tsv"))?;
        for flow in FLOWS {
            row(&mut table, runtime, flow, sums.get(flow).unwrap_or(&Sums::default()), worlds);
        }
    }
    Ok(Some(table))
}

fn summed(lines: &Lines) -> Result<BTreeMap<String, Sums>> {
    let mut flows: BTreeMap<String, Sums> = BTreeMap::new();
    for line in lines {
        let [flow, world, seed, numbers @ ..] = line.as_slice() else { bail!("`{}`", line.join(" ")) };
        if !FLOWS.contains(&flow.as_str()) || numbers.len() != 5 {
            bail!("`{}` is not a flow, a world, a seed and five numbers", line.join(" "));
        }
        let sums = flows.entry(flow.clone()).or_default();
        sums.worlds.insert(world.clone());
        sums.seeds.insert(seed.clone());
        for (sum, number) in sums.numbers.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>().with_context(|| format!("`{}`", line.join(" ")))?;
        }
    }
    Ok(flows)
}

fn row(table: &mut Table, runtime: &str, flow: &str, sums: &Sums, worlds: usize) {
    let [done, doubled, lost, resolved, unknown] = sums.numbers;
    let checked = |text: String, wrong: bool| Cell { text, wrong };
    table.rows.push(vec![
        cell(runtime),
        cell(flow),
        checked(sums.worlds.len().to_string(), sums.worlds.len() != worlds),
        cell(sums.seeds.len()),
        checked(done.to_string(), done == 0),
        checked(doubled.to_string(), doubled > 0),
        checked(lost.to_string(), lost > 0),
        cell(resolved),
        checked(unknown.to_string(), unknown > 0),
    ]);
    for (wrong, what) in [
        (done == 0, "was never made".to_owned()),
        (sums.worlds.len() != worlds, format!("saw {} of {worlds} worlds", sums.worlds.len())),
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
        FLOWS.map(|flow| format!("{flow}\tw\t1\t{numbers}\n")).concat()
    }

    #[test]
    fn what_is_doubled_lost_unknown_or_left_out_is_wrong() {
        for (ledger, wrong) in [
            (flows("9\t0\t0\t2\t0"), 0),
            (flows("9\t1\t0\t2\t0"), 4),
            (flows("9\t0\t1\t2\t0"), 4),
            (flows("9\t0\t0\t2\t1"), 4),
            (flows("0\t0\t0\t0\t0"), 4),
            // One flow alone: the three others were never made, in no world.
            ("refund\tw\t1\t9\t0\t0\t2\t0\n".to_owned(), 6),
        ] {
            let root = given("chaos", &[("chaos-node.tsv", &ledger)]);
            let table = table(&root, |_| false).unwrap().unwrap();
            assert_eq!(table.wrong.len(), wrong, "{ledger}: {:?}", table.wrong);
            assert_eq!(table.notes.len(), 5);
            fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn the_runs_of_a_flow_are_added_up() {
        let root =
            given("sums", &[("chaos-rust.tsv", &[flows("9\t0\t0\t2\t0"), flows("5\t0\t0\t1\t0")].concat())]);
        let table = table(&root, |_| false).unwrap().unwrap();
        let first: Vec<&str> = table.rows[0].iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(first, ["rust", "create_force_commit", "1", "1", "14", "0", "0", "3", "0"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_runtime_that_was_due_and_wrote_nothing_down_is_wrong() {
        let root = given("due", &[("chaos-rust.tsv", &flows("9\t0\t0\t2\t0"))]);
        let table = table(&root, |runtime| runtime != "swift").unwrap().unwrap();
        let missing =
            ["node", "browser", "python", "kotlin"].map(|name| format!("{name} wrote nothing down"));
        assert_eq!(table.wrong, missing);
        assert_eq!(table.notes, ["swift was not asked in this run"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_line_of_another_form_is_refused() {
        let root = given("form", &[("chaos-rust.tsv", "payout\tw\t1\t9\t0\t0\t2\t0\n")]);
        assert!(format!("{:#}", table(&root, |_| false).err().unwrap()).contains("payout"));
        fs::remove_dir_all(root).unwrap();
    }
}
