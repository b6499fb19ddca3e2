// Printed by `cargo xtask generate` from the core's tables; not to be edited by hand.

/** An exact decimal as text, such as `"0.015"`. Never a number: a binary float cannot hold most of them. */
export type Amount = string;

/** A time as text, RFC 3339, as the API writes it. */
export type Timestamp = string;

/** One of the known texts, or one that the API adds later. */
export type Open<Known extends string> = Known | (string & {});

/** Who receives a payout. Known texts; one that the API adds later arrives as itself. */
export type BeneficiaryType = Open<"natural_person" | "legal_person">;

/** Where a payment to a channel stands. Known texts; one that the API adds later arrives as itself. */
export type ChannelPaymentStatus = Open<"pending" | "on_hold" | "completed" | "refunded" | "cancelled">;

/** Why a payment to a channel is on hold or was sent back. Known texts; one that the API adds later arrives as itself. */
export type ChannelPaymentStatusContext = Open<"illicit_resource" | "channel_disabled">;

/** Whether a channel takes payments. Known texts; one that the API adds later arrives as itself. */
export type ChannelStatus = Open<"enabled" | "disabled">;

/** Where a payout stands. Known texts; one that the API adds later arrives as itself. */
export type CoinWithdrawalStatus = Open<"new" | "pending" | "on_hold" | "processing" | "sent" | "completed" | "failed" | "cancelled">;

/** Where an invoice stands. Known texts; one that the API adds later arrives as itself. */
export type InvoiceStatus = Open<"new" | "completed" | "unresolved" | "refunded" | "cancelled">;

/** Why an invoice is unresolved. Known texts; one that the API adds later arrives as itself. */
export type InvoiceStatusContext = Open<"overpaid" | "underpaid" | "paid_late" | "illicit_resource">;

/** How fast the network is paid to be. Known texts; one that the API adds later arrives as itself. */
export type NetworkFeeLevel = Open<"fast" | "average" | "slow">;

/** How risky the origin of a payment is. Known texts; one that the API adds later arrives as itself. */
export type RiskLevel = Open<"low" | "medium" | "high">;

/** The unit of a subscription's period. Known texts; one that the API adds later arrives as itself. */
export type SubscriptionPeriod = Open<"day" | "week" | "month" | "year">;

/** Whether a subscription goes on. Known texts; one that the API adds later arrives as itself. */
export type SubscriptionStatus = Open<"active" | "cancelled">;

/** What a row of the ledger belongs to. Known texts; one that the API adds later arrives as itself. */
export type TransactionReferenceType = Open<"BankDeposit" | "BankWithdrawal" | "ChannelPayment" | "CoinDeposit" | "CoinWithdrawal" | "ExchangeTransfer" | "Invoice" | "InvoiceRefund" | "ManualBalanceTransaction">;

/** An account in one currency. */
export interface Account {
  /** The account's id. */
  id: string;
  /** The currency: a coin or a state's. */
  currency: string;
  /** What is on it. */
  balance: Amount;
  /** The project it belongs to. */
  project_id: string;
}

/** Which rows of an account to list. */
export interface AccountTransactionListParams {
  /** The id of the last row of the page before. */
  starting_after?: string | undefined;
}

/** What is known about where a payment came from. */
export interface Risk {
  /** From 0 to 10. Not an amount, and the only number that the API writes as a float. */
  score: number;
  /** The level; it does not always follow from the score. */
  level: RiskLevel;
  /** The name of the origin. */
  resource_name: string;
  /** The kind of the origin. */
  resource_category: string;
}

/** A row of the ledger. */
export interface Transaction {
  /** The row's id. */
  id: string;
  /** The `custom_id` of the object it belongs to. */
  custom_id?: string | null | undefined;
  /** The customer of the object it belongs to. */
  customer_id?: string | null | undefined;
  /**
   * The amount of the object, negative for a debit. It is no proof that money moved: an invoice has its row, with its price
   * less the fee, before it is paid and when it never is. Only `balance` shows what moved.
   */
  amount: Amount;
  /** The account's currency. */
  currency: string;
  /** The account's balance after this row. */
  balance: Amount;
  /** The fee within the amount. */
  fee?: Amount | null | undefined;
  /** The currency of the fee. */
  fee_currency?: string | null | undefined;
  /** The id of the object it belongs to. */
  reference_id: string;
  /** The kind of the object it belongs to. */
  reference_type: TransactionReferenceType;
  /** A text for people. */
  description?: string | null | undefined;
  /** The status of the object it belongs to; none for exchange transfers and refunds. */
  status?: string | null | undefined;
  /** What explains the status. */
  status_context?: string | null | undefined;
  /** Where the payment came from. */
  risk?: Risk | null | undefined;
  /** When the row was written. */
  created_at: Timestamp;
}

