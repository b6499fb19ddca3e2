// Printed by `cargo xtask generate` from the core's tables; not to be edited by hand.

import { Resource } from "../resource.js";
import type { CallPromise } from "../call.js";
import type { CommitOptions, CreateOptions, GeneratedIdOptions, ReadOptions, WithoutId, WriteOptions } from "../options.js";
import type { Pages } from "../pages.js";
import type {
  Account,
  AccountTransactionListParams,
  Channel,
  ChannelListParams,
  ChannelParams,
  ChannelPayment,
  ChannelPaymentListParams,
  ChannelUpdateParams,
  Coin,
  CoinWithdrawal,
  CoinWithdrawalListParams,
  CoinWithdrawalParams,
  Customer,
  CustomerListParams,
  CustomerParams,
  CustomerUpdateParams,
  ExchangeTransfer,
  ExchangeTransferParams,
  Invoice,
  InvoiceListParams,
  InvoiceParams,
  InvoiceRecalculation,
  InvoiceRecalculationParams,
  InvoiceRefund,
  InvoiceRefundParams,
  NetworkFee,
  NetworkFeeListParams,
  Rate,
  Subscription,
  SubscriptionListParams,
  SubscriptionParams,
  Transaction,
  TransactionListParams,
} from "./models.js";

/** Accounts: one for each currency. */
export class Accounts extends Resource {
  /**
   * Lists all accounts. The API gives them as one page and takes no cursor.
   * @returns Every account, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(options?: ReadOptions): Pages<Account> {
    return this.pages("accounts.list", {}, options);
  }

  /**
   * Lists the rows of one account, newest first. Before you book one, look at the status of its object.
   * @returns Every transaction, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  listTransactions(accountId: string, params: AccountTransactionListParams = {}, options?: ReadOptions): Pages<Transaction> {
    return this.pages("accounts.list_transactions", { ...params, account_id: accountId }, options);
  }
}

/** Addresses that take any number of payments. */
export class Channels extends Resource {
  /**
   * Creates a channel.
   * @returns The channel, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it under
   * another id.
   * @throws DuplicateCustomIdError: this `custom_id` was used before, perhaps by your own earlier call: read that
   * object, and use no new id until you know what it is; `ParameterMismatchError` where that was found after a lost
   * answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: ChannelParams, options?: CreateOptions): CallPromise<Channel> {
    return this.call("channels.create", params, options);
  }

  /**
   * Lists channels.
   * @returns Every channel, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: ChannelListParams = {}, options?: ReadOptions): Pages<Channel> {
    return this.pages("channels.list", params, options);
  }

  /**
   * Reads a channel.
   * @returns The channel.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(channelId: string, options?: ReadOptions): CallPromise<Channel> {
    return this.call("channels.retrieve", { channel_id: channelId }, options);
  }

  /**
   * Reads a channel by your own id.
   * @returns The channel.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieveByCustomId(customId: string, options?: ReadOptions): CallPromise<Channel> {
    return this.call("channels.retrieve_by_custom_id", { custom_id: customId }, options);
  }

  /**
   * Changes a channel.
   * @returns The channel, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  update(channelId: string, params: ChannelUpdateParams = {}, options?: WriteOptions): CallPromise<Channel> {
    return this.call("channels.update", { ...params, channel_id: channelId }, options);
  }

  /**
   * Lists the payments to a channel, newest first.
   * @returns Every channel payment, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  listPayments(channelId: string, params: ChannelPaymentListParams = {}, options?: ReadOptions): Pages<ChannelPayment> {
    return this.pages("channels.list_payments", { ...params, channel_id: channelId }, options);
  }

  /**
   * Reads a payment to a channel.
   * @returns The channel payment.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrievePayment(channelId: string, channelPaymentId: string, options?: ReadOptions): CallPromise<ChannelPayment> {
    return this.call("channels.retrieve_payment", { channel_id: channelId, channel_payment_id: channelPaymentId }, options);
  }
}

/** Payouts: coins sent from an account to an address. */
export class CoinWithdrawals extends Resource {
  /**
   * Creates a payout. With `force_commit` the money moves at once; without it the answer is a quote that holds for
   * 30 s and moves nothing until `commit`.
   * @returns The coin withdrawal, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it under
   * another id.
   * @throws DuplicateCustomIdError: this `custom_id` was used before, perhaps by your own earlier call: read that
   * object, and use no new id until you know what it is; `ParameterMismatchError` where that was found after a lost
   * answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: WithoutId<CoinWithdrawalParams>, options: GeneratedIdOptions): CallPromise<CoinWithdrawal>;
  /**
   * Creates a payout. With `force_commit` the money moves at once; without it the answer is a quote that holds for
   * 30 s and moves nothing until `commit`.
   * @returns The coin withdrawal, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it under
   * another id.
   * @throws DuplicateCustomIdError: this `custom_id` was used before, perhaps by your own earlier call: read that
   * object, and use no new id until you know what it is; `ParameterMismatchError` where that was found after a lost
   * answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: CoinWithdrawalParams, options?: CreateOptions): CallPromise<CoinWithdrawal>;
  create(params: WithoutId<CoinWithdrawalParams>, options?: CreateOptions): CallPromise<CoinWithdrawal> {
    return this.call("coin_withdrawals.create", params, options);
  }

  /**
   * Makes a payout that was created without `force_commit`: from now on the money moves.
   * @returns The coin withdrawal, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws ConflictError: the quote has lapsed or was cancelled; nothing moved.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  commit(coinWithdrawalId: string, options?: CommitOptions<CoinWithdrawal>): CallPromise<CoinWithdrawal> {
    return this.call("coin_withdrawals.commit", { coin_withdrawal_id: coinWithdrawalId }, options);
  }

  /**
   * Lists payouts, newest first.
   * @returns Every coin withdrawal, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: CoinWithdrawalListParams = {}, options?: ReadOptions): Pages<CoinWithdrawal> {
    return this.pages("coin_withdrawals.list", params, options);
  }

  /**
   * Reads a payout.
   * @returns The coin withdrawal.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(coinWithdrawalId: string, options?: ReadOptions): CallPromise<CoinWithdrawal> {
    return this.call("coin_withdrawals.retrieve", { coin_withdrawal_id: coinWithdrawalId }, options);
  }

  /**
   * Reads a payout by your own id.
   * @returns The coin withdrawal.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieveByCustomId(customId: string, options?: ReadOptions): CallPromise<CoinWithdrawal> {
    return this.call("coin_withdrawals.retrieve_by_custom_id", { custom_id: customId }, options);
  }

  /**
   * Lists what the networks take, by default for one network of each coin.
   * @returns Every network fee.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  listNetworkFees(params: NetworkFeeListParams = {}, options?: ReadOptions): CallPromise<NetworkFee[]> {
    return this.call("coin_withdrawals.list_network_fees", params, options);
  }
}

/** What the project can be paid in and can pay out. */
export class Coins extends Resource {
  /**
   * Lists all coins with their networks.
   * @returns Every coin.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  list(options?: ReadOptions): CallPromise<Coin[]> {
    return this.call("coins.list", {}, options);
  }
}

/** Whom invoices, channels and payouts are for. */
export class Customers extends Resource {
  /**
   * Creates a customer under your own id.
   * @returns The customer, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it under
   * another id.
   * @throws ParameterMismatchError: another one with this `id` was found after a lost answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: CustomerParams, options?: WriteOptions): CallPromise<Customer> {
    return this.call("customers.create", params, options);
  }

  /**
   * Lists customers.
   * @returns Every customer, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: CustomerListParams = {}, options?: ReadOptions): Pages<Customer> {
    return this.pages("customers.list", params, options);
  }

  /**
   * Reads a customer.
   * @returns The customer.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(customerId: string, options?: ReadOptions): CallPromise<Customer> {
    return this.call("customers.retrieve", { customer_id: customerId }, options);
  }

  /**
   * Changes a customer.
   * @returns The customer, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  update(customerId: string, params: CustomerUpdateParams = {}, options?: WriteOptions): CallPromise<Customer> {
    return this.call("customers.update", { ...params, customer_id: customerId }, options);
  }
}

/** Money moved from one account to another. */
export class ExchangeTransfers extends Resource {
  /**
   * Creates a transfer. With `force_commit` the money moves at once; without it the answer is a quote that holds for
   * 30 s and moves nothing until `commit`.
   * @returns The exchange transfer, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: with `force_commit`, it may have been applied: keep the record for `resolve`, and do
   * not repeat it.
   * @throws DuplicateCustomIdError: a row of the ledger that was read has this `custom_id`; nothing was sent. Its
   * absence proves nothing.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: WithoutId<ExchangeTransferParams>, options: GeneratedIdOptions): CallPromise<ExchangeTransfer>;
  /**
   * Creates a transfer. With `force_commit` the money moves at once; without it the answer is a quote that holds for
   * 30 s and moves nothing until `commit`.
   * @returns The exchange transfer, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: with `force_commit`, it may have been applied: keep the record for `resolve`, and do
   * not repeat it.
   * @throws DuplicateCustomIdError: a row of the ledger that was read has this `custom_id`; nothing was sent. Its
   * absence proves nothing.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: ExchangeTransferParams, options?: CreateOptions): CallPromise<ExchangeTransfer>;
  create(params: WithoutId<ExchangeTransferParams>, options?: CreateOptions): CallPromise<ExchangeTransfer> {
    return this.call("exchange_transfers.create", params, options);
  }

  /**
   * Makes a transfer that was created without `force_commit`: from now on the money moves.
   * @returns The exchange transfer, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  commit(exchangeTransferId: string, options?: CommitOptions<ExchangeTransfer>): CallPromise<ExchangeTransfer> {
    return this.call("exchange_transfers.commit", { exchange_transfer_id: exchangeTransferId }, options);
  }

  /**
   * Reads a transfer.
   * @returns The exchange transfer.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(exchangeTransferId: string, options?: ReadOptions): CallPromise<ExchangeTransfer> {
    return this.call("exchange_transfers.retrieve", { exchange_transfer_id: exchangeTransferId }, options);
  }
}

/** Payments with a fixed price. */
export class Invoices extends Resource {
  /**
   * Creates an invoice. Its price holds for ten minutes, two hours when price and payment have the same currency.
   * @returns The invoice, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it under
   * another id.
   * @throws DuplicateCustomIdError: this `custom_id` was used before, perhaps by your own earlier call: read that
   * object, and use no new id until you know what it is; `ParameterMismatchError` where that was found after a lost
   * answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: InvoiceParams, options?: CreateOptions): CallPromise<Invoice> {
    return this.call("invoices.create", params, options);
  }

  /**
   * Lists invoices, newest first.
   * @returns Every invoice, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: InvoiceListParams = {}, options?: ReadOptions): Pages<Invoice> {
    return this.pages("invoices.list", params, options);
  }

  /**
   * Reads an invoice.
   * @returns The invoice.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(invoiceId: string, options?: ReadOptions): CallPromise<Invoice> {
    return this.call("invoices.retrieve", { invoice_id: invoiceId }, options);
  }

  /**
   * Reads an invoice by your own id.
   * @returns The invoice.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieveByCustomId(customId: string, options?: ReadOptions): CallPromise<Invoice> {
    return this.call("invoices.retrieve_by_custom_id", { custom_id: customId }, options);
  }

  /**
   * Offers a new price for an unresolved invoice. Without `force_commit` the answer is a quote that holds for 30 s and
   * changes nothing until `commit_recalculation`.
   * @returns The invoice recalculation, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: with `force_commit`, it may have been applied: keep the record for `resolve`, and do
   * not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  createRecalculation(invoiceId: string, params: InvoiceRecalculationParams = {}, options?: WriteOptions): CallPromise<InvoiceRecalculation> {
    return this.call("invoices.create_recalculation", { ...params, invoice_id: invoiceId }, options);
  }

  /**
   * Takes a new price: the invoice is completed with it.
   * @returns The invoice recalculation, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws ConflictError: the quote has lapsed or was cancelled; nothing moved.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  commitRecalculation(invoiceId: string, recalculationId: string, options?: CommitOptions<InvoiceRecalculation>): CallPromise<InvoiceRecalculation> {
    return this.call("invoices.commit_recalculation", { invoice_id: invoiceId, recalculation_id: recalculationId }, options);
  }

  /**
   * Sends the payment of an unresolved invoice back. A refund has no id of yours: after a crash look at `list_refunds` before
   * you ask again.
   * @returns The invoice refund, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  createRefund(invoiceId: string, params: InvoiceRefundParams = {}, options?: WriteOptions): CallPromise<InvoiceRefund> {
    return this.call("invoices.create_refund", { ...params, invoice_id: invoiceId }, options);
  }

  /**
   * Lists the refunds of an invoice.
   * @returns Every invoice refund.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  listRefunds(invoiceId: string, options?: ReadOptions): CallPromise<InvoiceRefund[]> {
    return this.call("invoices.list_refunds", { invoice_id: invoiceId }, options);
  }
}

/** Rates between currencies. */
export class Rates extends Resource {
  /**
   * Reads all rates. Each pair is there twice, as `BTCEUR` and as `BTC/EUR`.
   * @returns Every rate, by its key.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  all(options?: ReadOptions): CallPromise<Record<string, Rate>> {
    return this.call("rates.all", {}, options);
  }

  /**
   * Reads the rates of one pair.
   * @returns The rate.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(baseCurrency: string, quoteCurrency: string, options?: ReadOptions): CallPromise<Rate> {
    return this.call("rates.retrieve", { base_currency: baseCurrency, quote_currency: quoteCurrency }, options);
  }
}

/** Invoices sent by mail for every period. */
export class Subscriptions extends Resource {
  /**
   * Creates a subscription.
   * @returns The subscription, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws DuplicateCustomIdError: this `custom_id` was used before, perhaps by your own earlier call: read that
   * object, and use no new id until you know what it is; `ParameterMismatchError` where that was found after a lost
   * answer.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  create(params: SubscriptionParams, options?: CreateOptions): CallPromise<Subscription> {
    return this.call("subscriptions.create", params, options);
  }

  /**
   * Lists subscriptions, newest first.
   * @returns Every subscription, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: SubscriptionListParams = {}, options?: ReadOptions): Pages<Subscription> {
    return this.pages("subscriptions.list", params, options);
  }

  /**
   * Reads a subscription.
   * @returns The subscription.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieve(subscriptionId: string, options?: ReadOptions): CallPromise<Subscription> {
    return this.call("subscriptions.retrieve", { subscription_id: subscriptionId }, options);
  }

  /**
   * Reads a subscription by your own id.
   * @returns The subscription.
   * @throws CryptopayError: the class says what was wrong, such as `NotFoundError`.
   */
  retrieveByCustomId(customId: string, options?: ReadOptions): CallPromise<Subscription> {
    return this.call("subscriptions.retrieve_by_custom_id", { custom_id: customId }, options);
  }

  /**
   * Ends a subscription.
   * @returns The subscription, also where the answer was lost and it was found by reading.
   * @throws OutcomeUnknownError: it may have been applied: keep the record for `resolve`, and do not repeat it.
   * @throws CryptopayError: anything else, by its class: nothing was applied.
   */
  cancel(subscriptionId: string, options?: WriteOptions): CallPromise<Subscription> {
    return this.call("subscriptions.cancel", { subscription_id: subscriptionId }, options);
  }
}

/** The rows of the ledger. */
export class Transactions extends Resource {
  /**
   * Lists the rows of all accounts, newest first. Before you book one, look at the status of its object.
   * @returns Every transaction, page by page: a page is a call of its own, made when the loop comes to it.
   * @throws CryptopayError: in the loop, the class says what was wrong, such as `NotFoundError`.
   */
  list(params: TransactionListParams = {}, options?: ReadOptions): Pages<Transaction> {
    return this.pages("transactions.list", params, options);
  }
}
