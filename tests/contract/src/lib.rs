//! What the runners of the contract share: where the files are and how an expectation is compared.
#![forbid(unsafe_code)]

pub mod compare;
pub mod dispatch;
pub mod files;
pub mod scenario;
pub mod transcript;
pub mod vectors;
pub mod virtual_time;
pub mod wire;
