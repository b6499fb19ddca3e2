//! Decides everything about talking to the Cryptopay API and performs nothing itself.
#![forbid(unsafe_code)]

pub mod api;
pub mod code;
pub mod http;
pub mod operation;
pub mod schema;
pub mod value;
