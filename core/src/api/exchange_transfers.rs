//! Exchange transfers: money moved from one account to another at a rate. Without `force_commit` a create is a quote that
//! moves nothing until its commit, within 30 s.

use crate::api::parts::Exchange;
use crate::api::transactions;
use crate::operation::operations;
use crate::schema::model;
use crate::value::{Amount, Uuid};

model! {
    /// A transfer between two of your accounts. It has no status and no time.
    answer ExchangeTransfer {
        /// The transfer's id.
        id: Uuid,
        /// What one account is debited, in `charged_currency`.
        charged_amount: Amount,
        /// The currency of the account to debit.
        charged_currency: String,
        /// What the other account gets, in `received_currency`.
        received_amount: Amount,
        /// The currency of the account that gets it.
        received_currency: String,
        /// Yours.
        custom_id: Option<String>,
        /// The exchange.
        exchange: Option<Exchange>,
    }
}

model! {
    /// A transfer to make. Exactly one of the two amounts is given.
    params ExchangeTransferParams {
        /// The currency of the account to debit.
        charged_currency: String,
        /// First way: what to debit.
        charged_amount: Nullable<Amount>,
        /// The currency of the account that gets it.
        received_currency: String,
        /// Second way: what the other account is to get.
        received_amount: Nullable<Amount>,
        /// Yours. It does not make a repeated create safe: the API may take it twice. After a crash look at `transactions.list`
        /// before you ask again.
        custom_id: Option<String>,
        /// Whether the money moves at once, without a commit.
        force_commit: Option<bool>,
    }
    one_of [charged_amount] [received_amount]
}

operations! {
    /// Money moved from one account to another.
    ExchangeTransfers = "exchange_transfers";

    /// Creates a transfer. With `force_commit` the money moves at once; without it the answer is a quote that holds for
    /// 30 s and moves nothing until `commit`.
    create: POST "/api/exchange_transfers" { ExchangeTransferParams } => 201 Object<ExchangeTransfer>,
        quote, forced by_ledger(retrieve, new ExchangeTransfer rows of transactions::rows::list;
            charged_currency, received_currency, charged_amount, received_amount);

    /// Makes a transfer that was created without `force_commit`: from now on the money moves.
    commit: POST "/api/exchange_transfers/{exchange_transfer_id}/commit" [exchange_transfer_id: Uuid]
        => 200 Object<ExchangeTransfer>, commit_by_row(retrieve, a ExchangeTransfer row of transactions::rows::list);

    /// Reads a transfer.
    retrieve: GET "/api/exchange_transfers/{exchange_transfer_id}" [exchange_transfer_id: Uuid]
        => 200 Object<ExchangeTransfer>, read;
}
