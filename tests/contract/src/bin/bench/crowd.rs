//! Whether a call costs the same in a crowd: processor time, calls a second and memory with 1, 8, 32 and 256 calls at a
//! time, beside bare reqwest, whose connections cost something too. Each load is a process of its own (`lanes`), in
//! turns, so that both see the same machine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::process::told;
use crate::table::{Budget, Table};

const LANES: [u32; 4] = [1, 8, 32, 256];
const ROUNDS: usize = 5;
/// What a call may cost beside the bare one, in a crowd of any size.
const COST: Budget = Budget::AtMost(1.5);
const MEMORY: Budget = Budget::AtMost(1.25);
/// How much more it may grow from 8 to 256 at a time than the bare one does.
const GROWTH: Budget = Budget::AtMost(1.15);
const BARE: &str = "bare reqwest";

/// What one load costs.
#[derive(Clone, Copy)]
struct Load {
    processor_us: f64,
    per_second: f64,
    memory_kb: f64,
}

/// Measures and prints.
pub(crate) fn rows(table: &Table) -> Result<()> {
    if !told() {
        return table.skipped("calls in parallel", "no /proc here");
    }
    let server = Server::start()?;
    let mut growth = [[0.0; 2]; 2];
    for lanes in LANES {
        let (mut mine, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(server.load("ours", lanes)?);
            bare.push(server.load("bare", lanes)?);
        }
        let (mine, bare) = (median(&mine)?, median(&bare)?);
        let beside = |what: &str, unit, of: fn(Load) -> f64, budget| {
            table.beside(&format!("{lanes} in parallel, {what}"), of(mine), unit, (BARE, of(bare)), budget)
        };
        beside("processor time of a call", "µs", |load| load.processor_us, COST)?;
        beside("calls a second", "/s", |load| load.per_second, Budget::None)?;
        beside("most memory", "KB", |load| load.memory_kb, MEMORY)?;
        match lanes {
            8 => growth[0] = [mine.processor_us, bare.processor_us],
            256 => growth[1] = [mine.processor_us, bare.processor_us],
            _ => {}
        }
    }
    let [[ours, bare], [ours_most, bare_most]] = growth;
    let what = "processor time at 256 beside 8 in parallel";
    table.beside(what, ours_most / ours, "×", (BARE, bare_most / bare), GROWTH)
}

/// The middle of each figure by itself.
fn median(loads: &[Load]) -> Result<Load> {
    let middle = |of: fn(&Load) -> f64| {
        let mut figures: Vec<f64> = loads.iter().map(of).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().context("no load was measured")
    };
    Ok(Load {
        processor_us: middle(|load| load.processor_us)?,
        per_second: middle(|load| load.per_second)?,
        memory_kb: middle(|load| load.memory_kb)?,
    })
}

/// The process that answers; it ends when its stdin closes.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Result<Self> {
        let mut child = myself()?.arg("answer").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        let stdout = child.stdout.take().context("no output")?;
        BufReader::new(stdout).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    fn load(&self, who: &str, lanes: u32) -> Result<Load> {
        let output = myself()?
            .args(["load", who, &lanes.to_string(), &self.address])
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "the load `{who}` with {lanes} in parallel fails");
        let told = String::from_utf8(output.stdout)?;
        let figures = told.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [processor_us, per_second, memory_kb] = figures[..] else {
            anyhow::bail!("the load says {told}");
        };
        Ok(Load { processor_us, per_second, memory_kb })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn myself() -> Result<Command> {
    Ok(Command::new(std::env::current_exe()?))
}
