//! Channels: addresses that take any number of payments of any amount, and those payments.

use crate::api::parts::{Exchange, Risk};
use crate::operation::operations;
use crate::schema::{choice, model};
use crate::value::{Amount, Timestamp, Uuid};

choice! {
    /// Whether a channel takes payments.
    ChannelStatus { Enabled = "enabled", Disabled = "disabled" }
}

choice! {
    /// Where a payment to a channel stands.
    ChannelPaymentStatus {
        Pending = "pending",
        OnHold = "on_hold",
        Completed = "completed",
        Refunded = "refunded",
        Cancelled = "cancelled",
    }
}

choice! {
    /// Why a payment to a channel is on hold or was sent back.
    ChannelPaymentStatusContext { IllicitResource = "illicit_resource", ChannelDisabled = "channel_disabled" }
}

model! {
    /// An address that takes any number of payments.
    answer Channel {
        /// The channel's id.
        id: Uuid,
        /// Whether it takes payments.
        status: ChannelStatus,
        /// Its name.
        name: String,
        /// Its description.
        description: Option<String>,
        /// The coin that it takes.
        pay_currency: String,
        /// The currency of the account that gets the money.
        receiver_currency: String,
        /// The address to pay to, with its tag where the network has one.
        address: String,
        /// The network to pay over.
        network: Option<String>,
        /// The project it belongs to.
        project_id: String,
        /// Yours, unique among your channels.
        custom_id: Option<String>,
        /// The customer it is for.
        customer_id: Option<String>,
        /// What a wallet opens.
        uri: String,
        /// The page to send the payer to.
        hosted_page_url: String,
    }
}

model! {
    /// A channel to create.
    params ChannelParams {
        /// Its name.
        name: String,
        /// Its description.
        description: Option<String>,
        /// The coin to take.
        pay_currency: String,
        /// The network to be paid over, for coins that live on several.
        network: Option<String>,
        /// The currency of the account that gets the money.
        receiver_currency: String,
        /// Yours, unique among your channels: what makes a repeated create safe.
        custom_id: Option<String>,
        /// The customer it is for.
        customer_id: Option<String>,
    }
}

model! {
    /// What to change in a channel.
    params ChannelUpdateParams {
        /// Its name.
        name: Update<String>,
        /// Its description.
        description: Update<String>,
        /// Whether it takes payments.
        status: Update<ChannelStatus>,
        /// The customer it is for.
        customer_id: Update<String>,
    }
}

model! {
    /// Which channels to list.
    params ChannelListParams {
        /// Channels of this customer.
        customer_id: Option<String>,
        /// The id of the last channel of the page before.
        starting_after: Option<Uuid>,
    }
}

model! {
    /// A payment to a channel.
    answer ChannelPayment / CallbackChannelPayment {
        /// The payment's id.
        id: Uuid,
        /// The channel that was paid.
        channel_id: Uuid,
        /// What was paid, in `paid_currency`.
        paid_amount: Amount,
        /// The coin that was paid.
        paid_currency: String,
        /// What the account gets, in `received_currency`; zero until the payment is completed.
        received_amount: Amount,
        /// The account's currency.
        received_currency: String,
        /// The fee, in `fee_currency`.
        fee: Amount,
        /// The currency of the fee.
        fee_currency: String,
        /// The transaction on the network.
        txid: String,
        /// The exchange; absent until the payment is completed.
        exchange: Option<Exchange>,
        /// Where the payment came from; it may change over time.
        risk: Option<Risk>,
        /// Where the payment stands.
        status: ChannelPaymentStatus,
        /// Why it is on hold or was sent back.
        status_context: Option<ChannelPaymentStatusContext>,
        /// The address it was sent back to.
        refund_address: Option<String>,
        /// The payout that sent it back.
        coin_withdrawal_id: Option<Uuid>,
        /// The channel's `custom_id`.
        custom_id: Option<String>,
        /// The channel's customer.
        customer_id: Option<String>,
        /// The address that was paid.
        address: Option<String>,
        /// The network it was paid over.
        network: Option<String>,
        /// The page to send the payer to.
        hosted_page_url: Option<String>,
        /// When it was seen.
        created_at: Timestamp,
    }
}

model! {
    /// Which payments of a channel to list.
    params ChannelPaymentListParams {
        /// The id of the last payment of the page before.
        starting_after: Option<Uuid>,
    }
}

operations! {
    /// Addresses that take any number of payments.
    Channels = "channels";

    /// Creates a channel.
    create: POST "/api/channels" { ChannelParams } => 201 Object<Channel>,
        by_custom_id(retrieve_by_custom_id; pay_currency, receiver_currency, network);

    /// Lists channels.
    list: GET "/api/channels" query ChannelListParams => 200 Page<Channel>, read;

    /// Reads a channel.
    retrieve: GET "/api/channels/{channel_id}" [channel_id: Uuid] => 200 Object<Channel>, read;

    /// Reads a channel by your own id.
    retrieve_by_custom_id: GET "/api/channels/custom_id/{custom_id}" [custom_id: String] => 200 Object<Channel>, read;

    /// Changes a channel.
    update: PATCH "/api/channels/{channel_id}" [channel_id: Uuid] { ChannelUpdateParams } => 200 Object<Channel>,
        idempotent(retrieve; name, description, status, customer_id);

    /// Lists the payments to a channel, newest first.
    list_payments: GET "/api/channels/{channel_id}/payments" [channel_id: Uuid] query ChannelPaymentListParams
        => 200 Page<ChannelPayment>, read;

    /// Reads a payment to a channel.
    retrieve_payment: GET "/api/channels/{channel_id}/payments/{channel_payment_id}"
        [channel_id: Uuid, channel_payment_id: Uuid] => 200 Object<ChannelPayment>, read;
}
