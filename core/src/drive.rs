//! What a host lends to a call, and the loop that runs one. The only thing between the pure machine and the world.
//!
//! To bring the core to a new platform, implement [`Fetch`] over its HTTP client and [`Time`] over its clocks and
//! timer. A fetch sends exactly the bytes of the request, once: it does not retry, redirect, sign, or rewrite the URL.
//! The crate's `examples/own_transport.rs` is such a fetch, over hyper, with a program around it.

use crate::call::Call;
use crate::error::ApiError;
use crate::event::{Event, Failure, FailureKind, Misuse, Moment, Sent};
use crate::http::{Request, Response};
use crate::limiter::Priority;
use crate::observe::Seen;
use crate::outcome::Outcome;
use crate::step::Step;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

/// Sends one request.
pub trait Fetch {
    /// Sends exactly this request and collects at most `request.max_body` bytes of the answer's body. Dropping the
    /// future ends the attempt.
    ///
    /// # Errors
    /// A [`Failure`] that says whether the request can have left (W1). When in doubt: [`Sent::Maybe`].
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Failure>>;
}

/// Clocks, entropy, timers, and the shared limit where there is one.
pub trait Time {
    /// Now, on both clocks.
    fn now(&self) -> Moment;
    /// 16 fresh random bytes for a call: its jitter and a generated `custom_id`.
    fn entropy(&self) -> [u8; 16];
    /// Waits this long, in ms.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;
    /// Waits this long in real time, in ms: bounds a fetch, also where `sleep` runs on a virtual clock.
    fn limit(&self, ms: u64) -> impl Future<Output = ()>;
    /// Asks a limit that several processes share for `cost` places (L5), only with `Config::shared_limit`. Answers how
    /// long to wait, in ms, for places that are reserved then; `None`: it cannot be asked, the client's own limit
    /// decides. `frozen_ms` is the pause that the last 429 asked for, to be kept by everybody. All processes of one API key
    /// together get at most 195 places in any 61 s; the crate's `docs/shared-limit.md` has such a limit on PostgreSQL. Unless
    /// implemented, it answers `None`.
    fn permit(&self, cost: u8, priority: Priority, frozen_ms: u64) -> impl Future<Output = Option<u64>> {
        let _ = (cost, priority, frozen_ms);
        core::future::ready(None)
    }
}

/// A duration in ms, as the machine counts it; what does not fit is the largest number that does.
#[must_use]
pub fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Runs a call to its end. `step` is what beginning it answered. A dropped future cancels; [`Call::pending`] then
/// says whether the write may have been applied.
///
/// # Errors
/// The call's own [`ApiError`].
pub async fn drive(
    call: &mut Call,
    mut step: Step,
    fetch: &impl Fetch,
    time: &impl Time,
    see: impl Fn(&Seen),
) -> Result<Outcome, ApiError> {
    loop {
        see(&call.seen(&step));
        let event = match step {
            Step::Done(result) => return *result,
            Step::Sleep { ms, .. } => {
                time.sleep(ms).await;
                Event::Woken
            }
            Step::Permit { cost, priority, frozen_ms, timeout_ms } => {
                let asked = time.permit(cost, priority, frozen_ms);
                let wait_ms = first(asked, time.limit(timeout_ms)).await.flatten();
                wait_ms.map_or(Event::PermitFailed, |wait_ms| Event::Permitted { wait_ms })
            }
            Step::Fetch(request) => {
                let timeout = time.limit(request.timeout_ms);
                let answer = first(fetch.fetch(request), timeout).await.unwrap_or_else(|| Err(too_late()));
                answer.map_or_else(Event::Failed, Event::Response)
            }
        };
        step = call.advance(time.now(), event).map_err(|misuse| driven_wrongly(&misuse))?;
    }
}

/// The answer, or nothing when its time ends first.
async fn first<A>(asked: impl Future<Output = A>, timeout: impl Future<Output = ()>) -> Option<A> {
    let (mut asked, mut timeout) = (pin!(asked), pin!(timeout));
    poll_fn(|context| match asked.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => timeout.as_mut().poll(context).map(|()| None),
    })
    .await
}

