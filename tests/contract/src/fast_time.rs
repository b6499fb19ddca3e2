//! Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved to
//! the first that is to wake, and the client's with it. Only sockets take real time. The sandbox may be in another process.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use cryptopay_core::drive::{Fetch, Time};
use cryptopay_core::event::{Moment, Sent};
use cryptopay_core::http::{Method, Request};
use cryptopay_core::transport::{ReqwestFetch, TokioTime};
use cryptopay_sandbox::Sandbox;
use tokio::sync::{Notify, oneshot};

use crate::random::Random;

/// The longest that a stalled answer is waited for, in real ms: drawn between these for every attempt.
const STALL_MS: (u64, u64) = (50, 200);

/// Where the sandbox is whose clock is moved.
pub enum World {
    /// In this process.
    Here(Rc<Sandbox>),
    /// At this address, over this transport.
    There(String, ReqwestFetch),
}

impl World {
    async fn advance(&self, ms: u64) {
        match self {
            Self::Here(sandbox) => sandbox.advance(ms).await,
            Self::There(url, fetch) => {
                let mut request = Request::new(Method::Post, format!("{url}/_sandbox/clock"));
                request.headers = vec![("Content-Type", "application/json".to_owned())];
                request.body = Some(format!("{{\"advance_ms\": {ms}}}").into_bytes());
                request.fresh = true;
                let mut moved = fetch.fetch(request.clone()).await;
                // Where nobody listens for a moment, which is one of the faults, it was not moved.
                while moved.as_ref().is_err_and(|failure| failure.sent == Sent::No) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    moved = fetch.fetch(request.clone()).await;
                }
                let moved = moved.map(|response| response.status);
                assert!(moved.as_ref().is_ok_and(|status| *status == 200), "the clock stands: {moved:?}");
            }
        }
    }
}

/// The real clocks, plus what was slept.
pub struct FastTime {
    world: World,
    /// What is drawn by all who share this time.
    pub random: RefCell<Random>,
    real: TokioTime,
    /// Whether stalled answers are given up soon.
    impatient: bool,
    /// The tick at which these clocks began.
    began_at: u64,
    passed_ms: Cell<u64>,
    /// How many of those who share this time do not sleep.
    awake: Cell<usize>,
    count: Cell<u64>,
    sleepers: RefCell<BTreeMap<(u64, u64), oneshot::Sender<()>>>,
    changed: Notify,
}

impl FastTime {
    /// Clocks that agree with those of a sandbox for which `passed_ms` were let pass; they count from `began_at`.
    #[must_use]
    pub fn new(world: World, random: Random, passed_ms: u64, began_at: u64) -> Self {
        Self {
            world,
            random: RefCell::new(random),
            real: TokioTime::new(),
            impatient: true,
            began_at,
            passed_ms: Cell::new(passed_ms),
            awake: Cell::new(0),
            count: Cell::new(0),
            sleepers: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// One more shares this time; until it leaves, time stands while it does not sleep.
    pub fn enter(&self) {
        self.awake.set(self.awake.get() + 1);
    }

    /// One that entered is done.
    pub fn leave(&self) {
        self.awake.set(self.awake.get() - 1);
        self.changed.notify_one();
    }

    /// Moves time on whenever everyone sleeps; never ends by itself.
    pub async fn run(&self) {
        loop {
            let first = self.sleepers.borrow().keys().next().map(|(at, _)| *at);
            match first.filter(|_| self.awake.get() == 0) {
                Some(at) => self.move_to(at).await,
                None => self.changed.notified().await,
            }
        }
    }

    /// The same clocks, for calls whose answers do not stall: each waits for them however slow the machine is.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { impatient: false, ..self }
    }

    /// What was let pass since the sandbox began, by everybody.
    pub fn passed_ms(&self) -> u64 {
        self.passed_ms.get()
    }

    /// Somebody else, whom all who share this time have waited for, let time pass too.
    pub fn catch_up(&self, passed_ms: u64) {
        self.passed_ms.set(passed_ms);
    }

    async fn move_to(&self, at: u64) {
        let step = at.saturating_sub(self.now().tick_ms);
        self.world.advance(step).await;
        self.passed_ms.set(self.passed_ms.get() + step);
        let now = self.now().tick_ms;
        let later = self.sleepers.borrow_mut().split_off(&(now + 1, 0));
        for (_, wake) in self.sleepers.replace(later) {
            self.enter();
            // Whoever does not wait any more is gone, and has left.
            if wake.send(()).is_err() {
                self.leave();
            }
        }
    }
}

/// A sleep; whoever gives it up is awake again.
struct Sleep<'t> {
    time: &'t FastTime,
    woken: oneshot::Receiver<()>,
    over: bool,
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if !self.over && self.woken.try_recv().is_err() {
            self.time.enter();
        }
    }
}

impl Time for FastTime {
    fn now(&self) -> Moment {
        let Moment { unix_ms, tick_ms } = self.real.now();
        let passed_ms = self.passed_ms.get();
        Moment { unix_ms: unix_ms + passed_ms, tick_ms: self.began_at + tick_ms + passed_ms }
    }

    fn entropy(&self) -> [u8; 16] {
        let mut random = self.random.borrow_mut();
        ((u128::from(random.bits()) << 64) | u128::from(random.bits())).to_be_bytes()
    }

    async fn sleep(&self, ms: u64) {
        let (wake, woken) = oneshot::channel();
        self.count.set(self.count.get() + 1);
        self.sleepers.borrow_mut().insert((self.now().tick_ms + ms, self.count.get()), wake);
        self.leave();
        let mut sleep = Sleep { time: self, woken, over: false };
        // The other end is dropped only together with this time.
        let _ = (&mut sleep.woken).await;
        sleep.over = true;
    }

    async fn limit(&self, ms: u64) {
        if !self.impatient {
            return std::future::pending().await;
        }
        let stall = self.random.borrow_mut().between(STALL_MS.0, STALL_MS.1);
        self.real.limit(ms.min(stall)).await;
    }
}
