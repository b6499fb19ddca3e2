//! A clock that waits by moving the sandbox's clock along with it: a minute passes in no time, for both alike. Fit for one
//! call at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cryptopay_core::drive::Time;
use cryptopay_core::event::Moment;
use cryptopay_core::transport::TokioTime;
use cryptopay_sandbox::Sandbox;

/// The real clocks, plus what was slept.
#[derive(Clone)]
pub(crate) struct FastTime {
    /// The sandbox whose clock goes along.
    pub(crate) sandbox: Arc<Sandbox>,
    real: TokioTime,
    passed_ms: Arc<AtomicU64>,
}

impl FastTime {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox: Arc::new(sandbox), real: TokioTime::new(), passed_ms: Arc::default() }
    }

    /// How long the calls have slept, in ms.
    pub(crate) fn passed_ms(&self) -> u64 {
        self.passed_ms.load(Ordering::SeqCst)
    }
}

impl Time for FastTime {
    fn now(&self) -> Moment {
        let Moment { unix_ms, tick_ms } = self.real.now();
        Moment { unix_ms: unix_ms + self.passed_ms(), tick_ms: tick_ms + self.passed_ms() }
    }

    fn entropy(&self) -> [u8; 16] {
        self.real.entropy()
    }

    async fn sleep(&self, ms: u64) {
        self.sandbox.advance(ms).await;
        self.passed_ms.fetch_add(ms, Ordering::SeqCst);
    }

    async fn limit(&self, ms: u64) {
        self.real.limit(ms).await;
    }
}
