//! One run: a sandbox with its faults, and a few programs at once that make their writes through one client. Then time
//! passes until nothing can come late any more, everything unknown is resolved, and the run is judged.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::drive::Time;
use cryptopay_core::environment::Environment;
use cryptopay_core::secret::Secret;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::{Options, Sandbox};
use tokio::task::LocalSet;

use crate::caller::Caller;
use crate::fast_time::FastTime;
use crate::judge::{Verdict, judge};
use crate::random::Random;
use crate::weather::{World, quirks, rules};
use crate::write::{Kind, Write};

/// How many programs share one client.
const LANES: u64 = 8;
/// After this nothing comes late any more, and `resolve` may say that a write never happened.
const DRAINED_MS: u64 = 21 * 60_000;

/// What a run is.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) seed: u64,
    pub(crate) payouts: u64,
}

impl Run {
    /// The writes: payouts, half of them in two steps, and for ten payouts three of the others.
    fn writes(&self) -> impl Iterator<Item = Write> {
        let named = |kind, word, n| Write::new(kind, format!("{word}-{n}"));
        (0..self.payouts).flat_map(move |n| {
            let payout = if n % 2 == 0 { Kind::Payout } else { Kind::PayoutInTwo };
            let other = match n % 10 {
                2 => Some(named(Kind::Transfer, "transfer", n)),
                5 => Some(named(Kind::TransferInTwo, "transfer", n)),
                8 => Some(named(Kind::Refund, "refund", n)),
                _ => None,
            };
            [Some(named(payout, "payout", n)), other].into_iter().flatten()
        })
    }

    /// Runs it, on a thread of its own.
    pub(crate) fn run(&self) -> Result<Verdict> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, self.play())
    }

    async fn play(&self) -> Result<Verdict> {
        // Every second run has no limit on either side: then time hardly passes between the calls.
        let limited = self.seed % 2 == 0;
        let options =
            Options { seed: self.seed, rate_limit: if limited { 200 } else { 0 }, ..Options::default() };
        let sandbox = Sandbox::start(options).await?;
        sandbox.quirks(&quirks(&self.world)).map_err(|wrong| anyhow!(wrong))?;
        sandbox.faults(rules()?).await.map_err(|wrong| anyhow!(wrong))?;
        let client = client(&sandbox, limited)?;
        let time = Rc::new(FastTime::new(sandbox, Random::new(self.seed)));
        let caller = Rc::new(Caller { client, fetch: ReqwestFetch::new()?, time: Rc::clone(&time) });
        tokio::select! {
            () = time.run() => Err(anyhow!("time ended")),
            verdict = self.judged(caller, limited) => verdict,
        }
    }

    async fn judged(&self, caller: Rc<Caller>, limited: bool) -> Result<Verdict> {
        let mut writes = self.made(&caller).await?;
        let time = Rc::clone(&caller.time);
        time.enter();
        time.sleep(DRAINED_MS).await;
        // What is unknown is resolved by another process, at first in the same weather.
        let other = Caller {
            client: client(&time.sandbox, limited)?,
            fetch: caller.fetch.clone(),
            time: Rc::clone(&time),
        };
        for clear in [false, true] {
            if clear {
                time.sandbox.clear_faults();
                time.sleep(DRAINED_MS).await;
            }
            for write in &mut writes {
                write.resolve(&other).await;
            }
        }
        time.sleep(DRAINED_MS).await;
        Ok(judge(&writes, &time.sandbox.ledger(), &time.sandbox.journal()))
    }

    /// The writes, made by a few programs at once.
    async fn made(&self, caller: &Rc<Caller>) -> Result<Vec<Write>> {
        let waiting: Rc<RefCell<VecDeque<Write>>> = Rc::new(RefCell::new(self.writes().collect()));
        let mut lanes = Vec::new();
        for _ in 0..LANES {
            let (caller, waiting) = (Rc::clone(caller), Rc::clone(&waiting));
            caller.time.enter();
            lanes.push(tokio::task::spawn_local(async move {
                let mut made = Vec::new();
                loop {
                    let Some(mut write) = waiting.borrow_mut().pop_front() else { break };
                    write.make(&caller).await;
                    made.push(write);
                    let pause_ms = caller.time.random.borrow_mut().between(0, 20_000);
                    caller.time.sleep(pause_ms).await;
                }
                caller.time.leave();
                made
            }));
        }
        let mut writes = Vec::new();
        for lane in lanes {
            writes.extend(lane.await.context("a program ended early")?);
        }
        Ok(writes)
    }
}

fn client(sandbox: &Sandbox, limited: bool) -> Result<Client> {
    let environment = Environment::parse(sandbox.url())?;
    let secret = Secret::new("api_secret", &sandbox.api_secret)?;
    let mut config = Config::new(environment, sandbox.api_key.as_str(), secret);
    config.rate_limit = limited.then_some(195);
    Ok(Client::new(config)?)
}
