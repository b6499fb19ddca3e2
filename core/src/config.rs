//! How a client is configured, and which configurations contradict themselves. Nothing has a hidden default that
//! could cost money: the environment must be named.

use crate::classify::MAX_BODY;
use crate::environment::Environment;
use crate::invalid::InvalidConfig;
use crate::secret::Secret;
use serde_json::{Map, Value};

/// The API's own limit, requests per minute and key (API, "Responses").
const API_LIMIT: u32 = 200;
/// How many of them are used unless something else is set (L1): the rest is for clocks that differ.
pub(crate) const RATE_LIMIT: u32 = 195;

/// What is told of a client without its key.
pub(crate) const MISSING_KEY: &str = "is missing, set it to the API key shown in the dashboard";
/// What is told of a client without its secret.
pub(crate) const MISSING_SECRET: &str = "is missing, set it to the API secret shown in the dashboard";

/// The settings of a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the API is.
    pub environment: Environment,
    /// The API key, sent in clear.
    pub api_key: String,
    /// The API secret; never sent.
    pub api_secret: Secret,
    /// The callback secrets, the current one first; several during a rotation.
    pub callback_secrets: Vec<Secret>,
    /// How long a whole call may take, in ms. Default 90 000.
    pub deadline_ms: u64,
    /// How long one attempt may take, in ms. Default 15 000.
    pub attempt_timeout_ms: u64,
    /// How often an operation may be sent again. Default 3.
    pub max_retries: u32,
    /// Requests per minute of this client; `None`: no limit of its own. Default 195, for one client per key.
    pub rate_limit: Option<u32>,
    /// Whether several processes share the limit through a store that the host asks (L5). Where the store cannot be asked,
    /// `rate_limit` decides: set that to the part of this process as well.
    pub shared_limit: bool,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The largest body that is read, in bytes. Default 16 MiB.
    pub max_body: usize,
}

impl Config {
    /// The defaults for one API key.
    #[must_use]
    pub fn new(environment: Environment, api_key: impl Into<String>, api_secret: Secret) -> Self {
        Self {
            environment,
            api_key: api_key.into(),
            api_secret,
            callback_secrets: Vec::new(),
            deadline_ms: 90_000,
            attempt_timeout_ms: 15_000,
            max_retries: 3,
            rate_limit: Some(RATE_LIMIT),
            shared_limit: false,
            user_agent: concat!("cryptopay-client/", env!("CARGO_PKG_VERSION")).into(),
            max_body: MAX_BODY,
        }
    }

    /// The configuration in this JSON object: `{environment, api_key, api_secret, callback_secrets, deadline_ms,
    /// attempt_timeout_ms, max_retries, rate_limit (null: none), shared_limit, user_agent_suffix, max_body}`.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the setting and says what to do.
    pub fn from_json(value: &Value) -> Result<Self, InvalidConfig> {
        let given = Given::of(value)?;
        let wrong = |name, reason| InvalidConfig { name, reason };
        let environment = given
            .text("environment")?
            .ok_or(wrong("environment", "is missing, set it to \"sandbox\", \"production\" or a base URL"))?;
        let key = given.text("api_key")?.ok_or(wrong("api_key", MISSING_KEY))?;
        let secret = given.text("api_secret")?.ok_or(wrong("api_secret", MISSING_SECRET))?;
        let mut config = Self::new(Environment::parse(environment)?, key, Secret::new("api_secret", secret)?);
        config.callback_secrets = given.callback_secrets()?;
        config.deadline_ms = given.whole("deadline_ms", config.deadline_ms)?;
        config.attempt_timeout_ms = given.whole("attempt_timeout_ms", config.attempt_timeout_ms)?;
        config.max_retries = u32::try_from(given.whole("max_retries", config.max_retries.into())?)
            .map_err(|_| wrong("max_retries", "is too large"))?;
        config.rate_limit = given.rate_limit(config.rate_limit)?;
        config.shared_limit = match given.value("shared_limit") {
            None => false,
            Some(value) => value.as_bool().ok_or(InvalidConfig::of("shared_limit"))?,
        };
        config.max_body = usize::try_from(given.whole("max_body", MAX_BODY as u64)?)
            .map_err(|_| wrong("max_body", "is too large"))?;
        if let Some(suffix) = given.text("user_agent_suffix")? {
            config.user_agent = [config.user_agent.as_str(), " ", suffix].concat();
        }
        config.check()?;
        Ok(config)
    }

    /// Refuses a configuration that contradicts itself.
    pub(crate) fn check(&self) -> Result<(), InvalidConfig> {
        let ascii = |text: &str| text.bytes().all(|b| (0x20..0x7f).contains(&b));
        let rules = [
            ("deadline_ms", self.deadline_ms > 0),
            ("attempt_timeout_ms", self.attempt_timeout_ms > 0),
            ("max_body", self.max_body > 0),
            ("rate_limit", self.rate_limit.is_none_or(|limit| (1..=API_LIMIT).contains(&limit))),
            ("user_agent_suffix", ascii(&self.user_agent)),
        ];
        match rules.iter().find(|(_, holds)| !holds) {
            Some((name, _)) => Err(InvalidConfig::of(name)),
            None => Ok(()),
        }
    }
}

/// The settings in a JSON object; what is null is not given.
struct Given<'a>(&'a Map<String, Value>);

impl<'a> Given<'a> {
    const KNOWN: [&'static str; 11] = [
        "environment",
        "api_key",
        "api_secret",
        "callback_secrets",
        "deadline_ms",
        "attempt_timeout_ms",
        "max_retries",
        "rate_limit",
        "shared_limit",
        "user_agent_suffix",
        "max_body",
    ];

    fn of(value: &'a Value) -> Result<Self, InvalidConfig> {
        let members = value.as_object().ok_or(InvalidConfig::of("config"))?;
        if members.keys().any(|name| !Self::KNOWN.contains(&name.as_str())) {
            return Err(InvalidConfig { name: "config", reason: "has a setting that does not exist" });
        }
        Ok(Self(members))
    }

    fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<Option<&'a str>, InvalidConfig> {
        match self.value(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(InvalidConfig::of(name)),
            None => Ok(None),
        }
    }

    fn whole(&self, name: &'static str, default: u64) -> Result<u64, InvalidConfig> {
        match self.value(name) {
            Some(value) => value.as_u64().ok_or(InvalidConfig::of(name)),
            None => Ok(default),
        }
    }

    fn callback_secrets(&self) -> Result<Vec<Secret>, InvalidConfig> {
        let secret = |secret: &Value| match secret.as_str() {
            Some(text) => Secret::new("callback_secrets", text),
            None => Err(InvalidConfig::of("callback_secrets")),
        };
        match self.value("callback_secrets") {
            None => Ok(Vec::new()),
            Some(Value::Array(secrets)) => secrets.iter().map(secret).collect(),
            Some(_) => Err(InvalidConfig::of("callback_secrets")),
        }
    }

    /// Of all settings this one means something by null: whoever wants no limit has to say so.
    fn rate_limit(&self, default: Option<u32>) -> Result<Option<u32>, InvalidConfig> {
        match self.0.get("rate_limit") {
            None => Ok(default),
            Some(Value::Null) => Ok(None),
            Some(_) => {
                let limit = u32::try_from(self.whole("rate_limit", 0)?);
                Ok(Some(limit.map_err(|_| InvalidConfig::of("rate_limit"))?))
            }
        }
    }
}
