//! One file for each kind of object: what its operations check, do and answer.
//!
//! They share the world; the table of operations is in `world`.

pub(crate) mod accounts;
pub(crate) mod channel_payments;
pub(crate) mod channels;
pub(crate) mod coin_withdrawals;
pub(crate) mod customers;
pub(crate) mod exchange_transfers;
pub(crate) mod invoices;
pub(crate) mod rates;
pub(crate) mod recalculations;
pub(crate) mod refunds;
pub(crate) mod subscriptions;
mod withdrawal_params;

#[cfg(test)]
mod tests;
