//! The typed client: the call machine with Rust structs in and out. It decides nothing about a call; it turns parameters
//! into the machine's flat object, drives the call, and reads the model out of the text of `data`.
//!
//! The future of a method is the call: dropping it cancels, and a write that may have been applied by then is told to
//! [`Builder::on_abandoned`]. Methods of resources and their models stand in [`crate::api`].
//!
//! Two answers have no object, and a typed method says so with an error: a 202, *accepted, not finished* (`outcome_unknown`;
//! for a write with the record that [`Cryptopay::resolve`] takes), and the 304 of a conditional read, which [`Changed`]
//! turns into `None`. [`Cryptopay::call`] hands both back as the successes that they are.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cryptopay_core::api::invoices::InvoiceParams;
//! use cryptopay_core::environment::Environment;
//! use cryptopay_core::face::Cryptopay;
//!
//! let client = Cryptopay::builder(Environment::Sandbox).api_key("…").api_secret("…").build()?;
//! let invoice = client
//!     .invoices()
//!     .create(&InvoiceParams {
//!         price_amount: "100.50".parse()?,
//!         price_currency: "EUR".into(),
//!         pay_currency: "BTC".into(),
//!         custom_id: Some("order-1".into()),
//!         ..Default::default()
//!     })
//!     .await?;
//! println!("{} after {} attempts", invoice.hosted_page_url, invoice.outcome().trace.sends);
//! # Ok(())
//! # }
//! ```
//!
//! # Lists
//!
//! A list is read page by page, row by row ([`Pages::next`]), or as a stream ([`Pages::into_stream`]). Each page is a call of
//! its own. After an error, asking again reads the same page; another process goes on from `starting_after`.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn example(client: cryptopay_core::Cryptopay) -> Result<(), cryptopay_core::ApiError> {
//! use cryptopay_core::api::invoices::InvoiceListParams;
//!
//! let mut invoices = client.invoices().list(&InvoiceListParams::default());
//! while let Some(page) = invoices.next_page().await? {
//!     println!("{} invoices; store {:?}, to go on after it", page.items.len(), invoices.last_id());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Two steps
//!
//! Without `force_commit` a create makes a quote that holds for 30 s and moves nothing. Store its id before the commit.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn example(client: cryptopay_core::Cryptopay) -> Result<(), Box<dyn std::error::Error>> {
//! use cryptopay_core::api::coin_withdrawals::CoinWithdrawalParams;
//! use cryptopay_core::face::CallOptions;
//!
//! let params = CoinWithdrawalParams {
//!     address: "2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA".into(),
//!     charged_currency: "EUR".into(),
//!     received_currency: "BTC".into(),
//!     received_amount: Some("0.001".parse()?),
//!     custom_id: Some("payout-2".into()),
//!     ..Default::default()
//! };
//! let quote = client.coin_withdrawals().create(&params).await?;
//! let told = CallOptions::new().quote(&quote); // says when it lapses
//! let payout = client.with(told).coin_withdrawals().commit(quote.id).await?;
//! println!("{} is {:?}", payout.id, payout.status);
//! # Ok(())
//! # }
//! ```
//!
//! # Timeouts and errors
//!
//! A call may take 90 s, an attempt 15 s, and it is sent again at most 3 times: [`Builder::timeout`],
//! [`Builder::attempt_timeout`], [`Builder::max_retries`], or [`Cryptopay::with`] for one call. Every error is an
//! [`ApiError`] with a [`Code`](crate::Code) and a hint that says what to do. An `outcome_unknown` has a record
//! for [`Cryptopay::resolve`].
//!
//! # Callbacks
//!
//! The client needs its callback secret: [`Builder::callback_secret`], or `CRYPTOPAY_CALLBACK_SECRET` with
//! [`Builder::from_env`]. Give [`Cryptopay::callback`] the raw body, and answer 400 where the signature does not fit, 500
//! where it cannot be verified here, else what [`Cryptopay::once`] says. Several processes share one
//! [`Store`](crate::callback::Store).
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # mod example {
//! use cryptopay_core::callback::MemoryStore;
//! use cryptopay_core::face::{Callback, Object};
//! use cryptopay_core::{Code, Cryptopay};
//! use std::sync::Arc;
//!
//! /// The status to answer a delivery with. In a task of its own, which goes on when the API hangs up and the server drops
//! /// the request: an event that was handled and not noted down would be handled again.
//! async fn receive<Now>(
//!     client: Cryptopay,
//!     store: Arc<MemoryStore<Now>>,
//!     body: Vec<u8>,
//!     signature: Option<String>,
//! ) -> u16
//! where
//!     Now: Fn() -> u64 + Send + Sync + 'static, // the time, ms
//! {
//!     let task = tokio::spawn(async move {
//!         match client.callback(&body, signature.as_deref()) {
//!             Ok(callback) => client.once(&*store, &callback, 300_000, handle).await,
//!             Err(wrong) => {
//!                 eprintln!("a callback was refused: {wrong}");
//!                 if wrong.code() == Code::InvalidSignature { 400 } else { 500 }
//!             }
//!         }
//!     });
//!     task.await.unwrap_or(500)
//! }
//!
//! /// Puts the work into a queue: the API waits 10 s for the answer.
//! async fn handle(callback: &Callback) -> Result<(), std::io::Error> {
//!     if let Object::Invoice(invoice) = &callback.object {
//!         println!("order {:?} is {:?}", invoice.custom_id, invoice.status);
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Tests
//!
//! The crate `cryptopay-sandbox` is a local Cryptopay, with faults on purpose and a clock that can be advanced. It comes
//! from the same clone: `cargo add --dev cryptopay-sandbox --path ../cryptopay-client/sandbox`.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cryptopay_core::{Cryptopay, Environment};
//! use cryptopay_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! let client = Cryptopay::builder(Environment::parse(sandbox.url())?)
//!     .api_key(&sandbox.api_key)
//!     .api_secret(&sandbox.api_secret)
//!     .callback_secret(&sandbox.callback_secret)
//!     .build()?;
//! println!("{:?}", client.rates().all().await?);
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod builder;
mod callbacks;
mod changed;
mod from_env;
mod options;
mod pages;
mod resources;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::call::options::Options;
use crate::call::pending::Record;
use crate::client::Client;
use crate::config::Config;
use crate::drive::{Fetch, Time, drive};
use crate::error::ApiError;
use crate::observe::Seen;
use crate::operation::Operation;
use crate::outcome::Outcome;
use crate::step::Step;

