//! Payouts through bad weather: `chaos [--payouts N] [--seeds N] [--seed N] [--world NAME]`.
//!
//! Makes N payouts (500) under every quirk of the sandbox, shared by the seeds (4), while 30 % of all requests are struck by
//! faults around the moment at which they are carried out; exchange transfers and refunds besides. Prints one row for each
//! world and seed, and ends with 1 if a single write was doubled or lost, or stays unknown, with its whole story.
#![forbid(unsafe_code)]

mod caller;
mod elsewhere;
mod judge;
mod run;
mod seen;
mod weather;
mod write;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use cryptopay_contract::ledger;

use judge::{Flow, Verdict};
use run::Run;
use weather::{Weather, World};
use write::Kind;

/// How many runs go on at once: most of their time they wait for sockets.
const AT_ONCE: usize = 6;
/// How many stories of doubled or lost writes are told.
const STORIES: usize = 5;

/// What the command line asks for.
struct Asked {
    payouts: u64,
    seeds: u64,
    first_seed: u64,
    world: Option<String>,
}

fn main() -> Result<ExitCode> {
    if std::env::args().nth(1).as_deref() == Some(elsewhere::ARGUMENT) {
        return elsewhere::main().map(|()| ExitCode::SUCCESS);
    }
    let asked = asked(std::env::args().skip(1))?;
    let runs = asked.runs()?;
    println!(
        "{} payouts under each of {} worlds, 30 % of all requests struck\n",
        asked.payouts,
        runs.len() / usize::try_from(asked.seeds)?
    );
    println!("{HEAD}");
    let started = Instant::now();
    let (mut all, mut lines) = (Verdict::default(), Vec::new());
    all_at_once(&runs, |run, verdict| {
        println!("{}", row(&run.world.name, &run.seed.to_string(), &verdict));
        lines.extend(verdict.flows.iter().map(|(flow, of)| {
            let Flow { done, doubled, lost, resolved, unknown } = of;
            let (world, seed) = (&run.world.name, run.seed);
            format!("{flow}\t{world}\t{seed}\t{done}\t{doubled}\t{lost}\t{resolved}\t{unknown}")
        }));
        all.add_up(verdict);
    })?;
    ledger::add("chaos", &lines)?;
    println!("{}", row("all", "", &all));
    println!("\nrefused because of {}", counted(&all.codes));
    println!("unknown because of {}", counted(&all.causes));
    println!(
        "{} requests, {} of them struck; {:.1} s",
        all.requests,
        all.struck,
        started.elapsed().as_secs_f64()
    );
    if !all.offences.is_empty() {
        println!();
    }
    for story in &all.offences {
        println!("{}", story.lines().next().unwrap_or_default());
    }
    for story in all.offences.iter().take(STORIES) {
        println!("\n{story}");
    }
    println!("\n{} doubled, {} lost, {} unknown for ever", all.doubled, all.lost, all.for_ever());
    let unproven = all.unproven(&runs);
    for what in &unproven {
        println!("this proves nothing: {what}");
    }
    Ok(if all.offences.is_empty() && unproven.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked> {
    let mut asked = Asked { payouts: 500, seeds: 4, first_seed: 1, world: None };
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} needs a value"))?;
        let number = || value.parse().with_context(|| format!("{word} takes a number, not {value}"));
        match word.as_str() {
            "--payouts" => asked.payouts = number()?,
            "--seeds" => asked.seeds = number()?,
            "--seed" => asked.first_seed = number()?,
            "--world" => asked.world = Some(value),
            _ => bail!("there is no {word}: there are --payouts, --seeds, --seed and --world"),
        }
    }
    if asked.seeds == 0 || asked.payouts == 0 {
        bail!("--payouts and --seeds take a number from 1");
    }
    Ok(asked)
}

impl Asked {
    fn runs(&self) -> Result<Vec<Run>> {
        let weather = Weather::read()?;
        let rules = weather.rules()?;
        let wanted = |world: &&World| self.world.as_deref().is_none_or(|wanted| wanted == world.name);
        let each = self.payouts.div_ceil(self.seeds);
        let seeds = self.first_seed..self.first_seed + self.seeds;
        let runs: Vec<Run> = weather
            .worlds
            .iter()
            .filter(wanted)
            .flat_map(|world| {
                let rules = &rules;
                seeds.clone().map(move |seed| Run {
                    world: world.clone(),
                    rules: rules.clone(),
                    seed,
                    payouts: each,
                })
            })
            .collect();
        if runs.is_empty() {
            let names: Vec<&str> = weather.worlds.iter().map(|world| world.name.as_str()).collect();
            bail!("there is no such world: there are {}", names.join("; "));
        }
        Ok(runs)
    }
}