/** A channel to create. */
export interface ChannelParams {
  /** Its name. */
  name: string;
  /** Its description. */
  description?: string | undefined;
  /** The coin to take. */
  pay_currency: string;
  /** The network to be paid over, for coins that live on several. */
  network?: string | undefined;
  /** The currency of the account that gets the money. */
  receiver_currency: string;
  /**
   * Yours, unique among your channels: what makes a repeated create safe.
   * The client makes one where you give none; the call's `customId` tells it.
   */
  custom_id?: string | undefined;
  /** The customer it is for. */
  customer_id?: string | undefined;
}

/** An address that takes any number of payments. */
export interface Channel {
  /** The channel's id. */
  id: string;
  /** Whether it takes payments. */
  status: ChannelStatus;
  /** Its name. */
  name: string;
  /** Its description. */
  description?: string | null | undefined;
  /** The coin that it takes. */
  pay_currency: string;
  /** The currency of the account that gets the money. */
  receiver_currency: string;
  /** The address to pay to, with its tag where the network has one. */
  address: string;
  /** The network to pay over. */
  network?: string | null | undefined;
  /** The project it belongs to. */
  project_id: string;
  /** Yours, unique among your channels. */
  custom_id?: string | null | undefined;
  /** The customer it is for. */
  customer_id?: string | null | undefined;
  /** What a wallet opens. */
  uri: string;
  /** The page to send the payer to. */
  hosted_page_url: string;
}

/** Which channels to list. */
export interface ChannelListParams {
  /** Channels of this customer. */
  customer_id?: string | undefined;
  /** The id of the last channel of the page before. */
  starting_after?: string | undefined;
}

/** What to change in a channel. */
export interface ChannelUpdateParams {
  /** Its name. */
  name?: string | null | undefined;
  /** Its description. */
  description?: string | null | undefined;
  /** Whether it takes payments. */
  status?: ChannelStatus | null | undefined;
  /** The customer it is for. */
  customer_id?: string | null | undefined;
}

/** Which payments of a channel to list. */
export interface ChannelPaymentListParams {
  /** The id of the last payment of the page before. */
  starting_after?: string | undefined;
}

/** The exchange between two currencies that is part of a payment, a payout or a transfer. */
export interface Exchange {
  /** The two currencies without a slash, `BTCEUR`. */
  pair: string;
  /** The rate of the exchange. */
  rate: Amount;
  /** The fee of the exchange; missing in older callbacks. */
  fee?: Amount | null | undefined;
  /** The currency of the fee. */
  fee_currency?: string | null | undefined;
}

/** A payment to a channel. */
export interface ChannelPayment {
  /** The payment's id. */
  id: string;
  /** The channel that was paid. */
  channel_id: string;
  /** What was paid, in `paid_currency`. */
  paid_amount: Amount;
  /** The coin that was paid. */
  paid_currency: string;
  /** What the account gets, in `received_currency`; zero until the payment is completed. */
  received_amount: Amount;
  /** The account's currency. */
  received_currency: string;
  /** The fee, in `fee_currency`. */
  fee: Amount;
  /** The currency of the fee. */
  fee_currency: string;
  /** The transaction on the network. */
  txid: string;
  /** The exchange; absent until the payment is completed. */
  exchange?: Exchange | null | undefined;
  /** Where the payment came from; it may change over time. */
  risk?: Risk | null | undefined;
  /** Where the payment stands. */
  status: ChannelPaymentStatus;
  /** Why it is on hold or was sent back. */
  status_context?: ChannelPaymentStatusContext | null | undefined;
  /** The address it was sent back to. */
  refund_address?: string | null | undefined;
  /** The payout that sent it back. */
  coin_withdrawal_id?: string | null | undefined;
  /** The channel's `custom_id`. */
  custom_id?: string | null | undefined;
  /** The channel's customer. */
  customer_id?: string | null | undefined;
  /** The address that was paid. */
  address?: string | null | undefined;
  /** The network it was paid over. */
  network?: string | null | undefined;
  /** The page to send the payer to. */
  hosted_page_url?: string | null | undefined;
  /** When it was seen. */
  created_at: Timestamp;
}

