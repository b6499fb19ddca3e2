//! A client and its calls. JavaScript frees a call when it is done; what it forgets, the finaliser of its engine frees.

use crate::ms::ms;
use cryptopay_core::border;
use cryptopay_core::event::{Event, Failure, FailureKind, Moment, Sent};
use cryptopay_core::http::Response;
use cryptopay_core::observe::Seen;
use cryptopay_core::step::Step;
use cryptopay_core::{call, client};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// A client of one API key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(client::Client);

#[wasm_bindgen]
impl Client {
    /// Makes a client of a configuration in JSON.
    ///
    /// # Errors
    /// A sentence that names the setting and says what to do.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Result<Self, JsValue> {
        border::client(config.as_bytes()).map(Self).map_err(|error| error.sentence().into())
    }

    /// Begins a call; `start` is the border's JSON. Its first step is [`Call::step`].
    #[must_use]
    pub fn begin(&self, operation: &str, start: &str, observed: bool) -> Call {
        Call::new(border::begin(&self.0, operation, start.as_bytes()), observed)
    }

    /// Begins finding out how the write of a record ended.
    #[must_use]
    pub fn resolve(&self, start: &str, observed: bool) -> Call {
        Call::new(border::resolve(&self.0, start.as_bytes()), observed)
    }
}

/// One running call.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Call {
    call: call::Call,
    first: String,
    observed: bool,
    seen: Option<Seen>,
}

#[wasm_bindgen]
impl Call {
    fn new((call, step): (call::Call, Step), observed: bool) -> Self {
        let seen = observed.then(|| call.seen(&step));
        Self { call, first: border::text(&step), observed, seen }
    }

    /// The first step; later ones come as the answers of events. All are JSON text.
    pub fn step(&mut self) -> String {
        core::mem::take(&mut self.first)
    }

    /// A response came. `headers` are lines, name and value in turn.
    pub fn response(
        &mut self,
        unix_ms: f64,
        tick_ms: f64,
        status: u16,
        headers: &str,
        body: Vec<u8>,
    ) -> String {
        let mut lines = headers.split('\n');
        let headers =
            core::iter::from_fn(|| Some((lines.next()?.to_owned(), lines.next()?.to_owned()))).collect();
        self.advance(unix_ms, tick_ms, Event::Response(Response { status, headers, body }))
    }

    /// No complete response came. What a transport cannot tell apart may have been sent (W1).
    pub fn failed(&mut self, unix_ms: f64, tick_ms: f64, kind: &str, sent: &str, detail: &str) -> String {
        let failure = Failure {
            kind: FailureKind::parse(kind).unwrap_or(FailureKind::Broken),
            sent: Sent::parse(sent),
            detail: detail.to_owned(),
        };
        self.advance(unix_ms, tick_ms, Event::Failed(failure))
    }

    /// The sleep is over.
    pub fn woken(&mut self, unix_ms: f64, tick_ms: f64) -> String {
        self.advance(unix_ms, tick_ms, Event::Woken)
    }

    /// The caller gave up; what is on its way has been sent maybe, or `no` (W1).
    pub fn cancelled(&mut self, unix_ms: f64, tick_ms: f64, sent: &str) -> String {
        self.advance(unix_ms, tick_ms, Event::Cancelled(Sent::parse(sent)))
    }

    /// The shared limit reserved a place that is free after this wait.
    pub fn permitted(&mut self, unix_ms: f64, tick_ms: f64, wait_ms: f64) -> String {
        self.advance(unix_ms, tick_ms, Event::Permitted { wait_ms: ms(wait_ms) })
    }

    /// The shared limit could not be asked.
    pub fn permit_failed(&mut self, unix_ms: f64, tick_ms: f64) -> String {
        self.advance(unix_ms, tick_ms, Event::PermitFailed)
    }

    /// The error of a success that cannot be handed back, `{"error": {…}}`. `misfit` says what does not fit the model; without it
    /// there is no object. `data` is the text of the answer's `data`.
    #[must_use]
    pub fn unfit(&self, misfit: Option<String>, data: &str) -> String {
        border::unfit(&self.call, misfit.as_deref(), data)
    }

    /// What `resolve` takes, once the write may have been applied.
    #[must_use]
    pub fn pending(&self) -> Option<String> {
        self.call.pending().map(|record| record.to_text())
    }

    /// What observers see of the last step; `None` when the call is not observed.
    #[must_use]
    pub fn seen(&self) -> Option<String> {
        self.seen.as_ref().map(Seen::to_text)
    }

    /// The `custom_id`, the caller's or a generated one.
    #[must_use]
    pub fn custom_id(&self) -> Option<String> {
        self.call.custom_id().map(str::to_owned)
    }

    fn advance(&mut self, unix_ms: f64, tick_ms: f64, event: Event) -> String {
        let at = Moment { unix_ms: ms(unix_ms), tick_ms: ms(tick_ms) };
        match self.call.advance(at, event) {
            Ok(step) => {
                self.seen = self.observed.then(|| self.call.seen(&step));
                border::text(&step)
            }
            Err(misuse) => border::misused(&misuse),
        }
    }
}