fn too_late() -> Failure {
    Failure {
        kind: FailureKind::Timeout,
        sent: Sent::Maybe,
        detail: "no complete answer within the attempt's time".into(),
    }
}

fn driven_wrongly(misuse: &Misuse) -> ApiError {
    let text = [misuse.event, " while ", misuse.state].concat();
    ApiError::new(crate::code::Code::Misuse, "", text, "this is a defect of the driver: please report it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::options::Options;
    use crate::client::Client;
    use crate::config::Config;
    use crate::environment::Environment;
    use crate::secret::Secret;
    use core::cell::{Cell, RefCell};
    use core::task::{Context, Waker};
    use serde_json::Map;

    /// Answers every request with an empty list.
    struct Empty;

    impl Fetch for Empty {
        async fn fetch(&self, _: Request) -> Result<Response, Failure> {
            let body = b"{\"data\":[],\"meta\":{\"total\":0,\"has_more\":false}}".to_vec();
            Ok(Response { status: 200, headers: Vec::new(), body })
        }
    }

    /// What a store does when it is asked.
    #[derive(Clone, Copy)]
    enum Store {
        Grants(u64),
        Fails,
        NeverAnswers,
    }

    /// A store that several processes ask, and a clock that jumps over every wait.
    struct Shared {
        tick: Cell<u64>,
        store: Store,
        asked: RefCell<Vec<(u8, Priority, u64)>>,
    }

    impl Time for Shared {
        fn now(&self) -> Moment {
            Moment { unix_ms: self.tick.get(), tick_ms: self.tick.get() }
        }
        fn entropy(&self) -> [u8; 16] {
            [0; 16]
        }
        async fn sleep(&self, ms: u64) {
            self.tick.set(self.tick.get() + ms);
        }
        async fn limit(&self, ms: u64) {
            // Only asking a store ever takes its whole time here.
            if ms != 5_000 {
                core::future::pending::<()>().await;
            }
        }
        async fn permit(&self, cost: u8, priority: Priority, frozen_ms: u64) -> Option<u64> {
            self.asked.borrow_mut().push((cost, priority, frozen_ms));
            match self.store {
                Store::Grants(wait_ms) => Some(wait_ms),
                Store::Fails => None,
                Store::NeverAnswers => core::future::pending().await,
            }
        }
    }

    fn run(store: Store) -> (Outcome, Vec<(u8, Priority, u64)>) {
        let secret = Secret::new("api_secret", "secret").unwrap();
        let mut config = Config::new(Environment::Sandbox, "key", secret);
        config.shared_limit = true;
        let time = Shared { tick: Cell::new(0), store, asked: RefCell::default() };
        let client = Client::new(config).unwrap();
        let (mut call, step) =
            client.begin(time.now(), "coins.list", Map::new(), &Options::default(), [0; 16]);
        let ended = {
            let mut future = pin!(drive(&mut call, step, &Empty, &time, |_| ()));
            match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(ended) => ended.unwrap(),
                Poll::Pending => panic!("nothing here waits"),
            }
        };
        (ended, time.asked.into_inner())
    }

    #[test]
    fn a_shared_limit_is_asked_before_the_attempt_and_its_wait_is_kept() {
        let (outcome, asked) = run(Store::Grants(700));
        assert_eq!(asked, [(1, Priority::Read, 0)]);
        assert_eq!(outcome.trace.waits.iter().map(|wait| wait.ms).collect::<Vec<_>>(), [700]);
    }

    #[test]
    fn a_store_that_cannot_be_asked_leaves_the_decision_to_the_own_limit() {
        let (outcome, asked) = run(Store::Fails);
        assert_eq!((asked.len(), outcome.trace.waits.len()), (1, 0));
    }

    #[test]
    fn a_store_that_never_answers_holds_no_call_up() {
        let (outcome, asked) = run(Store::NeverAnswers);
        assert_eq!((asked.len(), outcome.trace.waits.len()), (1, 0));
    }
}