/** Where a beneficiary lives. */
export interface BeneficiaryAddress {
  /** The country's two-letter code. */
  country: string;
  /** The city. */
  city?: string | undefined;
  /** The first line. */
  line_1?: string | undefined;
  /** The second line. */
  line_2?: string | undefined;
  /** The post code. */
  post_code?: string | undefined;
}

/** Who receives a payout, as the travel rule asks for it. */
export interface Beneficiary {
  /** A person or a company. */
  type: BeneficiaryType;
  /** The full name, or the company's. */
  name: string;
  /** The address, where it is asked for. */
  address?: BeneficiaryAddress | undefined;
}

/** A payout to make. The amount is said in exactly one of four ways. */
export type CoinWithdrawalParams = {
  /**
   * The address that receives the coins. Ripple needs the recipient's tag behind it, `?dt=…`, and `?dt=0` only where there is
   * none; Stellar, where the recipient has a memo, needs `?memoId=…` (`?dt=…` in Cryptopay's older guide).
   */
  address: string;
  /** The currency of the account to debit. */
  charged_currency: string;
  /** The coin to send. */
  received_currency: string;
  /** The network to send over, for coins that live on several. */
  network?: string | undefined;
  /**
   * Yours, unique among your payouts: what makes a repeated create safe.
   * Needed, and stored before the call. The client makes one only with the option `generatedCustomId: true`.
   */
  custom_id: string;
  /** The customer it is made for. */
  customer_id?: string | undefined;
  /** How fast the network is to be paid to be; `average` when left out. */
  network_fee_level?: NetworkFeeLevel | undefined;
  /** Whether the payout is made at once, without a commit. */
  force_commit?: boolean | undefined;
  /** Whether the beneficiary is given and checked by the travel rule. */
  travel_rule_compliant?: boolean | undefined;
  /** Who receives the payout; only with `travel_rule_compliant`. */
  beneficiary?: Beneficiary | undefined;
} & (
  | {
      /** First way: the total to debit, in `charged_currency`; fees are taken out of it. */
      charged_amount: Amount;
      /** Belongs to another way of saying it. */
      charged_amount_to_send?: null | undefined;
      /** Belongs to another way of saying it. */
      received_amount?: null | undefined;
      /** Belongs to another way of saying it. */
      amount?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_currency?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_processing_fee?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_network_fee?: null | undefined;
    }
  | {
      /** Belongs to another way of saying it. */
      charged_amount?: null | undefined;
      /** Second way: what to send, said in `charged_currency`; fees come on top. */
      charged_amount_to_send: Amount;
      /** Belongs to another way of saying it. */
      received_amount?: null | undefined;
      /** Belongs to another way of saying it. */
      amount?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_currency?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_processing_fee?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_network_fee?: null | undefined;
    }
  | {
      /** Belongs to another way of saying it. */
      charged_amount?: null | undefined;
      /** Belongs to another way of saying it. */
      charged_amount_to_send?: null | undefined;
      /** Third way: exactly what the recipient gets, in `received_currency`; fees come on top. */
      received_amount: Amount;
      /** Belongs to another way of saying it. */
      amount?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_currency?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_processing_fee?: null | undefined;
      /** Belongs to another way of saying it. */
      amount_includes_network_fee?: null | undefined;
    }
  | {
      /** Belongs to another way of saying it. */
      charged_amount?: null | undefined;
      /** Belongs to another way of saying it. */
      charged_amount_to_send?: null | undefined;
      /** Belongs to another way of saying it. */
      received_amount?: null | undefined;
      /** Fourth way: an amount in `amount_currency`, with what it includes. */
      amount: Amount;
      /** The currency of `amount`. */
      amount_currency: string;
      /** Whether `amount` includes the processing fee. */
      amount_includes_processing_fee: boolean;
      /** Whether `amount` includes the fee of the network. */
      amount_includes_network_fee: boolean;
    }
);

