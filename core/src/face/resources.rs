//! The resources of a client, each under the word before the dot of its operations.

use super::Cryptopay;

macro_rules! resources {
    ($($(#[doc = $doc:literal])* $module:ident: $face:ident;)+) => {
        impl<F, T> Cryptopay<F, T> {
            $(
                $(#[doc = $doc])*
                #[must_use]
                pub fn $module(&self) -> crate::api::$module::$face<F, T> {
                    crate::api::$module::$face::of(self.clone())
                }
            )+
        }
    };
}

resources! {
    /// Accounts: one for each currency.
    accounts: Accounts;
    /// Channels: addresses that take any number of payments.
    channels: Channels;
    /// Payouts: coins sent from an account to an address.
    coin_withdrawals: CoinWithdrawals;
    /// Coins: what the project can be paid in and can pay out.
    coins: Coins;
    /// Customers: whom invoices, channels and payouts are for.
    customers: Customers;
    /// Exchange transfers: money moved from one account to another.
    exchange_transfers: ExchangeTransfers;
    /// Invoices: payments with a fixed price.
    invoices: Invoices;
    /// Rates between currencies.
    rates: Rates;
    /// Subscriptions: invoices sent by mail for every period.
    subscriptions: Subscriptions;
    /// The ledger: every movement on the accounts.
    transactions: Transactions;
}
