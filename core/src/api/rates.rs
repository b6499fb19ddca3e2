//! Rates between currencies.

use crate::operation::operations;
use crate::schema::model;
use crate::value::Amount;

model! {
    /// The rates of a pair of currencies.
    answer Rate {
        /// The rate to buy at.
        buy_rate: Amount,
        /// The rate to sell at.
        sell_rate: Amount,
    }
}

operations! {
    /// Rates between currencies.
    Rates = "rates";

    /// Reads all rates. Each pair is there twice, as `BTCEUR` and as `BTC/EUR`.
    all: GET "/api/rates" => 200 Map<Rate>, read;

    /// Reads the rates of one pair.
    retrieve: GET "/api/rates/{base_currency}/{quote_currency}" [base_currency: String, quote_currency: String]
        => 200 Object<Rate>, read;
}
