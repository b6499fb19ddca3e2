//! What a host lends to a call, and the loop that runs one. The only thing between the pure machine and the world.
//!
//! To bring the core to a new platform, implement [`Fetch`] over its HTTP client and [`Time`] over its clocks and
//! timer. A fetch sends exactly the bytes of the request, once: it does not retry, redirect, sign, or rewrite the URL.

use crate::call::Call;
use crate::error::ApiError;
use crate::event::{Event, Failure, FailureKind, Misuse, Moment, Sent};
use crate::http::{Request, Response};
use crate::observe::Seen;
use crate::outcome::Outcome;
use crate::step::Step;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

/// Sends one request.
pub trait Fetch {
    /// Sends exactly this request and collects at most `request.max_body` bytes of the answer's body. Dropping the
    /// future ends the attempt.
    ///
    /// # Errors
    /// A [`Failure`] that says whether the request can have left (W1). When in doubt: [`Sent::Maybe`].
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Failure>>;
}

/// Clocks, entropy and timers.
pub trait Time {
    /// Now, on both clocks.
    fn now(&self) -> Moment;
    /// 16 fresh random bytes for a call: its jitter and a generated `custom_id`.
    fn entropy(&self) -> [u8; 16];
    /// Waits this long, in ms.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;
    /// Waits this long in real time, in ms: bounds a fetch, also where `sleep` runs on a virtual clock.
    fn limit(&self, ms: u64) -> impl Future<Output = ()>;
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
            // A host with a shared limit runs its own loop; without one the client's own limit decides.
            Step::Permit { .. } => Event::PermitFailed,
            Step::Fetch(request) => {
                let timeout = time.limit(request.timeout_ms);
                first(fetch.fetch(request), timeout).await.map_or_else(Event::Failed, Event::Response)
            }
        };
        step = call.advance(time.now(), event).map_err(|misuse| driven_wrongly(&misuse))?;
    }
}

/// The answer of the fetch, or the end of its time, whichever comes first.
async fn first(
    fetch: impl Future<Output = Result<Response, Failure>>,
    timeout: impl Future<Output = ()>,
) -> Result<Response, Failure> {
    let (mut fetch, mut timeout) = (pin!(fetch), pin!(timeout));
    poll_fn(|context| {
        if let Poll::Ready(result) = fetch.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        timeout.as_mut().poll(context).map(|()| {
            Err(Failure {
                kind: FailureKind::Timeout,
                sent: Sent::Maybe,
                detail: "no complete answer within the attempt's time".into(),
            })
        })
    })
    .await
}

fn driven_wrongly(misuse: &Misuse) -> ApiError {
    let text = [misuse.event, " while ", misuse.state].concat();
    ApiError::new(crate::code::Code::Misuse, "", text, "this is a defect of the driver: please report it")
}
