//! Subscriptions: an invoice sent by mail for every period.

use crate::operation::operations;
use crate::schema::{choice, model};
use crate::value::{Amount, Timestamp, Uuid};

choice! {
    /// Whether a subscription goes on.
    SubscriptionStatus { Active = "active", Cancelled = "cancelled" }
}

choice! {
    /// The unit of a subscription's period.
    SubscriptionPeriod { Day = "day", Week = "week", Month = "month", Year = "year" }
}

model! {
    /// An invoice sent by mail for every period.
    answer Subscription / CallbackSubscription {
        /// The subscription's id.
        id: Uuid,
        /// Whether it goes on.
        status: SubscriptionStatus,
        /// Yours.
        custom_id: Option<String>,
        /// Its name.
        name: String,
        /// The price of a period, in `currency`.
        amount: Amount,
        /// The currency of the price.
        currency: String,
        /// The unit of the period.
        period: SubscriptionPeriod,
        /// How many units a period has.
        period_quantity: i64,
        /// When the current period starts.
        current_period_starts_at: Timestamp,
        /// When the current period ends.
        current_period_ends_at: Timestamp,
        /// Whether the current period is paid.
        current_period_paid: bool,
        /// Whom the invoices are sent to.
        payer_email: String,
        /// The payer's name.
        payer_name: Option<String>,
        /// What is paid for.
        product_name: Option<String>,
        /// A description of what is paid for.
        product_description: Option<String>,
        /// Where the payer goes after paying.
        success_redirect_url: Option<String>,
        /// Where the payer goes when paying failed.
        unsuccess_redirect_url: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was cancelled.
        cancelled_at: Option<Timestamp>,
    }
}

model! {
    /// A subscription to create.
    params SubscriptionParams {
        /// Its name.
        name: String,
        /// The price of a period, in `currency`.
        amount: Amount,
        /// The currency of the price.
        currency: String,
        /// The unit of the period.
        period: SubscriptionPeriod,
        /// How many units a period has.
        period_quantity: i64,
        /// When the first period starts: at least three days from now, by the API's clock.
        starts_at: Timestamp,
        /// Whom the invoices are sent to.
        payer_email: String,
        /// The payer's name.
        payer_name: Option<String>,
        /// Yours; read by it after a crash. Whether the API refuses a second one is not documented.
        custom_id: Option<String>,
        /// What is paid for.
        product_name: Option<String>,
        /// A description of what is paid for.
        product_description: Option<String>,
        /// Where the payer goes after paying.
        success_redirect_url: Option<String>,
        /// Where the payer goes when paying failed.
        unsuccess_redirect_url: Option<String>,
    }
}

model! {
    /// Which subscriptions to list.
    params SubscriptionListParams {
        /// The id of the last subscription of the page before.
        starting_after: Option<Uuid>,
    }
}

operations! {
    /// Invoices sent by mail for every period.
    Subscriptions = "subscriptions";

    /// Creates a subscription.
    create: POST "/api/subscriptions" { SubscriptionParams } => 201 Object<Subscription>,
        by_custom_id_once(retrieve_by_custom_id; amount, currency, period, period_quantity, payer_email);

    /// Lists subscriptions, newest first.
    list: GET "/api/subscriptions" query SubscriptionListParams => 200 Page<Subscription>, read;

    /// Reads a subscription.
    retrieve: GET "/api/subscriptions/{subscription_id}" [subscription_id: Uuid] => 200 Object<Subscription>, read;

    /// Reads a subscription by your own id.
    retrieve_by_custom_id: GET "/api/subscriptions/custom_id/{custom_id}" [custom_id: String] => 200 Object<Subscription>,
        read;

    /// Ends a subscription.
    cancel: POST "/api/subscriptions/{subscription_id}/cancel" [subscription_id: Uuid] => 200 Object<Subscription>,
        idempotent(retrieve; status = cancelled);
}
