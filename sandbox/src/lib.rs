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

mod api;
pub mod control;
pub mod dates;
mod explain;
pub mod faults;
mod forward;
mod gate;
mod journal;
mod lenient;
mod passing;
mod quirks;
mod reply;
pub mod routes;
mod server;
pub mod signature;
mod start;
mod statement;
mod wire;

mod amount;
mod answer;
mod callbacks;
mod clock;
mod coins;
mod ledger;
mod pages;
mod params;
mod payments;
mod post;
mod pricing;
mod refusal;
mod resources;
mod schedule;
mod seed;
mod shelf;
#[cfg(test)]
mod trial;
mod uri;
mod world;

pub use start::{Options, Sandbox, StartError};
