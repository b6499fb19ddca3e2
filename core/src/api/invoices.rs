//! Invoices: payments with a fixed price that holds for a while, their recalculation at a new rate and their refund.

use crate::api::parts::{Exchange, Risk};
use crate::operation::operations;
use crate::schema::{choice, model};
use crate::value::{Amount, TextMap, Timestamp, Uuid};

choice! {
    /// Where an invoice stands.
    InvoiceStatus {
        New = "new",
        Completed = "completed",
        Unresolved = "unresolved",
        Refunded = "refunded",
        Cancelled = "cancelled",
    }
}

choice! {
    /// Why an invoice is unresolved.
    InvoiceStatusContext {
        Overpaid = "overpaid",
        Underpaid = "underpaid",
        PaidLate = "paid_late",
        IllicitResource = "illicit_resource",
    }
}

model! {
    /// A request for a payment with a fixed price.
    answer Invoice / CallbackInvoice {
        /// The invoice's id.
        id: Uuid,
        /// Yours, unique among your invoices.
        custom_id: Option<String>,
        /// The customer it is for.
        customer_id: Option<String>,
        /// The subscription that made it.
        subscription_id: Option<Uuid>,
        /// Where the invoice stands.
        status: InvoiceStatus,
        /// Why it is unresolved.
        status_context: Option<InvoiceStatusContext>,
        /// The address to pay to, with its tag where the network has one.
        address: String,
        /// The network to pay over.
        network: Option<String>,
        /// What a wallet opens; for some networks only the address.
        uri: String,
        /// The price, in `price_currency`.
        price_amount: Amount,
        /// The currency of the price.
        price_currency: String,
        /// The fee, in `fee_currency`.
        fee: Amount,
        /// The currency of the fee.
        fee_currency: String,
        /// What is to be paid, in `pay_currency`.
        pay_amount: Amount,
        /// The coin to pay with.
        pay_currency: String,
        /// What was paid so far, in `pay_currency`.
        paid_amount: Amount,
        /// The exchange; absent when price and payment have the same currency.
        exchange: Option<Exchange>,
        /// The payments that were seen, on the network.
        transactions: Vec<InvoiceTransaction>,
        /// The name shown to the payer.
        name: Option<String>,
        /// The description shown to the payer.
        description: Option<String>,
        /// Texts of yours.
        metadata: Option<TextMap>,
        /// Where the payer goes after paying.
        success_redirect_url: Option<String>,
        /// Where the payer goes when paying failed.
        unsuccess_redirect_url: Option<String>,
        /// The page to send the payer to.
        hosted_page_url: String,
        /// When it was created.
        created_at: Timestamp,
        /// Until when the price holds: ten minutes, two hours when price and payment have the same currency.
        expires_at: Timestamp,
    }
}

model! {
    /// A payment that was seen on the network.
    answer InvoiceTransaction {
        /// The transaction on the network.
        txid: String,
        /// Where it came from; none until that is known.
        risk: Option<Risk>,
        /// The addresses that paid.
        source_addresses: Option<Vec<String>>,
    }
}

model! {
    /// An invoice to create.
    params InvoiceParams {
        /// The price, in `price_currency`.
        price_amount: Amount,
        /// The currency of the price: a coin or a state's.
        price_currency: String,
        /// The coin to pay with.
        pay_currency: String,
        /// The network to pay over, for coins that live on several.
        network: Option<String>,
        /// Yours, unique among your invoices: what makes a repeated create safe.
        custom_id: Option<String>,
        /// The customer it is for.
        customer_id: Option<String>,
        /// The name shown to the payer.
        name: Option<String>,
        /// The description shown to the payer.
        description: Option<String>,
        /// Texts of yours, handed back with the invoice.
        metadata: Option<TextMap>,
        /// Where the payer goes after paying.
        success_redirect_url: Option<String>,
        /// Where the payer goes when paying failed.
        unsuccess_redirect_url: Option<String>,
        /// The payer's address for mail.
        payer_email: Option<String>,
    }
}

model! {
    /// Which invoices to list.
    params InvoiceListParams {
        /// Invoices of this customer.
        customer_id: Option<String>,
        /// The id of the last invoice of the page before.
        starting_after: Option<Uuid>,
        /// Invoices of this subscription.
        subscription_id: Option<Uuid>,
    }
}