/** A payout. */
export interface CoinWithdrawal {
  /** The payout's id. */
  id: string;
  /** Yours, unique among your payouts. */
  custom_id?: string | null | undefined;
  /** The customer it was made for. */
  customer_id?: string | null | undefined;
  /** The address that receives the coins, with its tag where the network has one. */
  address: string;
  /** The network it is sent over. */
  network?: string | null | undefined;
  /** The transaction on the network, once it was sent. */
  txid?: string | null | undefined;
  /** Where the payout stands. */
  status: CoinWithdrawalStatus;
  /** What the account is debited, in `charged_currency`. */
  charged_amount: Amount;
  /** The account's currency. */
  charged_currency: string;
  /** What the recipient gets, in `received_currency`. */
  received_amount: Amount;
  /** The coin that is sent. */
  received_currency: string;
  /** The fee of the network, in `received_currency`. */
  network_fee: Amount;
  /** How fast the network was paid to be. */
  network_fee_level: NetworkFeeLevel;
  /** The processing fee, in `fee_currency`. */
  fee: Amount;
  /** The currency of the processing fee. */
  fee_currency: string;
  /** The exchange; absent when nothing was exchanged. */
  exchange?: Exchange | null | undefined;
  /** What is known about the recipient's address. */
  risk?: Risk | null | undefined;
  /** A text for people. */
  description?: string | null | undefined;
  /** When it was created. */
  created_at: Timestamp;
}

/** Which payouts to list. */
export interface CoinWithdrawalListParams {
  /** Payouts made for this customer. */
  customer_id?: string | undefined;
  /** The id of the last payout of the page before. */
  starting_after?: string | undefined;
}

/** Which networks' fees to list. */
export interface NetworkFeeListParams {
  /** Every network of each coin instead of only its default one. */
  all_networks?: boolean | undefined;
}

/** What a network takes for a payout. */
export interface NetworkFee {
  /** How fast the network is paid to be. */
  level: NetworkFeeLevel;
  /** The fee, in `currency`. */
  fee: Amount;
  /** The coin. */
  currency: string;
  /** The network. */
  network: string;
}

/** What addresses on a network carry besides. */
export interface CoinDestinationTag {
  /** Whether an address without it is refused. */
  required: boolean;
  /** What the network calls it. */
  name: string;
}

/** Whether invoices can be paid with a coin over a network. */
export interface InvoicesConfig {
  /** Whether they can. */
  enabled: boolean;
}

/** Whether channels take a coin over a network. */
export interface ChannelsConfig {
  /** Whether they do. */
  enabled: boolean;
}

/** Whether payouts can be made with a coin over a network. */
export interface CoinWithdrawalsConfig {
  /** Whether they can. */
  enabled: boolean;
}

/** A network that a coin lives on. */
export interface CoinNetwork {
  /** Its code, `bitcoin`. */
  network: string;
  /** Its name. */
  name: string;
  /** The digits after the point. */
  precision: number;
  /** What addresses carry besides, on networks that have it. */
  destination_tag?: CoinDestinationTag | null | undefined;
  /** Whether invoices can be paid with it. */
  invoices: InvoicesConfig;
  /** Whether channels take it. */
  channels: ChannelsConfig;
  /** Whether payouts can be made with it. */
  coin_withdrawals: CoinWithdrawalsConfig;
}

/** A coin. */
export interface Coin {
  /** Its code, `BTC`. */
  currency: string;
  /** Its name. */
  name: string;
  /** Its logo. */
  logo_url: string;
  /** The networks it lives on. */
  networks: CoinNetwork[];
}

/** An address of a customer. */
export interface CustomerAddress {
  /** The address. */
  address: string;
  /** The coin. */
  currency: string;
  /** The network. */
  network: string;
}

/** A customer to create. */
export interface CustomerParams {
  /** Your id of the customer. */
  id: string;
  /** The customer's currency. */
  currency: string;
  /** Where payments at high risk are sent back to: one address a coin. Without one they are put on hold. */
  addresses?: CustomerAddress[] | undefined;
}

/** A customer. The id is yours. */
export interface Customer {
  /** Your id of the customer. */
  id: string;
  /** The customer's currency. */
  currency: string;
  /** Where payments at high risk are sent back to: one address a coin. */
  addresses: CustomerAddress[];
}

/** Which customers to list. */
export interface CustomerListParams {
  /** The id of the last customer of the page before. */
  starting_after?: string | undefined;
}

/** What to change in a customer. */
export interface CustomerUpdateParams {
  /** The customer's currency. */
  currency?: string | null | undefined;
  /** All addresses, the old ones too. */
  addresses?: CustomerAddress[] | null | undefined;
}

