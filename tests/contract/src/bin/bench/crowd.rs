//! Whether a call costs the same in a crowd: processor time, calls a second and memory with 1, 8, 32 and 256 calls at a
//! time, beside bare reqwest. Each load is a process of its own (`lanes`), in turns, so that both see the same machine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::process::told;
use crate::table::{Budget, Table};

const LANES: [u32; 4] = [1, 8, 32, 256];
const ROUNDS: usize = 5;
/// How much more a call may cost in the largest crowd than in the second smallest (one call alone waits between steps).
const FLAT: f64 = 1.25;
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
    let mut ours = Vec::new();
    for lanes in LANES {
        let (mut mine, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(server.load("ours", lanes)?);
            bare.push(server.load("bare", lanes)?);
        }
        let (mine, bare) = (median(&mine)?, median(&bare)?);
        let named = |what: &str| format!("{lanes} in parallel, {what}");
        let beside = |what, unit, of: fn(Load) -> f64| {
            table.beside(&named(what), of(mine), unit, (BARE, of(bare)), Budget::None)
        };
        beside("processor time of a call", "µs", |load| load.processor_us)?;
        beside("calls a second", "/s", |load| load.per_second)?;
        beside("most memory", "KB", |load| load.memory_kb)?;
        ours.push(mine);
    }
    let [_, eight, _, most] = ours.as_slice() else { return Ok(()) };
    let flat = |what, unit, of: fn(Load) -> f64, budget| {
        table.beside(what, of(*most), unit, ("8 in parallel", of(*eight)), budget)
    };
    flat("flat: processor time at 256", "µs", |load| load.processor_us, Budget::AtMost(FLAT))?;
    flat("flat: calls a second at 256", "/s", |load| load.per_second, Budget::AtLeast(1.0 / FLAT))?;
    let each = (most.memory_kb - eight.memory_kb) / f64::from(LANES[3] - LANES[1]);
    table.figure("flat: memory of one call more in parallel", each, "KB", Budget::AtMost(64.0))
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
