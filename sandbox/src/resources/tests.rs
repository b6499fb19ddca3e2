//! The lifecycles, path by path, through the operations that a client calls.

mod accounts;
mod channels;
mod invoices;
mod others;
mod random;
mod recordings;
mod withdrawals;