/** A transfer to make. Exactly one of the two amounts is given. */
export type ExchangeTransferParams = {
  /** The currency of the account to debit. */
  charged_currency: string;
  /** The currency of the account that gets it. */
  received_currency: string;
  /**
   * Yours. It does not make a repeated create safe: the API may take it twice. After a crash look at `transactions.list`
   * before you ask again.
   * Needed with `force_commit`, and stored before the call. The client makes one without that, or with the option
   * `generatedCustomId: true`.
   */
  custom_id?: string | undefined;
  /** Whether the money moves at once, without a commit. */
  force_commit?: boolean | undefined;
} & (
  | {
      /** The money moves at once. */
      force_commit: true;
      /** Needed then. */
      custom_id: string;
    }
  | {
      /** Nothing moves until the commit. */
      force_commit?: false | undefined;
    }
) & (
  | {
      /** First way: what to debit. */
      charged_amount: Amount;
      /** Belongs to another way of saying it. */
      received_amount?: null | undefined;
    }
  | {
      /** Belongs to another way of saying it. */
      charged_amount?: null | undefined;
      /** Second way: what the other account is to get. */
      received_amount: Amount;
    }
);

/** A transfer between two of your accounts. It has no status and no time. */
export interface ExchangeTransfer {
  /** The transfer's id. */
  id: string;
  /** What one account is debited, in `charged_currency`. */
  charged_amount: Amount;
  /** The currency of the account to debit. */
  charged_currency: string;
  /** What the other account gets, in `received_currency`. */
  received_amount: Amount;
  /** The currency of the account that gets it. */
  received_currency: string;
  /** Yours. */
  custom_id?: string | null | undefined;
  /** The exchange. */
  exchange?: Exchange | null | undefined;
}

/** An invoice to create. */
export interface InvoiceParams {
  /** The price, in `price_currency`. */
  price_amount: Amount;
  /** The currency of the price: a coin or a state's. */
  price_currency: string;
  /** The coin to pay with. */
  pay_currency: string;
  /** The network to pay over, for coins that live on several. */
  network?: string | undefined;
  /**
   * Yours, unique among your invoices: what makes a repeated create safe.
   * The client makes one where you give none; the call's `customId` tells it.
   */
  custom_id?: string | undefined;
  /** The customer it is for. */
  customer_id?: string | undefined;
  /** The name shown to the payer. */
  name?: string | undefined;
  /** The description shown to the payer. */
  description?: string | undefined;
  /** Texts of yours, handed back with the invoice. */
  metadata?: Record<string, string> | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | undefined;
  /** The payer's address for mail. */
  payer_email?: string | undefined;
}

/** A payment that was seen on the network. */
export interface InvoiceTransaction {
  /** The transaction on the network. */
  txid: string;
  /** Where it came from; none until that is known. */
  risk?: Risk | null | undefined;
  /** The addresses that paid. */
  source_addresses?: string[] | null | undefined;
}

/** A request for a payment with a fixed price. */
export interface Invoice {
  /** The invoice's id. */
  id: string;
  /** Yours, unique among your invoices. */
  custom_id?: string | null | undefined;
  /** The customer it is for. */
  customer_id?: string | null | undefined;
  /** The subscription that made it. */
  subscription_id?: string | null | undefined;
  /** Where the invoice stands. */
  status: InvoiceStatus;
  /** Why it is unresolved. */
  status_context?: InvoiceStatusContext | null | undefined;
  /** The address to pay to, with its tag where the network has one. */
  address: string;
  /** The network to pay over. */
  network?: string | null | undefined;
  /** What a wallet opens; for some networks only the address. */
  uri: string;
  /** The price, in `price_currency`. */
  price_amount: Amount;
  /** The currency of the price. */
  price_currency: string;
  /** The fee, in `fee_currency`. */
  fee: Amount;
  /** The currency of the fee. */
  fee_currency: string;
  /** What is to be paid, in `pay_currency`. */
  pay_amount: Amount;
  /** The coin to pay with. */
  pay_currency: string;
  /** What was paid so far, in `pay_currency`. */
  paid_amount: Amount;
  /** The exchange; absent when price and payment have the same currency. */
  exchange?: Exchange | null | undefined;
  /** The payments that were seen, on the network. */
  transactions: InvoiceTransaction[];
  /** The name shown to the payer. */
  name?: string | null | undefined;
  /** The description shown to the payer. */
  description?: string | null | undefined;
  /** Texts of yours. */
  metadata?: Record<string, string> | null | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | null | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | null | undefined;
  /** The page to send the payer to. */
  hosted_page_url: string;
  /** When it was created. */
  created_at: Timestamp;
  /** Until when the price holds: ten minutes, two hours when price and payment have the same currency. */
  expires_at: Timestamp;
}

/** Which invoices to list. */
export interface InvoiceListParams {
  /** Invoices of this customer. */
  customer_id?: string | undefined;
  /** The id of the last invoice of the page before. */
  starting_after?: string | undefined;
  /** Invoices of this subscription. */
  subscription_id?: string | undefined;
}

