//! Clocks that run with real time and jump over waits: a sleep lets the sandbox's time pass too, so that both sides agree.
//! Time jumps only when every running step sleeps: one that computes or waits for an answer would find another time than it
//! reckoned with. How long an attempt may take stays real, because a socket cannot be hurried.

use cryptopay_core::drive::{Time, in_ms};
use cryptopay_core::event::Moment;
use cryptopay_sandbox::Sandbox;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

/// How long the others are waited for before time jumps all the same, in real ms: an answer may never come.
const PATIENCE_MS: u64 = 500;

/// The clocks of a story; clones share them.
#[derive(Clone)]
pub struct VirtualTime {
    sandbox: Arc<Sandbox>,
    began: (SystemTime, Instant),
    jumped_ms: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
    turn: Arc<Mutex<()>>,
    running: Arc<AtomicUsize>,
    asleep: Arc<AtomicUsize>,
}

/// One of those that are counted, until it is dropped.
pub struct One(Arc<AtomicUsize>);

impl One {
    fn of(all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(all))
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl VirtualTime {
    /// Clocks that agree with a sandbox that has just started.
    #[must_use]
    pub fn of(sandbox: Arc<Sandbox>) -> Self {
        let began = (SystemTime::now(), Instant::now());
        Self {
            sandbox,
            began,
            jumped_ms: Arc::default(),
            drawn: Arc::default(),
            turn: Arc::default(),
            running: Arc::default(),
            asleep: Arc::default(),
        }
    }

    /// One more step runs, until what this returns is dropped. Steps that run side by side are counted before the first starts.
    #[must_use]
    pub fn running(&self) -> One {
        One::of(&self.running)
    }

    /// Lets `ms` pass for both sides.
    pub async fn pass(&self, ms: u64) {
        self.reach(self.now().tick_ms.saturating_add(ms)).await;
    }

    /// Jumps to this time; of two who wait at once, the later only jumps over what is left.
    async fn reach(&self, tick_ms: u64) {
        let asleep = One::of(&self.asleep);
        let _turn = self.turn.lock().await;
        if self.now().tick_ms < tick_ms {
            self.others_sleep().await;
        }
        let left = tick_ms.saturating_sub(self.now().tick_ms);
        if left > 0 {
            self.jumped_ms.fetch_add(left, Ordering::SeqCst);
            self.sandbox.advance(left).await;
        }
        // Awake before the next one has its turn.
        drop(asleep);
    }

    async fn others_sleep(&self) {
        let began = Instant::now();
        while self.asleep.load(Ordering::SeqCst) < self.running.load(Ordering::SeqCst)
            && in_ms(began.elapsed()) < PATIENCE_MS
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Time for VirtualTime {
    fn now(&self) -> Moment {
        let (wall, monotonic) = self.began;
        let tick_ms = in_ms(monotonic.elapsed()).saturating_add(self.jumped_ms.load(Ordering::SeqCst));
        let wall_ms = in_ms(wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        Moment { unix_ms: wall_ms.saturating_add(tick_ms), tick_ms }
    }

    /// Another number for every call, the same ones in every run.
    fn entropy(&self) -> [u8; 16] {
        let n = self.drawn.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
        u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes()
    }

    async fn sleep(&self, ms: u64) {
        self.pass(ms).await;
    }

    async fn limit(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