pub use answer::Answer;
pub use builder::{BuildError, Builder};
pub use callbacks::{Callback, Object};
pub use changed::Changed;
pub use options::CallOptions;
pub use pages::{Page, Pages};

/// The transport of [`Builder::build`].
#[cfg(feature = "reqwest")]
pub type DefaultFetch = crate::transport::ReqwestFetch;
/// The clocks of [`Builder::build`].
#[cfg(feature = "reqwest")]
pub type DefaultTime = crate::transport::TokioTime;
/// Without the feature `reqwest` there is no default transport: see [`Builder::build_over`].
#[cfg(not(feature = "reqwest"))]
pub type DefaultFetch = ();
/// Without the feature `reqwest` there are no default clocks: see [`Builder::build_over`].
#[cfg(not(feature = "reqwest"))]
pub type DefaultTime = ();

/// A client of one API key. Cheap to clone; clones share connections, clock, rate limit and retry quota.
pub struct Cryptopay<F = DefaultFetch, T = DefaultTime> {
    inner: Arc<Inner<F, T>>,
    options: Options,
}

struct Inner<F, T> {
    client: Client,
    fetch: F,
    time: T,
    told: Told,
}

type Observer = Box<dyn Fn(&Seen) + Send + Sync>;
type Rescue = Box<dyn Fn(Record) + Send + Sync>;

/// Who is told what happens.
#[derive(Default)]
struct Told {
    observers: Vec<Observer>,
    abandoned: Vec<Rescue>,
}

impl<F, T> Clone for Cryptopay<F, T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), options: self.options.clone() }
    }
}

impl<F, T> core::fmt::Debug for Cryptopay<F, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Cryptopay")
            .field("client", &self.inner.client)
            .field("options", &self.options)
            .finish()
    }
}

