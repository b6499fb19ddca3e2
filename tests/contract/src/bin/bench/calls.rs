//! Whole calls besides their transport, and their parts: classification and models. The calls run with the ordinary
//! configuration, so its rate limit stands in the way; time moves on fast enough that it never makes one wait.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as Polling, Poll, Waker};

use anyhow::{Context as _, Result, bail, ensure};
use cryptopay_core::api::invoices::Invoice;
use cryptopay_core::call::options::Options;
use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::drive::{Fetch, Time};
use cryptopay_core::event::{Event, Failure, FailureKind, Moment, Sent};
use cryptopay_core::face::Answer;
use cryptopay_core::http::{Request, Response};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::secret::Secret;
use cryptopay_core::step::Step;
use cryptopay_core::{Cryptopay, Environment};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::batches;
use crate::samples::{KEY, SECRET, fifty, id, one, response};
use crate::table::{Budget, Table};

/// Few enough that a batch of prepared answers stays near the processor.
const COUNT: u32 = 200;
/// 195 requests a minute, with a little room.
const APART_MS: u64 = 400;
const ENTROPY: [u8; 16] = *b"sixteen bytes ok";

/// Measures and prints.
pub(crate) fn rows(table: &Table) -> Result<()> {
    table.figure("whole call, untyped (GET invoice)", untyped()?, "µs", Budget::AtMost(5.0))?;
    table.figure("whole call, typed (GET invoice)", typed()?, "µs", Budget::AtMost(10.0))?;
    for (what, body, data) in [
        ("classify a 200 with one invoice", one(), Data::Object),
        ("classify a 200 with a page of 50 invoices", fifty(), Data::List),
    ] {
        table.figure(what, classification(&response(0, &body), data)?, "µs", Budget::None)?;
    }
    table.figure("parse a page of 50 invoices into models", models()?, "µs", Budget::None)
}

/// The times of calls that follow each other.
#[derive(Clone, Default)]
pub(crate) struct Clocks(Rc<Cell<Moment>>);

impl Clocks {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Cell::new(Moment { unix_ms: 1_700_000_000_000, tick_ms: 0 })))
    }

    pub(crate) fn next(&self) -> Moment {
        let Moment { unix_ms, tick_ms } = self.0.get();
        self.0.set(Moment { unix_ms: unix_ms + APART_MS, tick_ms: tick_ms + APART_MS });
        self.0.get()
    }
}

/// From parameters to outcome, by the machine's two functions.
fn untyped() -> Result<f64> {
    let client = Client::new(Config::new(Environment::Sandbox, KEY, Secret::new("api_secret", SECRET)?))?;
    let (clocks, body, id, options) = (Clocks::new(), one(), id(1), Options::default());
    let call = |(at, response): (Moment, Response)| -> Result<Outcome> {
        let params = Map::from_iter([("invoice_id".to_owned(), Value::from(id.as_str()))]);
        let (mut call, step) = client.begin(at, "invoices.retrieve", params, &options, ENTROPY);
        let Step::Fetch(request) = step else { bail!("the call begins with {step:?}") };
        std::hint::black_box(request);
        match call.advance(at, Event::Response(response))? {
            Step::Done(done) => Ok((*done)?),
            step => bail!("the call goes on with {step:?}"),
        }
    };
    batches::microseconds(COUNT, || answered(&clocks, &body), call)
}

pub(crate) fn answered(clocks: &Clocks, body: &str) -> (Moment, Response) {
    let at = clocks.next();
    (at, response(at.unix_ms, body))
}

/// A transport that has the answer already.
#[derive(Clone, Default)]
pub(crate) struct Ready(Rc<Cell<Option<Response>>>);

impl Fetch for Ready {
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Failure>> {
        std::hint::black_box(request);
        let none =
            Failure { kind: FailureKind::Broken, sent: Sent::Maybe, detail: "no answer is left".into() };
        ready(self.0.take().ok_or(none))
    }
}

impl Time for Clocks {
    fn now(&self) -> Moment {
        self.0.get()
    }

    fn entropy(&self) -> [u8; 16] {
        ENTROPY
    }

    fn sleep(&self, _: u64) -> impl Future<Output = ()> {
        pending()
    }

    fn limit(&self, _: u64) -> impl Future<Output = ()> {
        pending()
    }
}

/// The typed client over a transport that has the answer already, and the clocks that it reads.
pub(crate) struct Prepared {
    pub(crate) client: Cryptopay<Ready, Clocks>,
    pub(crate) clocks: Clocks,
    answer: Ready,
}

impl Prepared {
    pub(crate) fn new() -> Result<Self> {
        let (clocks, answer) = (Clocks::new(), Ready::default());
        let client = Cryptopay::builder(Environment::Sandbox)
            .api_key(KEY)
            .api_secret(SECRET)
            .build_over(answer.clone(), clocks.clone())?;
        Ok(Self { client, clocks, answer })
    }

    /// One call at this moment, which gets this answer.
    pub(crate) fn retrieve(&self, id: Uuid, (at, response): (Moment, Response)) -> Result<Answer<Invoice>> {
        self.clocks.0.set(at);
        self.answer.0.set(Some(response));
        Ok(at_once(self.client.invoices().retrieve(id))??)
    }
}

/// The outcome of a future that never waits.
pub(crate) fn at_once<O>(future: impl Future<Output = O>) -> Result<O> {
    match pin!(future).poll(&mut Polling::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Ok(outcome),
        Poll::Pending => bail!("the call waits"),
    }
}

/// From a method of the typed client to the model.
fn typed() -> Result<f64> {
    // The answers are prepared with clocks of their own: the client's show the time of the call that runs.
    let (prepared, calls, body) = (Clocks::new(), Prepared::new()?, one());
    let id = id(1).parse()?;
    let invoice = calls.retrieve(id, answered(&prepared, &body))?;
    ensure!(invoice.price_amount.to_string() == "100.5", "the model holds {}", invoice.price_amount);
    batches::microseconds(COUNT, || answered(&prepared, &body), |input| calls.retrieve(id, input))
}

fn classification(response: &Response, data: Data) -> Result<f64> {
    let expect = Expect { data, conditional: false, write: false };
    let seen = classify(response, expect, MAX_BODY);
    ensure!(seen.data.is_some(), "the sample is classified as {}", seen.meaning);
    batches::microseconds(COUNT, || (), |()| Ok(classify(response, expect, MAX_BODY)))
}

/// The 50 models of a page, from the text of its `data`.
fn models() -> Result<f64> {
    let answer = response(0, &fifty());
    let expect = Expect { data: Data::List, conditional: false, write: false };
    let place = classify(&answer, expect, MAX_BODY).data.context("the page has no data")?;
    let data = std::str::from_utf8(answer.body.get(place).context("the data lies outside of the page")?)?;
    let read = || Ok(serde_json::from_str::<Vec<Invoice>>(data)?);
    ensure!(read()?.len() == 50, "the page does not hold 50 invoices");
    batches::microseconds(COUNT / 10, || (), |()| read())
}
