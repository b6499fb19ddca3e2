//! The lifecycles, path by path, through the operations that a client calls.
//!
//! Expected amounts are recorded ones or were worked out by hand, as the comments show.

mod accounts;
mod channels;
mod invoices;
mod others;
mod paying;
mod random;
mod recordings;
mod withdrawals;
