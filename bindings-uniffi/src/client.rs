//! A client and the beginning of its calls.

use crate::call::{Call, Pages};
use core::fmt;
use cryptopay_core::border;
use cryptopay_core::client::Client as Core;
use std::sync::Arc;

/// A client of one API key. Calls of one client share clock, rate limit and retry quota; two clients share nothing.
#[derive(uniffi::Object)]
pub struct Client {
    core: Core,
}

/// A configuration that was refused.
#[derive(Debug, uniffi::Error)]
pub enum Refused {
    /// A setting is missing, wrong or contradicts another one.
    Configuration {
        /// What is wrong and what to do.
        text: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Configuration { text } = self;
        f.write_str(text)
    }
}

impl std::error::Error for Refused {}

/// A call that has begun, and what to do first.
#[derive(uniffi::Record)]
pub struct Begun {
    /// The call.
    pub call: Arc<Call>,
    /// Its first step as JSON.
    pub step: String,
}

#[uniffi::export]
impl Client {
    /// A client with the configuration in this JSON.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    #[uniffi::constructor]
    pub fn new(config: &[u8]) -> Result<Self, Refused> {
        border::client(config)
            .map(|core| Self { core })
            .map_err(|error| Refused::Configuration { text: error.to_string() })
    }

    /// Begins a call: the operation's name, and `{unix_ms, tick_ms, entropy, params, options}`.
    #[must_use]
    pub fn begin(&self, operation: &[u8], start: &[u8]) -> Begun {
        let (call, step) = border::begin(&self.core, &String::from_utf8_lossy(operation), start);
        Begun::new(call, step)
    }

    /// Begins finding out how the write of a record ended: `{unix_ms, tick_ms, entropy, params: the record, options}`.
    #[must_use]
    pub fn resolve(&self, start: &[u8]) -> Begun {
        let (call, step) = border::resolve(&self.core, start);
        Begun::new(call, step)
    }

    /// Begins to walk through a list: the operation's name and its parameters as JSON.
    #[must_use]
    pub fn pages(&self, operation: &[u8], params: &[u8]) -> Arc<Pages> {
        Arc::new(Pages::new(operation, params))
    }
}

impl Begun {
    fn new(call: cryptopay_core::call::Call, step: cryptopay_core::step::Step) -> Self {
        let text = border::text(&step);
        Self { call: Arc::new(Call::new(call, step)), step: text }
    }
}
