//! Decides everything about talking to the Cryptopay API and performs nothing itself.
#![forbid(unsafe_code)]

pub mod clock;
pub mod code;
pub mod http;
pub mod limiter;
pub mod quota;
pub mod random;
pub mod retry;
