//! Accounts: one for each currency, and the rows of its ledger.

use crate::api::transactions::Transaction;
use crate::operation::operations;
use crate::schema::model;
use crate::value::{Amount, Uuid};

model! {
    /// An account in one currency.
    answer Account {
        /// The account's id.
        id: Uuid,
        /// The currency: a coin or a state's.
        currency: String,
        /// What is on it.
        balance: Amount,
        /// The project it belongs to.
        project_id: String,
    }
}

model! {
    /// Which rows of an account to list.
    params AccountTransactionListParams {
        /// The id of the last row of the page before.
        starting_after: Option<Uuid>,
    }
}

operations! {
    /// Accounts: one for each currency.
    Accounts = "accounts";

    /// Lists all accounts. The API gives them as one page and takes no cursor.
    list: GET "/api/accounts" => 200 Page<Account>, read;

    /// Lists the rows of one account, newest first. Before you book one, look at the status of its object.
    list_transactions: GET "/api/accounts/{account_id}/transactions" [account_id: Uuid] query AccountTransactionListParams
        => 200 Page<Transaction>, read;
}
