//! Decides everything about talking to the Cryptopay API and performs nothing itself.
//!
//! * [`call`] is the heart: one call as a state machine, events in, steps out. [`client`] begins calls; [`drive`] says
//!   what a host lends and runs a call; [`border`] is the same as text, for other languages.
//! * `face` is the typed client on top (feature `typed`): its page is the guide, with lists, callbacks and tests. `transport`
//!   is its default transport (feature `reqwest`).
//! * [`api`] is the one table of operations and models; [`status`] the table of what answers mean.
//!
//! Names such as `W2` or `T4` in these pages are rules: the crate's `docs/rules.md` says what each stands for, and
//! `docs/how-it-decides.md` how they work together and what to do after an unknown outcome, `docs/callback-store.md` how
//! several processes share a store of callbacks, `docs/shared-limit.md` how they share the rate limit.
#![forbid(unsafe_code)]

pub mod amount;
pub mod api;
pub mod border;
pub mod call;
pub mod callback;
pub mod classify;
pub mod client;
pub mod clock;
pub mod code;
pub mod config;
pub mod date;
pub mod drive;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod event;
#[cfg(feature = "typed")]
pub mod face;
pub mod http;
pub mod invalid;
mod json;
pub mod limiter;
pub mod observe;
pub mod operation;
pub mod outcome;
pub mod pager;
pub mod quota;
pub mod random;
pub mod request;
pub mod retry;
pub mod retry_after;
pub mod schema;
pub mod secret;
pub mod sign;
pub mod status;
pub mod step;
#[cfg(feature = "reqwest")]
pub mod transport;
pub mod url;
pub mod value;

#[cfg(feature = "typed")]
pub use face::Cryptopay;
pub use {code::Code, environment::Environment, error::ApiError};
