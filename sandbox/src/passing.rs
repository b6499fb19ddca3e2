//! How time passes: late requests, expiries and callback deliveries happen in the order in which they are due, both
//! by themselves and when a test advances the clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::api::State;
use crate::callbacks::Delivery;
use crate::post::post;

/// How often the sandbox looks by itself whether something is due.
const LOOK: Duration = Duration::from_millis(25);
/// How long an advance waits for deliveries that were under way before it.
const PATIENCE: Duration = Duration::from_millis(500);

/// The state, and the deliveries that are under way outside its lock.
pub(crate) struct Passing {
    state: Mutex<State>,
    under_way: AtomicUsize,
    arrived: Notify,
}

impl Passing {
    /// Time over a state.
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), under_way: AtomicUsize::new(0), arrived: Notify::new() }
    }

    /// The state; a panic elsewhere does not lock it away.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks again and again what is due by real time; never ends by itself.
    pub(crate) async fn run(&self) {
        loop {
            let (generation, deliveries) = {
                let mut state = self.state();
                state.catch_up();
                self.taken(&mut state)
            };
            self.deliver(generation, deliveries).await;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Lets `ms` of sandbox time pass. Everything that becomes due happens in order, each thing at its own time, and
    /// callbacks have been delivered (or have failed) when it returns.
    pub(crate) async fn advance(&self, ms: u64) {
        self.wait_for_others().await;
        let (mut left, mut stuck) = (ms, 0_u8);
        loop {
            let (generation, deliveries, step) = {
                let mut state = self.state();
                let now_ms = state.clock.now_ms();
                let due_ms = state.world.next_due_ms().into_iter().chain(state.next_late_ms()).min();
                let step = due_ms.map_or(left, |due_ms| due_ms.saturating_sub(now_ms).min(left));
                state.clock.advance(step);
                state.catch_up();
                let (generation, deliveries) = self.taken(&mut state);
                (generation, deliveries, step)
            };
            left -= step;
            // What is due and is not done by being looked at cannot hold the clock for ever.
            stuck = if step == 0 && deliveries.is_empty() { stuck.saturating_add(1) } else { 0 };
            let idle = deliveries.is_empty();
            self.deliver(generation, deliveries).await;
            if left == 0 && idle {
                return;
            }
            if stuck > 100 {
                self.state().clock.advance(left);
                left = 0;
            }
        }
    }

    fn taken(&self, state: &mut State) -> (u64, Vec<Delivery>) {
        let clock = state.clock.clone();
        let deliveries = state.world.due_deliveries(&clock);
        self.under_way.fetch_add(deliveries.len(), Ordering::SeqCst);
        (state.generation, deliveries)
    }

    /// Sends callbacks one after another, so that they arrive in their order.
    async fn deliver(&self, generation: u64, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            let status = post(&delivery).await;
            {
                let mut state = self.state();
                if state.generation == generation {
                    let clock = state.clock.clone();
                    state.world.delivered(delivery.id, status, &clock);
                }
            }
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            self.arrived.notify_waiters();
        }
    }

    /// Not for long: a receiver of callbacks may itself advance the clock.
    async fn wait_for_others(&self) {
        let others = async {
            loop {
                let arrived = self.arrived.notified();
                if self.under_way.load(Ordering::SeqCst) == 0 {
                    return;
                }
                arrived.await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, others).await;
    }
}
