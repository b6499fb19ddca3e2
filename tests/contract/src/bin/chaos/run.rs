//! One run: a sandbox with its faults, and a few programs at once that make their writes through one client. Then time
//! passes until nothing can come late any more, everything unknown is resolved, and the run is judged.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use cryptopay_contract::fast_time::{FastTime, World as Clocks};
use cryptopay_contract::random::Random;
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::drive::Time;
use cryptopay_core::environment::Environment;
use cryptopay_core::secret::Secret;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::control::ClockChange;
use cryptopay_sandbox::faults::Rule;
use cryptopay_sandbox::{Options, Sandbox};
use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use crate::caller::Caller;
use crate::elsewhere;
use crate::judge::{Verdict, judge};
use crate::weather::World;
use crate::write::{Kind, Write};

/// How many programs share one client.
const LANES: u64 = 8;
/// After this nothing comes late any more, and `resolve` may say that a write never happened.
const DRAINED_MS: u64 = 21 * 60_000;

/// What a run is.
pub(crate) struct Run {
    pub(crate) world: World,
    /// The faults, in the order in which they are asked.
    pub(crate) rules: Vec<Rule>,
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

    /// Every second run has a rate limit on both sides.
    fn limited(&self) -> bool {
        self.seed.is_multiple_of(2)
    }

    /// How wrong the clocks are: too little for the server to mind, so that nothing corrects it.
    fn skew(&self) -> ClockChange {
        let skew_ms = match self.seed % 4 {
            2 => -30_000,
            3 => 20_000,
            _ => 0,
        };
        ClockChange { skew_ms: Some(skew_ms), advance_ms: None }
    }

    /// How long a program pauses between two writes at most. In two runs of four the retry quota is soon used up, and a
    /// doubtful write ends as unknown at once; in the others it comes back in time to look.
    fn longest_pause_ms(&self) -> u64 {
        if (self.seed / 2).is_multiple_of(2) { 120_000 } else { 2_000 }
    }

    /// Runs it, on a thread of its own.
    pub(crate) fn run(&self) -> Result<Verdict> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, self.play())
    }

    async fn play(&self) -> Result<Verdict> {
        let limited = self.limited();
        let options =
            Options { seed: self.seed, rate_limit: if limited { 200 } else { 0 }, ..Options::default() };
        let sandbox = Sandbox::start(options).await?;
        sandbox.quirks(&self.world.quirks).map_err(|wrong| anyhow!(wrong))?;
        sandbox.faults(self.rules.clone()).await.map_err(|wrong| anyhow!(wrong))?;
        sandbox.clock(self.skew()).await.map_err(|wrong| anyhow!(wrong))?;
        let sandbox = Rc::new(sandbox);
        let time = FastTime::new(Clocks::Here(Rc::clone(&sandbox)), Random::new(self.seed), 0, 0);
        let time = Rc::new(time);
        let access = Access::of(&sandbox, limited);
        let caller = Caller {
            client: client(&access)?,
            fetch: ReqwestFetch::new()?,
            time: Rc::clone(&time),
            patient: false,
        };
        tokio::select! {
            () = time.run() => Err(anyhow!("time ended")),
            verdict = self.judged(Rc::new(caller), &sandbox, &access) => verdict,
        }
    }

    async fn judged(&self, caller: Rc<Caller>, sandbox: &Rc<Sandbox>, access: &Access) -> Result<Verdict> {
        let mut writes = self.made(&caller, sandbox).await?;
        let time = Rc::clone(&caller.time);
        time.enter();
        time.sleep(DRAINED_MS).await;
        // What is unknown is resolved by other processes, the first in the same weather.
        elsewhere::resolve(&mut writes, &time, access, self.seed, false).await?;
        sandbox.clear_faults();
        time.sleep(DRAINED_MS).await;
        elsewhere::resolve(&mut writes, &time, access, self.seed, true).await?;
        time.sleep(DRAINED_MS).await;
        Ok(judge(&writes, &sandbox.ledger(), &sandbox.journal()))
    }

    /// The writes, made by a few programs at once.
    async fn made(&self, caller: &Rc<Caller>, sandbox: &Rc<Sandbox>) -> Result<Vec<Write>> {
        let waiting: Rc<RefCell<VecDeque<Write>>> = Rc::new(RefCell::new(self.writes().collect()));
        let mut lanes = Vec::new();
        let longest_ms = self.longest_pause_ms();
        for _ in 0..LANES {
            let (caller, waiting, sandbox) = (Rc::clone(caller), Rc::clone(&waiting), Rc::clone(sandbox));
            caller.time.enter();
            lanes.push(tokio::task::spawn_local(async move {
                let making = async {
                    let mut made = Vec::new();
                    loop {
                        let Some(mut write) = waiting.borrow_mut().pop_front() else { return Ok(made) };
                        write.make(&caller, &sandbox).await?;
                        made.push(write);
                        let pause_ms = caller.time.random.borrow_mut().between(0, longest_ms);
                        caller.time.sleep(pause_ms).await;
                    }
                };
                let made: Result<Vec<Write>> = making.await;
                caller.time.leave();
                made
            }));
        }
        let mut writes = Vec::new();
        for lane in lanes {
            writes.extend(lane.await.context("a program ended early")??);
        }
        Ok(writes)
    }
}

/// What a client is made of, in whichever process.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) url: String,
    api_key: String,
    api_secret: String,
    limited: bool,
}

impl Access {
    fn of(sandbox: &Sandbox, limited: bool) -> Self {
        let (api_key, api_secret) = (sandbox.api_key.clone(), sandbox.api_secret.clone());
        Self { url: sandbox.url().to_owned(), api_key, api_secret, limited }
    }
}

pub(crate) fn client(access: &Access) -> Result<Client> {
    let environment = Environment::parse(&access.url)?;
    let secret = Secret::new("api_secret", &access.api_secret)?;
    let mut config = Config::new(environment, access.api_key.as_str(), secret);
    config.rate_limit = access.limited.then_some(195);
    Ok(Client::new(config)?)
}
