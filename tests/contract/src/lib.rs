//! What the runners of the contract share: where the files are and how an expectation is compared.
#![forbid(unsafe_code)]

pub mod compare;
pub mod files;
pub mod transcript;
pub mod vectors;
pub mod wire;
