//! A local Cryptopay, all in memory, for tests and for people.
#![forbid(unsafe_code)]

pub mod dates;
pub mod explain;
pub mod faults;
pub mod gate;
pub mod journal;
pub mod lenient;
pub mod quirks;
pub mod routes;
pub mod signature;
