//! What the runners of the contract share: where the files are and how an expectation is compared.
#![forbid(unsafe_code)]

pub mod compare;
pub mod dispatch;
pub mod files;
pub mod replay;
pub mod scenario;
pub mod shape;
pub mod transcript;
pub mod vectors;
pub mod virtual_time;
pub mod wire;

/// The snippets of the README, as they stand.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
