//! Decides everything about talking to the Cryptopay API and performs nothing itself.
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
pub mod http;
pub mod invalid;
pub mod limiter;
pub mod observe;
pub mod operation;
pub mod request;
pub mod outcome;
pub mod pager;
pub mod quota;
pub mod random;
pub mod retry;
pub mod retry_after;
pub mod schema;
pub mod secret;
pub mod sign;
pub mod status;
pub mod step;
pub mod url;
pub mod value;
