//! The ledger: the rows of all accounts. Recovery reads it to prove that a transfer was made.

use crate::api::parts::{Risk, RiskLevel};
use crate::operation::operations;
use crate::schema::{choice, model};
use crate::value::{Amount, Timestamp, Uuid};

choice! {
    /// What a row of the ledger belongs to.
    TransactionReferenceType {
        BankDeposit = "BankDeposit",
        BankWithdrawal = "BankWithdrawal",
        ChannelPayment = "ChannelPayment",
        CoinDeposit = "CoinDeposit",
        CoinWithdrawal = "CoinWithdrawal",
        ExchangeTransfer = "ExchangeTransfer",
        Invoice = "Invoice",
        InvoiceRefund = "InvoiceRefund",
        ManualBalanceTransaction = "ManualBalanceTransaction",
    }
}

model! {
    /// A row of the ledger.
    answer Transaction {
        /// The row's id.
        id: Uuid,
        /// The `custom_id` of the object it belongs to.
        custom_id: Option<String>,
        /// The customer of the object it belongs to.
        customer_id: Option<String>,
        /// The amount of the object, negative for a debit. It is no proof that money moved: an invoice has its row, with its price
        /// less the fee, before it is paid and when it never is. Only `balance` shows what moved.
        amount: Amount,
        /// The account's currency.
        currency: String,
        /// The account's balance after this row.
        balance: Amount,
        /// The fee within the amount.
        fee: Option<Amount>,
        /// The currency of the fee.
        fee_currency: Option<String>,
        /// The id of the object it belongs to.
        reference_id: String,
        /// The kind of the object it belongs to.
        reference_type: TransactionReferenceType,
        /// A text for people.
        description: Option<String>,
        /// The status of the object it belongs to; none for exchange transfers and refunds.
        status: Option<String>,
        /// What explains the status.
        status_context: Option<String>,
        /// Where the payment came from.
        risk: Option<Risk>,
        /// When the row was written.
        created_at: Timestamp,
    }
}

model! {
    /// Which rows of the ledger to list.
    params TransactionListParams {
        /// Rows from this time on.
        created_at_from: Option<Timestamp>,
        /// Rows up to this time.
        created_at_to: Option<Timestamp>,
        /// Rows that belong to objects of this kind.
        reference_type: Option<TransactionReferenceType>,
        /// Rows of the account in this currency.
        currency: Option<String>,
        /// Rows of objects with this status.
        status: Option<String>,
        /// Rows of payments with this risk.
        risk_level: Option<RiskLevel>,
        /// The id of the last row of the page before.
        starting_after: Option<Uuid>,
    }
}

operations! {
    /// The rows of the ledger.
    Transactions = "transactions";

    /// Lists the rows of all accounts, newest first. Before you book one, look at the status of its object.
    list: GET "/api/transactions" query TransactionListParams => 200 Page<Transaction>, read;
}