/** How to recalculate an invoice. */
export interface InvoiceRecalculationParams {
  /** Whether the new price holds at once, without a commit. */
  force_commit?: boolean | undefined;
}

/** A new price for an invoice that was paid too late, too little or too much. */
export interface InvoiceRecalculation {
  /** The recalculation's id. */
  id: string;
  /** The invoice it belongs to. */
  invoice_id: string;
  /** What was paid, in `pay_currency`. */
  pay_amount: Amount;
  /** The coin that was paid. */
  pay_currency: string;
  /** The new price, in `price_currency`. */
  price_amount: Amount;
  /** The currency of the price. */
  price_currency: string;
  /** The fee, in `fee_currency`. */
  fee: Amount;
  /** The currency of the fee. */
  fee_currency: string;
  /** What was to be paid before. */
  previous_pay_amount: Amount;
  /** The price before. */
  previous_price_amount: Amount;
  /** The rate before. */
  previous_exchange_rate?: Amount | null | undefined;
  /** The exchange; none when price and payment have the same currency. */
  exchange?: Exchange | null | undefined;
  /** When it was created. */
  created_at: Timestamp;
}

/** How to send a payment back. */
export interface InvoiceRefundParams {
  /** The address to send it to. */
  address?: string | undefined;
}

/** A payment that was sent back. */
export interface InvoiceRefund {
  /** The refund's id. */
  id: string;
  /** The invoice it belongs to. */
  invoice_id: string;
  /** The invoice's `custom_id`. */
  custom_id?: string | null | undefined;
  /** What was sent back, in `amount_currency`. */
  amount: Amount;
  /** The coin. */
  amount_currency: string;
  /** The fee, in `fee_currency`. */
  fee: Amount;
  /** The currency of the fee. */
  fee_currency: string;
  /** The address it was sent to; none when it went to your own account. */
  address?: string | null | undefined;
  /** The network it was sent over. */
  network?: string | null | undefined;
  /** The transaction on the network, once it was sent. */
  txid?: string | null | undefined;
  /** What is known about the address. */
  risk?: Risk | null | undefined;
  /** When it was created. */
  created_at: Timestamp;
}

/** The rates of a pair of currencies. */
export interface Rate {
  /** The rate to buy at. */
  buy_rate: Amount;
  /** The rate to sell at. */
  sell_rate: Amount;
}

/** A subscription to create. */
export interface SubscriptionParams {
  /** Its name. */
  name: string;
  /** The price of a period, in `currency`. */
  amount: Amount;
  /** The currency of the price. */
  currency: string;
  /** The unit of the period. */
  period: SubscriptionPeriod;
  /** How many units a period has. */
  period_quantity: number;
  /** When the first period starts: at least three days from now, by the API's clock. */
  starts_at: Timestamp;
  /** Whom the invoices are sent to. */
  payer_email: string;
  /** The payer's name. */
  payer_name?: string | undefined;
  /**
   * Yours; read by it after a crash. Whether the API refuses a second one is not documented.
   * The client makes one where you give none; the call's `customId` tells it.
   */
  custom_id?: string | undefined;
  /** What is paid for. */
  product_name?: string | undefined;
  /** A description of what is paid for. */
  product_description?: string | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | undefined;
}

/** An invoice sent by mail for every period. */
export interface Subscription {
  /** The subscription's id. */
  id: string;
  /** Whether it goes on. */
  status: SubscriptionStatus;
  /** Yours. */
  custom_id?: string | null | undefined;
  /** Its name. */
  name: string;
  /** The price of a period, in `currency`. */
  amount: Amount;
  /** The currency of the price. */
  currency: string;
  /** The unit of the period. */
  period: SubscriptionPeriod;
  /** How many units a period has. */
  period_quantity: number;
  /** When the current period starts. */
  current_period_starts_at: Timestamp;
  /** When the current period ends. */
  current_period_ends_at: Timestamp;
  /** Whether the current period is paid. */
  current_period_paid: boolean;
  /** Whom the invoices are sent to. */
  payer_email: string;
  /** The payer's name. */
  payer_name?: string | null | undefined;
  /** What is paid for. */
  product_name?: string | null | undefined;
  /** A description of what is paid for. */
  product_description?: string | null | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | null | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | null | undefined;
  /** When it was created. */
  created_at: Timestamp;
  /** When it was cancelled. */
  cancelled_at?: Timestamp | null | undefined;
}