impl<F, T> Cryptopay<F, T> {
    /// The same client with other options for its calls: `client.with(CallOptions::new().max_retries(0)).invoices()`.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { inner: Arc::clone(&self.inner), options: options.0 }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.inner.client.config()
    }
}

impl<F: Fetch, T: Time> Cryptopay<F, T> {
    /// Calls an operation by its name with its flat parameters and hands back what came, untouched: for what
    /// this version has no model for, and for answers without an object (202, 304). The client's own options are not used.
    ///
    /// # Errors
    /// The call's [`ApiError`].
    pub async fn call(
        &self,
        operation: &str,
        params: Map<String, Value>,
        options: &Options,
    ) -> Result<Outcome, ApiError> {
        self.begun(operation, params, options).await.map(|(_, outcome)| outcome)
    }

    /// The same, with the call as it ended.
    async fn begun(
        &self,
        operation: &str,
        params: Map<String, Value>,
        options: &Options,
    ) -> Result<(Call, Outcome), ApiError> {
        let Inner { client, time, .. } = &*self.inner;
        self.run(client.begin(time.now(), operation, params, options, time.entropy())).await
    }

    /// Finds out how a write ended of which only its record is left (W8). It only reads; the answer is
    /// [`Outcome::resolution`], with the object's text in [`Outcome::data`] where there is one. *Applied* says that the
    /// request was carried out, not that the money arrived: read the object's status.
    ///
    /// # Errors
    /// The [`ApiError`] of a record that cannot be used.
    pub async fn resolve(&self, record: &Record) -> Result<Outcome, ApiError> {
        let Inner { client, time, .. } = &*self.inner;
        let begun = client.resolve(time.now(), record, &self.options, time.entropy());
        self.run(begun).await.map(|(_, outcome)| outcome)
    }

    async fn run(&self, (mut call, step): (Call, Step)) -> Result<(Call, Outcome), ApiError> {
        let Inner { fetch, time, told, .. } = &*self.inner;
        let mut running = Running { call: &mut call, told, over: false };
        let see = |seen: &Seen| told.observers.iter().for_each(|observer| observer(seen));
        let ended = drive(running.call, step, fetch, time, see).await;
        running.over = true;
        drop(running);
        ended.map(|outcome| (call, outcome))
    }

    /// The future of a method that answers a model. It owns what it needs, so it can be spawned.
    pub(crate) fn answer<A: DeserializeOwned>(
        &self,
        operation: &'static Operation,
        params: Result<Map<String, Value>, ApiError>,
    ) -> impl Future<Output = Result<Answer<A>, ApiError>> + use<A, F, T> {
        let client = self.clone();
        async move {
            let (call, outcome) = client.begun(operation.name, params?, &client.options).await?;
            Answer::read(&call, outcome, client.options.quote.as_ref(), client.inner.time.now().unix_ms)
        }
    }

    /// The pages of a list.
    pub(crate) fn pages<A>(
        &self,
        operation: &'static Operation,
        params: Result<Map<String, Value>, ApiError>,
    ) -> Pages<A, F, T> {
        Pages::new(self.clone(), operation, params)
    }
}

/// A call that tells, when it is dropped before its end, whether its write may have been applied (W4).
struct Running<'c> {
    call: &'c mut Call,
    told: &'c Told,
    over: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        if let Some(record) = self.call.pending() {
            self.told.abandoned.iter().for_each(|tell| tell(record.clone()));
        }
    }
}

/// The machine's flat parameters: those of the path, then those of the model.
pub(crate) fn flat<P: Serialize>(
    operation: &'static Operation,
    path: &[(&str, String)],
    params: &P,
) -> Result<Map<String, Value>, ApiError> {
    let refused = |message: &str| ApiError::invalid_argument(operation.name, "", message);
    let mut all = match serde_json::to_value(params).map_err(|error| refused(&error.to_string()))? {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        _ => return Err(refused("the parameters are not an object")),
    };
    all.extend(path.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))));
    Ok(all)
}

#[cfg(test)]
mod tests;
