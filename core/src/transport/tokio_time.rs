//! Clocks, entropy and timers of a tokio runtime: the wall clock only dates requests, everything is measured with the
//! monotonic one.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime};

use ring::rand::{SecureRandom, SystemRandom};

use crate::drive::{Time, in_ms};
use crate::event::Moment;

/// [`Time`] on a tokio runtime whose timer is enabled.
#[derive(Clone, Copy, Debug)]
pub struct TokioTime {
    started: Instant,
}

impl TokioTime {
    /// Clocks that count from now.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for TokioTime {
    fn default() -> Self {
        Self::new()
    }
}

impl Time for TokioTime {
    fn now(&self) -> Moment {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { unix_ms: in_ms(since_1970), tick_ms: in_ms(self.started.elapsed()) }
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        if SystemRandom::new().fill(&mut bytes).is_err() {
            // Without the system's generator: two of the keys that std seeds its hash maps with. Ids stay unique; nothing
            // of this is ever a secret.
            let half = || RandomState::new().hash_one(Instant::now());
            bytes = ((u128::from(half()) << 64) | u128::from(half())).to_be_bytes();
        }
        bytes
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    async fn limit(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::TokioTime;
    use crate::drive::Time;

    #[test]
    fn two_calls_never_share_their_entropy() {
        let time = TokioTime::new();
        assert_ne!(time.entropy(), time.entropy());
    }

    #[test]
    fn the_monotonic_clock_has_its_own_origin() {
        let now = TokioTime::new().now();
        // 2026-01-01 in ms since 1970: date -u -d 2026-01-01 +%s
        assert!(now.unix_ms > 1_767_225_600_000, "{now:?}");
        assert!(now.tick_ms < 60_000, "{now:?}");
    }
}
