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

pub mod amount;
pub mod answer;
pub mod callbacks;
pub mod clock;
pub mod coins;
pub mod ledger;
pub mod pages;
pub mod payments;
pub mod pricing;
pub mod refusal;
mod resources;
pub mod schedule;
pub mod seed;
pub mod shelf;
pub mod world;