/** Which subscriptions to list. */
export interface SubscriptionListParams {
  /** The id of the last subscription of the page before. */
  starting_after?: string | undefined;
}

/** Which rows of the ledger to list. */
export interface TransactionListParams {
  /** Rows from this time on. */
  created_at_from?: Timestamp | undefined;
  /** Rows up to this time. */
  created_at_to?: Timestamp | undefined;
  /** Rows that belong to objects of this kind. */
  reference_type?: TransactionReferenceType | undefined;
  /** Rows of the account in this currency. */
  currency?: string | undefined;
  /** Rows of objects with this status. */
  status?: string | undefined;
  /** Rows of payments with this risk. */
  risk_level?: RiskLevel | undefined;
  /** The id of the last row of the page before. */
  starting_after?: string | undefined;
}

/**
 * A payment to a channel.
 * 
 * As callbacks carry it: everything except `id` and `status` may be missing.
 */
export interface CallbackChannelPayment {
  /** The payment's id. */
  id: string;
  /** The channel that was paid. */
  channel_id?: string | null | undefined;
  /** What was paid, in `paid_currency`. */
  paid_amount?: Amount | null | undefined;
  /** The coin that was paid. */
  paid_currency?: string | null | undefined;
  /** What the account gets, in `received_currency`; zero until the payment is completed. */
  received_amount?: Amount | null | undefined;
  /** The account's currency. */
  received_currency?: string | null | undefined;
  /** The fee, in `fee_currency`. */
  fee?: Amount | null | undefined;
  /** The currency of the fee. */
  fee_currency?: string | null | undefined;
  /** The transaction on the network. */
  txid?: string | null | undefined;
  /** The exchange; absent until the payment is completed. */
  exchange?: Exchange | null | undefined;
  /** Where the payment came from; it may change over time. */
  risk?: Risk | null | undefined;
  /** Where the payment stands. */
  status: ChannelPaymentStatus;
  /** Why it is on hold or was sent back. */
  status_context?: ChannelPaymentStatusContext | null | undefined;
  /** The address it was sent back to. */
  refund_address?: string | null | undefined;
  /** The payout that sent it back. */
  coin_withdrawal_id?: string | null | undefined;
  /** The channel's `custom_id`. */
  custom_id?: string | null | undefined;
  /** The channel's customer. */
  customer_id?: string | null | undefined;
  /** The address that was paid. */
  address?: string | null | undefined;
  /** The network it was paid over. */
  network?: string | null | undefined;
  /** The page to send the payer to. */
  hosted_page_url?: string | null | undefined;
  /** When it was seen. */
  created_at?: Timestamp | null | undefined;
}

/**
 * A payout.
 * 
 * As callbacks carry it: everything except `id` and `status` may be missing.
 */
export interface CallbackCoinWithdrawal {
  /** The payout's id. */
  id: string;
  /** Yours, unique among your payouts. */
  custom_id?: string | null | undefined;
  /** The customer it was made for. */
  customer_id?: string | null | undefined;
  /** The address that receives the coins, with its tag where the network has one. */
  address?: string | null | undefined;
  /** The network it is sent over. */
  network?: string | null | undefined;
  /** The transaction on the network, once it was sent. */
  txid?: string | null | undefined;
  /** Where the payout stands. */
  status: CoinWithdrawalStatus;
  /** What the account is debited, in `charged_currency`. */
  charged_amount?: Amount | null | undefined;
  /** The account's currency. */
  charged_currency?: string | null | undefined;
  /** What the recipient gets, in `received_currency`. */
  received_amount?: Amount | null | undefined;
  /** The coin that is sent. */
  received_currency?: string | null | undefined;
  /** The fee of the network, in `received_currency`. */
  network_fee?: Amount | null | undefined;
  /** How fast the network was paid to be. */
  network_fee_level?: NetworkFeeLevel | null | undefined;
  /** The processing fee, in `fee_currency`. */
  fee?: Amount | null | undefined;
  /** The currency of the processing fee. */
  fee_currency?: string | null | undefined;
  /** The exchange; absent when nothing was exchanged. */
  exchange?: Exchange | null | undefined;
  /** What is known about the recipient's address. */
  risk?: Risk | null | undefined;
  /** A text for people. */
  description?: string | null | undefined;
  /** When it was created. */
  created_at?: Timestamp | null | undefined;
}

/**
 * A request for a payment with a fixed price.
 * 
 * As callbacks carry it: everything except `id` and `status` may be missing.
 */