/// Runs all of them on a few threads; tells them in their order, each as soon as those before it are done.
fn all_at_once(runs: &[Run], mut tell: impl FnMut(&Run, Verdict)) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    std::thread::scope(|threads| {
        let (done, finished) = mpsc::channel();
        for _ in 0..AT_ONCE {
            let (done, next, failed) = (done.clone(), &next, &failed);
            threads.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(run) = runs.get(index) else { return };
                    match run.run() {
                        // Nobody listens only when another run has failed.
                        Ok(verdict) => drop(done.send((index, verdict))),
                        Err(error) => {
                            if let Ok(mut failed) = failed.lock() {
                                *failed =
                                    Some(error.context(format!("{}, seed {}", run.world.name, run.seed)));
                            }
                            return;
                        }
                    }
                }
            });
        }
        drop(done);
        let (mut early, mut told) = (BTreeMap::new(), 0);
        for (index, verdict) in finished {
            early.insert(index, verdict);
            while let (Some(verdict), Some(run)) = (early.remove(&told), runs.get(told)) {
                tell(run, verdict);
                told += 1;
            }
        }
    });
    match failed.into_inner() {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error),
        Err(_) => bail!("a run ended in a panic"),
    }
}

const HEAD: &str = "\
world                       seed | payouts  others | at once  recovered  exists  refused  unknown | applied     not  still | doubled  lost
---------------------------------+-----------------+---------------------------------------------+------------------------+--------------";

fn row(world: &str, seed: &str, of: &Verdict) -> String {
    format!(
        "{world:<27} {seed:>4} | {:>7} {:>7} | {:>7} {:>10} {:>7} {:>8} {:>8} | {:>7} {:>7} {:>6} | {:>7} {:>5}",
        of.payouts,
        of.others,
        of.at_once,
        of.recovered,
        of.exists,
        of.refused,
        of.unknown,
        of.applied,
        of.not_applied,
        of.still_unknown,
        of.doubled,
        of.lost
    )
}

fn counted(codes: &BTreeMap<String, usize>) -> String {
    let each: Vec<String> = codes.iter().map(|(code, times)| format!("{code} {times}")).collect();
    each.join(", ")
}

impl Verdict {
    fn for_ever(&self) -> usize {
        self.flows.values().map(|flow| flow.unknown).sum()
    }

    /// What has to have happened for the rest to say anything.
    fn unproven(&self, runs: &[Run]) -> Vec<String> {
        let payouts: u64 = runs.iter().map(|run| run.payouts).sum();
        let mut unproven = Vec::new();
        if u64::try_from(self.payouts) != Ok(payouts) {
            unproven.push(format!("{} payouts were made, not {payouts}", self.payouts));
        }
        for (count, what) in [
            (self.struck, "no request was struck"),
            (self.recovered, "nothing was recovered"),
            (self.unknown, "nothing was unknown"),
        ] {
            if count == 0 {
                unproven.push(what.to_owned());
            }
        }
        let idle = Kind::FLOWS.iter().filter(|flow| self.flows.get(*flow).is_none_or(|of| of.done == 0));
        unproven.extend(idle.map(|flow| format!("no {flow} was made")));
        unproven
    }

    fn add_up(&mut self, other: Self) {
        for (mine, its) in [
            (&mut self.payouts, other.payouts),
            (&mut self.others, other.others),
            (&mut self.at_once, other.at_once),
            (&mut self.recovered, other.recovered),
            (&mut self.exists, other.exists),
            (&mut self.refused, other.refused),
            (&mut self.unknown, other.unknown),
            (&mut self.applied, other.applied),
            (&mut self.not_applied, other.not_applied),
            (&mut self.still_unknown, other.still_unknown),
            (&mut self.doubled, other.doubled),
            (&mut self.lost, other.lost),
            (&mut self.requests, other.requests),
            (&mut self.struck, other.struck),
        ] {
            *mine += its;
        }
        for (mine, its) in [(&mut self.codes, other.codes), (&mut self.causes, other.causes)] {
            for (code, times) in its {
                *mine.entry(code).or_default() += times;
            }
        }
        for (name, its) in other.flows {
            let mine = self.flows.entry(name).or_default();
            mine.unknown += its.unknown;
            mine.done += its.done;
        }
        self.offences.extend(other.offences);
    }
}
