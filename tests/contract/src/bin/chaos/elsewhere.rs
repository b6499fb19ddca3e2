//! Has another process resolve what is unknown: a fresh one of this program, with a client of its own, that is given nothing
//! but the texts of the records, as a database would have kept them, and what a client is made of.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result, anyhow, bail};
use cryptopay_contract::fast_time::{FastTime, World};
use cryptopay_contract::random::Random;
use cryptopay_core::call::pending::Record;
use cryptopay_core::drive::Time;
use cryptopay_core::transport::ReqwestFetch;
use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use crate::caller::{Caller, Found, Log};
use crate::run::{Access, client};
use crate::write::Write;

/// The argument that makes this program the other process.
pub(crate) const ARGUMENT: &str = "--resolve-what-stdin-says";

/// How long a patient process waits between two records: the quota for looks (T6) is one of a client, and a few hundred
/// records that are asked for at once would use it up.
const PAUSE_MS: u64 = 30_000;

/// What the other process is told, on its stdin: its secret is in no argument.
#[derive(Serialize, Deserialize)]
struct Told {
    access: Access,
    seed: u64,
    patient: bool,
    passed_ms: u64,
    tick_ms: u64,
    records: Vec<String>,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
struct Answer {
    passed_ms: u64,
    found: Vec<(Found, Vec<(u64, String)>)>,
}

/// Has everything that is not known yet resolved; a `patient` process takes its time, and gives
/// nothing up.
pub(crate) async fn resolve(
    writes: &mut [Write],
    time: &Rc<FastTime>,
    access: &Access,
    seed: u64,
    patient: bool,
) -> Result<()> {
    let mut unknown: Vec<&mut Write> =
        writes.iter_mut().filter(|write| write.to_resolve().is_some()).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let records = unknown.iter().filter_map(|write| write.to_resolve()).map(|it| it.to_json().to_string());
    let told = Told {
        access: access.clone(),
        seed,
        patient,
        passed_ms: time.passed_ms(),
        tick_ms: time.now().tick_ms,
        records: records.collect(),
    };
    let told = serde_json::to_vec(&told)?;
    // The sandbox runs on this thread, so another one waits.
    let answer: Answer = tokio::task::spawn_blocking(move || ask(&told)).await??;
    time.catch_up(answer.passed_ms);
    if answer.found.len() != unknown.len() {
        bail!("the other process resolved {} of {} writes", answer.found.len(), unknown.len());
    }
    for (write, (found, lines)) in unknown.iter_mut().zip(answer.found) {
        write.found(found);
        lines.into_iter().for_each(|(tick_ms, line)| write.log.note(tick_ms, line));
    }
    Ok(())
}

fn ask(told: &[u8]) -> Result<Answer> {
    let mut other = Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("another process cannot be started")?;
    // It reads everything before it answers.
    other.stdin.take().context("it has no stdin")?.write_all(told)?;
    let output = other.wait_with_output()?;
    if !output.status.success() {
        bail!("the other process ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the other process answered something else")
}

/// The other process.
pub(crate) fn main() -> Result<()> {
    let told: Told = serde_json::from_reader(std::io::stdin())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = LocalSet::new().block_on(&runtime, answer(told))?;
    serde_json::to_writer(std::io::stdout(), &answer)?;
    Ok(())
}

async fn answer(told: Told) -> Result<Answer> {
    let fetch = ReqwestFetch::new()?;
    let world = World::There(told.access.url.clone(), fetch.clone());
    // Other numbers than those of the process that made the writes.
    let random = Random::new(!told.seed);
    let began_at = told.tick_ms.saturating_sub(told.passed_ms);
    let time = FastTime::new(world, random, told.passed_ms, began_at);
    let time = Rc::new(if told.patient { time.patient() } else { time });
    let caller =
        Caller { client: client(&told.access)?, fetch, time: Rc::clone(&time), patient: told.patient };
    time.enter();
    let resolving = async {
        let mut found = Vec::new();
        for text in told.records {
            let log = Log::default();
            let record = Record::from_json(&serde_json::from_str(&text)?).map_err(|wrong| anyhow!(wrong))?;
            let ended = caller.resolve(&log, &record).await;
            found.push((ended, log.lines()));
            if told.patient {
                caller.time.sleep(PAUSE_MS).await;
            }
        }
        Ok(found)
    };
    let found: Result<Vec<_>> = tokio::select! {
        () = time.run() => Err(anyhow!("time ended")),
        found = resolving => found,
    };
    Ok(Answer { passed_ms: time.passed_ms(), found: found? })
}