export interface CallbackInvoice {
  /** The invoice's id. */
  id: string;
  /** Yours, unique among your invoices. */
  custom_id?: string | null | undefined;
  /** The customer it is for. */
  customer_id?: string | null | undefined;
  /** The subscription that made it. */
  subscription_id?: string | null | undefined;
  /** Where the invoice stands. */
  status: InvoiceStatus;
  /** Why it is unresolved. */
  status_context?: InvoiceStatusContext | null | undefined;
  /** The address to pay to, with its tag where the network has one. */
  address?: string | null | undefined;
  /** The network to pay over. */
  network?: string | null | undefined;
  /** What a wallet opens; for some networks only the address. */
  uri?: string | null | undefined;
  /** The price, in `price_currency`. */
  price_amount?: Amount | null | undefined;
  /** The currency of the price. */
  price_currency?: string | null | undefined;
  /** The fee, in `fee_currency`. */
  fee?: Amount | null | undefined;
  /** The currency of the fee. */
  fee_currency?: string | null | undefined;
  /** What is to be paid, in `pay_currency`. */
  pay_amount?: Amount | null | undefined;
  /** The coin to pay with. */
  pay_currency?: string | null | undefined;
  /** What was paid so far, in `pay_currency`. */
  paid_amount?: Amount | null | undefined;
  /** The exchange; absent when price and payment have the same currency. */
  exchange?: Exchange | null | undefined;
  /** The payments that were seen, on the network. */
  transactions?: InvoiceTransaction[] | null | undefined;
  /** The name shown to the payer. */
  name?: string | null | undefined;
  /** The description shown to the payer. */
  description?: string | null | undefined;
  /** Texts of yours. */
  metadata?: Record<string, string> | null | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | null | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | null | undefined;
  /** The page to send the payer to. */
  hosted_page_url?: string | null | undefined;
  /** When it was created. */
  created_at?: Timestamp | null | undefined;
  /** Until when the price holds: ten minutes, two hours when price and payment have the same currency. */
  expires_at?: Timestamp | null | undefined;
}

/**
 * An invoice sent by mail for every period.
 * 
 * As callbacks carry it: everything except `id` and `status` may be missing.
 */
export interface CallbackSubscription {
  /** The subscription's id. */
  id: string;
  /** Whether it goes on. */
  status: SubscriptionStatus;
  /** Yours. */
  custom_id?: string | null | undefined;
  /** Its name. */
  name?: string | null | undefined;
  /** The price of a period, in `currency`. */
  amount?: Amount | null | undefined;
  /** The currency of the price. */
  currency?: string | null | undefined;
  /** The unit of the period. */
  period?: SubscriptionPeriod | null | undefined;
  /** How many units a period has. */
  period_quantity?: number | null | undefined;
  /** When the current period starts. */
  current_period_starts_at?: Timestamp | null | undefined;
  /** When the current period ends. */
  current_period_ends_at?: Timestamp | null | undefined;
  /** Whether the current period is paid. */
  current_period_paid?: boolean | null | undefined;
  /** Whom the invoices are sent to. */
  payer_email?: string | null | undefined;
  /** The payer's name. */
  payer_name?: string | null | undefined;
  /** What is paid for. */
  product_name?: string | null | undefined;
  /** A description of what is paid for. */
  product_description?: string | null | undefined;
  /** Where the payer goes after paying. */
  success_redirect_url?: string | null | undefined;
  /** Where the payer goes when paying failed. */
  unsuccess_redirect_url?: string | null | undefined;
  /** When it was created. */
  created_at?: Timestamp | null | undefined;
  /** When it was cancelled. */
  cancelled_at?: Timestamp | null | undefined;
}

/** What callbacks carry in `data`, by their `type`. */
export interface CallbackModels {
  /**
   * A payment to a channel.
   * 
   * As callbacks carry it: everything except `id` and `status` may be missing.
   */
  ChannelPayment: CallbackChannelPayment;
  /**
   * A payout.
   * 
   * As callbacks carry it: everything except `id` and `status` may be missing.
   */
  CoinWithdrawal: CallbackCoinWithdrawal;
  /**
   * A request for a payment with a fixed price.
   * 
   * As callbacks carry it: everything except `id` and `status` may be missing.
   */
  Invoice: CallbackInvoice;
  /**
   * An invoice sent by mail for every period.
   * 
   * As callbacks carry it: everything except `id` and `status` may be missing.
   */
  Subscription: CallbackSubscription;
}
