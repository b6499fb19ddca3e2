//! What the runners of the contract share: where the files are and how an expectation is compared.
#![forbid(unsafe_code)]

mod answers;
pub mod came;
pub mod compare;
pub mod dispatch;
mod ended;
pub mod fast_time;
pub mod files;
mod given;
pub mod ledger;
mod params;
pub mod random;
pub mod recorded;
pub mod replay;
pub mod scenario;
mod scene;
pub mod shape;
mod spelled;
pub mod transcript;
pub mod vectors;
pub mod virtual_time;
pub mod wire;

/// The snippets of the README, as they stand.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
