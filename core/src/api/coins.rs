//! Coins: what the project can be paid in and can pay out, over which networks.

use crate::operation::operations;
use crate::schema::model;

model! {
    /// A coin.
    answer Coin {
        /// Its code, `BTC`.
        currency: String,
        /// Its name.
        name: String,
        /// Its logo.
        logo_url: String,
        /// The networks it lives on.
        networks: Vec<CoinNetwork>,
    }
}

model! {
    /// A network that a coin lives on.
    answer CoinNetwork {
        /// Its code, `bitcoin`.
        network: String,
        /// Its name.
        name: String,
        /// The digits after the point.
        precision: i64,
        /// What addresses carry besides, on networks that have it.
        destination_tag: Option<CoinDestinationTag>,
        /// Whether invoices can be paid with it.
        invoices: InvoicesConfig,
        /// Whether channels take it.
        channels: ChannelsConfig,
        /// Whether payouts can be made with it.
        coin_withdrawals: CoinWithdrawalsConfig,
    }
}

model! {
    /// What addresses on a network carry besides.
    answer CoinDestinationTag {
        /// Whether an address without it is refused.
        required: bool,
        /// What the network calls it.
        name: String,
    }
}

model! {
    /// Whether invoices can be paid with a coin over a network.
    answer InvoicesConfig {
        /// Whether they can.
        enabled: bool,
    }
}

model! {
    /// Whether channels take a coin over a network.
    answer ChannelsConfig {
        /// Whether they do.
        enabled: bool,
    }
}

model! {
    /// Whether payouts can be made with a coin over a network.
    answer CoinWithdrawalsConfig {
        /// Whether they can.
        enabled: bool,
    }
}

operations! {
    /// What the project can be paid in and can pay out.
    Coins = "coins";

    /// Lists all coins with their networks.
    list: GET "/api/coins" => 200 Rows<Coin>, read;
}
