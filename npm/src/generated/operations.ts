// Printed by `cargo xtask generate` from the core's tables; not to be edited by hand.

/** Every operation: its resource and method here, its path parameters, whether it takes parameters, and what it answers. */
export const OPERATIONS = {
  "accounts.list": ["accounts", "list", [], false, "page"],
  "accounts.list_transactions": ["accounts", "listTransactions", ["account_id"], true, "page"],
  "channels.create": ["channels", "create", [], true, "object"],
  "channels.list": ["channels", "list", [], true, "page"],
  "channels.retrieve": ["channels", "retrieve", ["channel_id"], false, "object"],
  "channels.retrieve_by_custom_id": ["channels", "retrieveByCustomId", ["custom_id"], false, "object"],
  "channels.update": ["channels", "update", ["channel_id"], true, "object"],
  "channels.list_payments": ["channels", "listPayments", ["channel_id"], true, "page"],
  "channels.retrieve_payment": ["channels", "retrievePayment", ["channel_id", "channel_payment_id"], false, "object"],
  "coin_withdrawals.create": ["coinWithdrawals", "create", [], true, "object"],
  "coin_withdrawals.commit": ["coinWithdrawals", "commit", ["coin_withdrawal_id"], false, "object"],
  "coin_withdrawals.list": ["coinWithdrawals", "list", [], true, "page"],
  "coin_withdrawals.retrieve": ["coinWithdrawals", "retrieve", ["coin_withdrawal_id"], false, "object"],
  "coin_withdrawals.retrieve_by_custom_id": ["coinWithdrawals", "retrieveByCustomId", ["custom_id"], false, "object"],
  "coin_withdrawals.list_network_fees": ["coinWithdrawals", "listNetworkFees", [], true, "rows"],
  "coins.list": ["coins", "list", [], false, "rows"],
  "customers.create": ["customers", "create", [], true, "object"],
  "customers.list": ["customers", "list", [], true, "page"],
  "customers.retrieve": ["customers", "retrieve", ["customer_id"], false, "object"],
  "customers.update": ["customers", "update", ["customer_id"], true, "object"],
  "exchange_transfers.create": ["exchangeTransfers", "create", [], true, "object"],
  "exchange_transfers.commit": ["exchangeTransfers", "commit", ["exchange_transfer_id"], false, "object"],
  "exchange_transfers.retrieve": ["exchangeTransfers", "retrieve", ["exchange_transfer_id"], false, "object"],
  "invoices.create": ["invoices", "create", [], true, "object"],
  "invoices.list": ["invoices", "list", [], true, "page"],
  "invoices.retrieve": ["invoices", "retrieve", ["invoice_id"], false, "object"],
  "invoices.retrieve_by_custom_id": ["invoices", "retrieveByCustomId", ["custom_id"], false, "object"],
  "invoices.create_recalculation": ["invoices", "createRecalculation", ["invoice_id"], true, "object"],
  "invoices.commit_recalculation": ["invoices", "commitRecalculation", ["invoice_id", "recalculation_id"], false, "object"],
  "invoices.create_refund": ["invoices", "createRefund", ["invoice_id"], true, "object"],
  "invoices.list_refunds": ["invoices", "listRefunds", ["invoice_id"], false, "rows"],
  "rates.all": ["rates", "all", [], false, "map"],
  "rates.retrieve": ["rates", "retrieve", ["base_currency", "quote_currency"], false, "object"],
  "subscriptions.create": ["subscriptions", "create", [], true, "object"],
  "subscriptions.list": ["subscriptions", "list", [], true, "page"],
  "subscriptions.retrieve": ["subscriptions", "retrieve", ["subscription_id"], false, "object"],
  "subscriptions.retrieve_by_custom_id": ["subscriptions", "retrieveByCustomId", ["custom_id"], false, "object"],
  "subscriptions.cancel": ["subscriptions", "cancel", ["subscription_id"], false, "object"],
  "transactions.list": ["transactions", "list", [], true, "page"],
} as const;

/** The name of an operation, `invoices.create`. */
export type OperationName = keyof typeof OPERATIONS;

/** The names of all fields that hold amounts. */
export const AMOUNTS = ["amount", "balance", "buy_rate", "charged_amount", "charged_amount_to_send", "fee", "network_fee", "paid_amount", "pay_amount", "previous_exchange_rate", "previous_pay_amount", "previous_price_amount", "price_amount", "rate", "received_amount", "sell_rate"] as const;
