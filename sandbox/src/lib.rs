//! A local Cryptopay, all in memory, for tests and for people.
#![forbid(unsafe_code)]

pub mod quirks;
