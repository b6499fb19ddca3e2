//! How a typed client is made. Nothing is read from the environment unless that is asked for (`from_env.rs`), and nothing
//! happens before the first call.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use super::{Cryptopay, DefaultFetch, DefaultTime, Inner, Told};
use crate::call::options::Options;
use crate::call::pending::Record;
use crate::client::Client;
use crate::config::{Config, MISSING_SECRET};
use crate::drive::in_ms;
use crate::environment::Environment;
use crate::invalid::InvalidConfig;
use crate::observe::Seen;
use crate::secret::Secret;

impl Cryptopay<DefaultFetch, DefaultTime> {
    /// Begins a client. The environment has no default: keys of one do not work in the other.
    pub fn builder(environment: Environment) -> Builder {
        Builder::new(environment)
    }
}

type Setting = Box<dyn FnOnce(&mut Config)>;

/// The settings of a client to be; see [`Config`] for what they mean and their defaults.
#[must_use]
pub struct Builder {
    environment: Environment,
    api_key: String,
    api_secret: Result<Secret, InvalidConfig>,
    callback_secrets: Vec<Result<Secret, InvalidConfig>>,
    settings: Vec<Setting>,
    told: Told,
}

/// Why a client could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting is wrong.
    Config(InvalidConfig),
    /// The default transport cannot work here.
    #[cfg(feature = "reqwest")]
    Transport(crate::transport::NoTransport),
}

impl From<InvalidConfig> for BuildError {
    fn from(wrong: InvalidConfig) -> Self {
        Self::Config(wrong)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(wrong) => wrong.fmt(f),
            #[cfg(feature = "reqwest")]
            Self::Transport(wrong) => wrong.fmt(f),
        }
    }
}

impl core::error::Error for BuildError {}

impl Builder {
    pub(super) fn new(environment: Environment) -> Self {
        Self {
            environment,
            api_key: String::new(),
            api_secret: Err(InvalidConfig { name: "api_secret", reason: MISSING_SECRET }),
            callback_secrets: Vec::new(),
            settings: Vec::new(),
            told: Told::default(),
        }
    }

    /// The API key.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = key.into();
        self
    }

    /// The API secret. It is copied into memory that is wiped, and never shown.
    pub fn api_secret(mut self, secret: &str) -> Self {
        self.api_secret = Secret::new("api_secret", secret);
        self
    }

    /// A callback secret; several during a rotation, the current one first.
    pub fn callback_secret(mut self, secret: &str) -> Self {
        self.callback_secrets.push(Secret::new("callback_secrets", secret));
        self
    }

    /// How long a whole call may take: waits, attempts and recovery. Unless set, 90 s.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(move |config| config.deadline_ms = in_ms(timeout))
    }

    /// How long one attempt may take. Unless set, 15 s.
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        self.set(move |config| config.attempt_timeout_ms = in_ms(timeout))
    }

    /// How often an operation may be sent again. Unless set, 3 times; 0 means one request.
    pub fn max_retries(self, retries: u32) -> Self {
        self.set(move |config| config.max_retries = retries)
    }

    /// Requests per minute of this client; `None`: it has no limit of its own. N processes with one key take 195/N each.
    pub fn rate_limit(self, per_minute: Option<u32>) -> Self {
        self.set(move |config| config.rate_limit = per_minute)
    }

    /// Whether several processes share the limit (L5): each attempt then asks [`Time::permit`](crate::drive::Time::permit).
    /// Has no effect with `build()`: `TokioTime` asks no store; give `build_over` a `Time` whose `permit` does.
    pub fn shared_limit(self, shared: bool) -> Self {
        self.set(move |config| config.shared_limit = shared)
    }

    /// What is put behind the client's own `User-Agent`.
    pub fn user_agent_suffix(self, suffix: impl Into<String>) -> Self {
        let suffix = suffix.into();
        self.set(move |config| config.user_agent = [config.user_agent.as_str(), " ", &suffix].concat())
    }

    /// The largest body that is read, in bytes.
    pub fn max_body(self, bytes: usize) -> Self {
        self.set(move |config| config.max_body = bytes)
    }

    /// Told of every step of every call, a generated `custom_id` before the first send. It must not block.
    pub fn observe(mut self, observer: impl Fn(&Seen) + Send + Sync + 'static) -> Self {
        self.told.observers.push(Box::new(observer));
        self
    }

    /// Told the record of every write whose future was dropped when it may have been applied already. Store it, and give
    /// it to [`Cryptopay::resolve`] later. It must not block.
    pub fn on_abandoned(mut self, tell: impl Fn(Record) + Send + Sync + 'static) -> Self {
        self.told.abandoned.push(Box::new(tell));
        self
    }

    fn set(mut self, setting: impl FnOnce(&mut Config) + 'static) -> Self {
        self.settings.push(Box::new(setting));
        self
    }

    /// A client over reqwest, on a tokio runtime.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that is wrong, or says why the transport cannot work here.
    #[cfg(feature = "reqwest")]
    pub fn build(self) -> Result<Cryptopay, BuildError> {
        let fetch = crate::transport::ReqwestFetch::new().map_err(BuildError::Transport)?;
        Ok(self.build_over(fetch, crate::transport::TokioTime::new())?)
    }

    /// A client over another HTTP client and other clocks, such as virtual ones in tests.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the setting that is wrong.
    pub fn build_over<F, T>(self, fetch: F, time: T) -> Result<Cryptopay<F, T>, InvalidConfig> {
        let mut config = Config::new(self.environment, self.api_key, self.api_secret?);
        config.callback_secrets = self.callback_secrets.into_iter().collect::<Result<_, _>>()?;
        self.settings.into_iter().for_each(|setting| setting(&mut config));
        let inner = Inner { client: Client::new(config)?, fetch, time, told: self.told };
        Ok(Cryptopay { inner: Arc::new(inner), options: Options::default() })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("environment", &self.environment)
            .field("api_key", &self.api_key)
            .field("api_secret", &self.api_secret)
            .finish_non_exhaustive()
    }
}
