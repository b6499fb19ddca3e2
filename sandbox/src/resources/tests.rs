//! The lifecycles, path by path, through the operations that a client calls.

mod accounts;
mod channels;
mod invoices;
mod others;
mod paying;
mod random;
mod recordings;
mod withdrawals;
