//! A local Cryptopay, all in memory, for tests and for people.
//!
//! It listens on a loopback port, checks signatures like the real API, keeps ledgers and lifecycles, sends signed
//! callbacks, and fails on purpose where a test asks for it. It shares no code with the client that it tests.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), cryptopay_sandbox::StartError> {
//! use cryptopay_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! println!("{} takes the key {}", sandbox.url(), sandbox.api_key);
//! sandbox.advance(60_000).await;
//! sandbox.stop().await;
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]

pub mod api;
pub mod control;
pub mod dates;
pub mod explain;
pub mod faults;
pub mod forward;
pub mod gate;
pub mod journal;
pub mod lenient;
pub mod passing;
pub mod quirks;
pub mod reply;
pub mod routes;
pub mod server;
pub mod signature;
mod start;
pub mod wire;

pub mod amount;
pub mod answer;
pub mod callbacks;
pub mod clock;
pub mod coins;
pub mod ledger;
pub mod pages;
pub mod params;
pub mod payments;
pub mod post;
pub mod pricing;
pub mod refusal;
mod resources;
pub mod schedule;
pub mod seed;
pub mod shelf;
#[cfg(test)]
mod trial;
pub mod uri;
pub mod world;

pub use start::{Options, Sandbox, StartError};
