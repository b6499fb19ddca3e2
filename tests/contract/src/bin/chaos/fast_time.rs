//! Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved to
//! the first that is to wake, and the client's with it. Only sockets take real time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use cryptopay_core::drive::Time;
use cryptopay_core::event::Moment;
use cryptopay_core::transport::TokioTime;
use cryptopay_sandbox::Sandbox;
use tokio::sync::{Notify, oneshot};

use crate::random::Random;

/// The longest that a stalled answer is waited for, in real ms: drawn between these for every attempt.
const STALL_MS: (u64, u64) = (50, 200);

/// The real clocks, plus what was slept.
pub(crate) struct FastTime {
    pub(crate) sandbox: Sandbox,
    pub(crate) random: RefCell<Random>,
    real: TokioTime,
    passed_ms: Cell<u64>,
    /// How many of those who share this time do not sleep.
    awake: Cell<usize>,
    count: Cell<u64>,
    sleepers: RefCell<BTreeMap<(u64, u64), oneshot::Sender<()>>>,
    changed: Notify,
}

impl FastTime {
    pub(crate) fn new(sandbox: Sandbox, random: Random) -> Self {
        Self {
            sandbox,
            random: RefCell::new(random),
            real: TokioTime::new(),
            passed_ms: Cell::new(0),
            awake: Cell::new(0),
            count: Cell::new(0),
            sleepers: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// One more shares this time; until it leaves, time stands while it does not sleep.
    pub(crate) fn enter(&self) {
        self.awake.set(self.awake.get() + 1);
    }

    /// One that entered is done.
    pub(crate) fn leave(&self) {
        self.awake.set(self.awake.get() - 1);
        self.changed.notify_one();
    }

    /// Moves time on whenever everyone sleeps; never ends by itself.
    pub(crate) async fn run(&self) {
        loop {
            let first = self.sleepers.borrow().keys().next().map(|(at, _)| *at);
            match first.filter(|_| self.awake.get() == 0) {
                Some(at) => self.move_to(at).await,
                None => self.changed.notified().await,
            }
        }
    }

    async fn move_to(&self, at: u64) {
        let step = at.saturating_sub(self.now().tick_ms);
        self.sandbox.advance(step).await;
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

impl Time for FastTime {
    fn now(&self) -> Moment {
        let Moment { unix_ms, tick_ms } = self.real.now();
        Moment { unix_ms: unix_ms + self.passed_ms.get(), tick_ms: tick_ms + self.passed_ms.get() }
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
        // The other end is dropped only together with this time.
        let _ = woken.await;
    }

    async fn limit(&self, ms: u64) {
        let stall = self.random.borrow_mut().between(STALL_MS.0, STALL_MS.1);
        self.real.limit(ms.min(stall)).await;
    }
}
