//! Decides everything about talking to the Cryptopay API and performs nothing itself.
#![forbid(unsafe_code)]

pub mod amount;
pub mod api;
pub mod classify;
pub mod code;
pub mod date;
pub mod envelope;
pub mod environment;
pub mod http;
pub mod invalid;
pub mod operation;
pub mod retry_after;
pub mod schema;
pub mod secret;
pub mod sign;
pub mod status;
pub mod url;
pub mod value;
