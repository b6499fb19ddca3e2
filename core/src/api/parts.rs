//! Objects that occur inside others: the exchange that an amount went through, and the risk of where it came from.

use crate::schema::{choice, model};
use crate::value::Amount;

choice! {
    /// How risky the origin of a payment is.
    RiskLevel { Low = "low", Medium = "medium", High = "high" }
}

model! {
    /// The exchange between two currencies that is part of a payment, a payout or a transfer.
    answer Exchange {
        /// The two currencies without a slash, `BTCEUR`.
        pair: String,
        /// The rate of the exchange.
        rate: Amount,
        /// The fee of the exchange; missing in older callbacks.
        fee: Option<Amount>,
        /// The currency of the fee.
        fee_currency: Option<String>,
    }
}

model! {
    /// What is known about where a payment came from.
    answer Risk {
        /// From 0 to 10. Not an amount, and the only number that the API writes as a float.
        score: f64,
        /// The level; it does not always follow from the score.
        level: RiskLevel,
        /// The name of the origin.
        resource_name: String,
        /// The kind of the origin.
        resource_category: String,
    }
}
