//! The sandbox as a library: starting, the control methods, stopping.
//!
//! The control methods do what the control API does over HTTP, with the same words.

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::State;
use crate::control::{ClockChange, KeyChange};
use crate::faults::Rule;
use crate::forward::Failed;
use crate::gate::{Gate, Key};
use crate::post;
use crate::seed::Seed;
use crate::server::{self, Door};
use crate::wire::Port;
use crate::world::World;

/// How a sandbox starts. It cannot be printed: it holds secrets.
#[derive(Clone)]
pub struct Options {
    /// The loopback port, 0 for any free one.
    pub port: u16,
    /// The API key; absent: one that follows from the seed.
    pub api_key: Option<String>,
    /// Its secret; absent: one that follows from the seed.
    pub api_secret: Option<String>,
    /// The secret that signs callbacks; absent: one that follows from the seed.
    pub callback_secret: Option<String>,
    /// Where callbacks go, plain HTTP; absent: they are recorded but not sent.
    pub callback_url: Option<String>,
    /// Everything random follows from it.
    pub seed: u64,
    /// Requests a minute, 0 for no limit.
    pub rate_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: None,
            api_secret: None,
            callback_secret: None,
            callback_url: None,
            seed: 0,
            rate_limit: 200,
        }
    }
}

/// Why a sandbox did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Another process listens on the port.
    PortInUse(u16),
    /// The system did not give the port.
    Port(u16, io::Error),
    /// An option cannot be used; the sentence says which and why.
    Option(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PortInUse(port) => write!(
                formatter,
                "port {port} is in use: stop the process that listens there, or choose another port (0 takes any free one)"
            ),
            Self::Port(port, wrong) => {
                write!(
                    formatter,
                    "cannot listen on port {port} ({wrong}): choose another port (0 takes any free one)"
                )
            }
            Self::Option(sentence) => formatter.write_str(sentence),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Port(_, wrong) => Some(wrong),
            _ => None,
        }
    }
}

/// A running sandbox; it stops when it is dropped.
pub struct Sandbox {
    /// The API key.
    pub api_key: String,
    /// The secret that signs requests.
    pub api_secret: String,
    /// The secret that signs callbacks.
    pub callback_secret: String,
    url: String,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on the caller's tokio runtime; when this returns, it answers.
    ///
    /// # Errors
    /// The port cannot be had, or an option cannot be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if let Some(url) = &options.callback_url {
            post::check(url).map_err(StartError::Option)?;
        }
        let mut seed = Seed::new(options.seed ^ 0x4b45_5953);
        let mut token =
            |given: &Option<String>, length| given.clone().unwrap_or_else(|| token(&mut seed, length));
        let api_key = token(&options.api_key, 22);
        let api_secret = token(&options.api_secret, 43);
        let callback_secret = token(&options.callback_secret, 43);
        if let Some(name) =
            [(&api_key, "api key"), (&api_secret, "api secret"), (&callback_secret, "callback secret")]
                .into_iter()
                .find_map(|(value, name)| {
                    (value.is_empty() || value.contains(char::is_whitespace)).then_some(name)
                })
        {
            return Err(StartError::Option(format!("the {name} must not be empty or contain spaces")));
        }

        let (port, listener) = Port::open(options.port).map_err(|wrong| match wrong.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(options.port),
            _ => StartError::Port(options.port, wrong),
        })?;
        let url = format!("http://{}", port.address());
        let key = Key::new(api_key.clone(), api_secret.clone());
        let (callback_url, secret) = (options.callback_url.clone(), callback_secret.clone());
        let fresh = Box::new(move |seed: Option<u64>, generation| {
            let seed = seed.unwrap_or(options.seed);
            let mut world = World::new(seed);
            world.set_callbacks(callback_url.as_deref(), &secret);
            State::new(world, Gate::new(key.clone(), options.rate_limit), seed, generation)
        });
        let (stop, stopped) = watch::channel(false);
        let (door, accepting) = server::open(port, listener, fresh(None, 0), fresh, stopped.clone());
        let tasks = vec![tokio::spawn(accepting), tokio::spawn(pass(Arc::clone(&door), stopped))];
        Ok(Self { api_key, api_secret, callback_secret, url, door, stop, tasks })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Any control request as data, for tests that are written as data: `("POST", "faults", …)`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub async fn control(&self, method: &str, name: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        match self.door.control(method, name, body.as_bytes()).await {
            Ok(value) => Ok(value),
            Err(Failed::Wrong(sentence)) if sentence.is_empty() => {
                Err(format!("there is no {method} {name}"))
            }
            Err(Failed::Wrong(sentence)) => Err(sentence),
            Err(Failed::Severed) => Err("the forwarded request ended without an answer".to_owned()),
        }
    }

    /// A payment arrives: `{invoice_id | channel_id | address, amount, risk?, confirmations?}`.
    ///
    /// # Errors
    /// A sentence if it cannot be made.
    pub async fn pay(&self, payment: &Value) -> Result<Value, String> {
        self.control("POST", "pay", payment).await
    }

    /// Lets time pass, or makes the server's clock wrong; gives `{now_ms, wall_ms}` afterwards.
    ///
    /// # Errors
    /// A sentence if nothing was asked for.
    pub async fn clock(&self, change: ClockChange) -> Result<Value, String> {
        self.door.clock(change).await
    }

    /// Lets `ms` of sandbox time pass; what becomes due happens in order before this returns.
    pub async fn advance(&self, ms: u64) {
        self.door.passing.advance(ms).await;
    }

    /// Adds fault rules; gives all that stand.
    ///
    /// # Errors
    /// A sentence that names the rule and what is wrong with it.
    pub async fn faults(&self, rules: Vec<Rule>) -> Result<Value, String> {
        self.door.faults(rules).await
    }

    /// Takes all fault rules away.
    pub fn clear_faults(&self) {
        self.door.passing.state().faults.clear();
    }

    /// Sets quirks; gives all of them.
    ///
    /// # Errors
    /// A sentence that names the quirk and its values.
    pub fn quirks(&self, switches: &Map<String, Value>) -> Result<Value, String> {
        self.door.quirks(switches)
    }

    /// Changes what the key may do; gives it without its secret.
    ///
    /// # Errors
    /// A sentence that names a permission that does not exist.
    pub fn key(&self, change: KeyChange) -> Result<Value, String> {
        self.door.key(change)
    }

    /// Every request to the API so far.
    pub fn journal(&self) -> Value {
        self.door.journal()
    }

    /// Every movement of money so far.
    pub fn ledger(&self) -> Value {
        self.door.ledger()
    }

    /// Every callback so far, with its deliveries.
    pub fn callbacks(&self) -> Value {
        self.door.callbacks()
    }

    /// The state as just started, with another seed if one is given; connections stay.
    pub fn reset(&self, seed: Option<u64>) {
        self.door.reset(seed);
    }

    /// Stops listening and ends every connection.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked has ended as well.
            let _ = task.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn pass(door: Arc<Door>, mut stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = door.passing.run() => {}
        () = server::raised(&mut stopped) => {}
    }
}

/// A text like the vendor's keys: URL-safe letters. Nothing here is secret.
fn token(seed: &mut Seed, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..length)
        .filter_map(|_| usize::try_from(seed.below(64)).ok().and_then(|letter| LETTERS.get(letter)))
        .map(|letter| char::from(*letter))
        .collect()
}
