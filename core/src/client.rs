//! What the calls of one client share: the keyed signer, the clock offset, the rate limit, the retry quota. Two
//! clients never share anything, and nothing happens when one is made.

use crate::call::Call;
use crate::call::options::Options;
use crate::call::pending::Record;
use crate::clock::Clock;
use crate::config::Config;
use crate::event::Moment;
use crate::invalid::InvalidConfig;
use crate::limiter::Limiter;
use crate::quota::Quota;
use crate::sign::Signer;
use crate::step::Step;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A client of one API key. Cheap to clone; clones share clock, limit and quota.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) signer: Signer,
    state: Mutex<State>,
}

/// What changes while calls run.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) limiter: Limiter,
    pub(crate) quota: Quota,
}

impl Shared {
    /// What changes, for one event. A poisoned lock only says that a host's thread died elsewhere: the state is plain
    /// data and stays usable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// A client with this configuration.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the setting and says what to do.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        config.check()?;
        let signer = Signer::new(&config.api_key, &config.api_secret)?;
        let state = State {
            clock: Clock::default(),
            limiter: Limiter::new(config.rate_limit.unwrap_or(u32::MAX)),
            quota: Quota::new(),
        };
        Ok(Self { shared: Arc::new(Shared { config, signer, state: Mutex::new(state) }) })
    }

    /// Begins a call. `params` are the parameters of path, query and body in one flat object; `entropy` makes the
    /// jitter and a generated `custom_id`. Errors of the arguments come as the first step.
    #[must_use]
    pub fn begin(
        &self,
        at: Moment,
        operation: &str,
        params: Map<String, Value>,
        options: &Options,
        entropy: [u8; 16],
    ) -> (Call, Step) {
        Call::begin(Arc::clone(&self.shared), at, operation, params, options, entropy)
    }

    /// Begins finding out how the write of an `outcome_unknown` ended (W8). It only reads.
    #[must_use]
    pub fn resolve(&self, at: Moment, record: &Record, options: &Options, entropy: [u8; 16]) -> (Call, Step) {
        Call::resolve(Arc::clone(&self.shared), at, record, options, entropy)
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }
}