model! {
    /// A new price for an invoice that was paid too late, too little or too much.
    answer InvoiceRecalculation {
        /// The recalculation's id.
        id: Uuid,
        /// The invoice it belongs to.
        invoice_id: Uuid,
        /// What was paid, in `pay_currency`.
        pay_amount: Amount,
        /// The coin that was paid.
        pay_currency: String,
        /// The new price, in `price_currency`.
        price_amount: Amount,
        /// The currency of the price.
        price_currency: String,
        /// The fee, in `fee_currency`.
        fee: Amount,
        /// The currency of the fee.
        fee_currency: String,
        /// What was to be paid before.
        previous_pay_amount: Amount,
        /// The price before.
        previous_price_amount: Amount,
        /// The rate before.
        previous_exchange_rate: Option<Amount>,
        /// The exchange; none when price and payment have the same currency.
        exchange: Option<Exchange>,
        /// When it was created.
        created_at: Timestamp,
    }
}

model! {
    /// How to recalculate an invoice.
    params InvoiceRecalculationParams {
        /// Whether the new price holds at once, without a commit.
        force_commit: Option<bool>,
    }
}

model! {
    /// A payment that was sent back.
    answer InvoiceRefund {
        /// The refund's id.
        id: Uuid,
        /// The invoice it belongs to.
        invoice_id: Uuid,
        /// The invoice's `custom_id`.
        custom_id: Option<String>,
        /// What was sent back, in `amount_currency`.
        amount: Amount,
        /// The coin.
        amount_currency: String,
        /// The fee, in `fee_currency`.
        fee: Amount,
        /// The currency of the fee.
        fee_currency: String,
        /// The address it was sent to; none when it went to your own account.
        address: Option<String>,
        /// The network it was sent over.
        network: Option<String>,
        /// The transaction on the network, once it was sent.
        txid: Option<String>,
        /// What is known about the address.
        risk: Option<Risk>,
        /// When it was created.
        created_at: Timestamp,
    }
}

model! {
    /// How to send a payment back.
    params InvoiceRefundParams {
        /// The address to send it to.
        address: Option<String>,
    }
}

operations! {
    /// Payments with a fixed price.
    Invoices = "invoices";

    /// Creates an invoice. Its price holds for ten minutes, two hours when price and payment have the same currency.
    create: POST "/api/invoices" { InvoiceParams } => 201 Object<Invoice>,
        by_custom_id(retrieve_by_custom_id; price_amount while new, price_currency, pay_currency, network, customer_id);

    /// Lists invoices, newest first.
    list: GET "/api/invoices" query InvoiceListParams => 200 Page<Invoice>, read;

    /// Reads an invoice.
    retrieve: GET "/api/invoices/{invoice_id}" [invoice_id: Uuid] => 200 Object<Invoice>, read;

    /// Reads an invoice by your own id.
    retrieve_by_custom_id: GET "/api/invoices/custom_id/{custom_id}" [custom_id: String] => 200 Object<Invoice>, read;

    /// Offers a new price for an unresolved invoice. Without `force_commit` the answer is a quote that holds for 30 s and
    /// changes nothing until `commit_recalculation`.
    create_recalculation: POST "/api/invoices/{invoice_id}/recalculations" [invoice_id: Uuid] { InvoiceRecalculationParams }
        => 201 Object<InvoiceRecalculation>, quote, forced never;

    /// Takes a new price: the invoice is completed with it.
    commit_recalculation: POST "/api/invoices/{invoice_id}/recalculations/{recalculation_id}/commit"
        [invoice_id: Uuid, recalculation_id: Uuid] => 200 Object<InvoiceRecalculation>,
        commit_by_quote(retrieve, applied completed, again [new unresolved cancelled]; price_amount, pay_amount);

    /// Sends the payment of an unresolved invoice back. A refund has no id of yours: after a crash look at `list_refunds` before
    /// you ask again.
    create_refund: POST "/api/invoices/{invoice_id}/refunds" [invoice_id: Uuid] { InvoiceRefundParams }
        => 201 Object<InvoiceRefund>, by_listing(list_refunds; address);

    /// Lists the refunds of an invoice.
    list_refunds: GET "/api/invoices/{invoice_id}/refunds" [invoice_id: Uuid] => 200 Rows<InvoiceRefund>, read;
}
