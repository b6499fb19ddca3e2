//! The tables of the sandbox: currencies, networks, precision, fees and what the accounts start with.
//!
//! Facts as recorded from the API's own sandbox in 2021–2023; amounts of the accounts are made up, and generous.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::amount;

/// One currency, fiat or coin.
#[derive(Debug)]
pub(crate) struct Currency {
    /// `EUR`, `BTC` …
    pub code: &'static str,
    /// Digits after the point.
    pub precision: u32,
    /// What one unit is worth in EUR when the sandbox starts.
    pub euros: &'static str,
    /// What the merchant's account starts with.
    pub balance: &'static str,
    /// `None` for fiat.
    pub coin: Option<Coin>,
}

/// What a coin has beyond a currency.
#[derive(Debug)]
pub(crate) struct Coin {
    /// Its English name.
    pub name: &'static str,
    /// Digits that an invoice's `pay_amount` has (BTC: 6, as recorded).
    pub pay_precision: u32,
    /// Its networks; the first is the default.
    pub networks: &'static [Network],
}

/// One network of one coin.
#[derive(Debug)]
pub(crate) struct Network {
    /// `bitcoin`, `tron` …
    pub code: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// Fees by level: fast, average, slow; only BTC has three that differ.
    pub fees: &'static [(&'static str, &'static str)],
    /// What the tag is called, and whether it is required (XRP, XLM).
    pub tag: Option<(&'static str, bool)>,
}

const fn fiat(code: &'static str, precision: u32, euros: &'static str, balance: &'static str) -> Currency {
    Currency { code, precision, euros, balance, coin: None }
}

const fn coin(
    code: &'static str,
    precision: u32,
    euros: &'static str,
    balance: &'static str,
    name: &'static str,
    networks: &'static [Network],
) -> Currency {
    let pay_precision = if matches!(code.as_bytes(), b"BTC") { 6 } else { precision };
    Currency { code, precision, euros, balance, coin: Some(Coin { name, pay_precision, networks }) }
}

const fn net(
    code: &'static str,
    name: &'static str,
    fees: &'static [(&'static str, &'static str)],
) -> Network {
    Network { code, name, fees, tag: None }
}

const BITCOIN: &[Network] = &[net(
    "bitcoin",
    "Bitcoin",
    &[("fast", "0.00002916"), ("average", "0.00001944"), ("slow", "0.00000972")],
)];

/// Every currency that has an account. Coins first; the order decides which side of a pair is the base.
pub(crate) const CURRENCIES: &[Currency] = &[
    coin("BTC", 8, "29696.0269", "10000", "Bitcoin", BITCOIN),
    coin("LTC", 8, "83.4521", "5000", "Litecoin", &[net("litecoin", "Litecoin", &[("average", "0.001")])]),
    coin(
        "BCH",
        8,
        "221.317",
        "2000",
        "Bitcoin Cash",
        &[net("bitcoin_cash", "Bitcoin Cash", &[("average", "0.0001")])],
    ),
    coin(
        "XRP",
        6,
        "0.652345",
        "500000",
        "XRP",
        &[Network {
            tag: Some(("Destination tag", true)),
            ..net("ripple", "XRP Ledger", &[("average", "0.000045")])
        }],
    ),
    coin(
        "ETH",
        8,
        "1671.4218",
        "150000",
        "Ethereum",
        &[net("ethereum", "Ethereum", &[("average", "0.0002531")])],
    ),
    coin(
        "USDT",
        6,
        "0.8911",
        "100000000",
        "Tether",
        &[
            net("ethereum", "Ethereum", &[("average", "0.466609")]),
            net("tron", "Tron", &[("average", "3.0")]),
            net("bnb_smart_chain", "BNB Smart Chain", &[("average", "0.2")]),
        ],
    ),
    coin(
        "USDC",
        6,
        "0.8915",
        "100000000",
        "USD Coin",
        &[
            net("ethereum", "Ethereum", &[("average", "0.466609")]),
            net("tron", "Tron", &[("average", "3.0")]),
        ],
    ),
    coin("DAI", 8, "0.8909", "500000", "Dai", &[net("ethereum", "Ethereum", &[("average", "1.02685956")])]),
    coin(
        "SHIB",
        0,
        "0.00000694",
        "9000000000",
        "Shiba Inu",
        &[net("ethereum", "Ethereum", &[("average", "41000.0")])],
    ),
    coin(
        "XLM",
        7,
        "0.1248",
        "900000",
        "Stellar",
        &[Network { tag: Some(("Memo ID", false)), ..net("stellar", "Stellar", &[("average", "0.00001")]) }],
    ),
    coin("ADA", 6, "0.2794", "900000", "Cardano", &[net("cardano", "Cardano", &[("average", "0.17")])]),
    coin(
        "BNB",
        8,
        "217.83",
        "2000",
        "BNB",
        &[net("bnb_smart_chain", "BNB Smart Chain", &[("average", "0.0005")])],
    ),
    coin(
        "BUSD",
        8,
        "0.8907",
        "500000",
        "Binance USD",
        &[net("bnb_smart_chain", "BNB Smart Chain", &[("average", "0.2")])],
    ),
    coin("TRX", 6, "0.0721", "900000", "Tron", &[net("tron", "Tron", &[("average", "1.1")])]),
    coin("DOGE", 8, "0.0642", "900000", "Dogecoin", &[net("dogecoin", "Dogecoin", &[("average", "1.0")])]),
    coin("SOL", 9, "21.9571", "9000", "Solana", &[net("solana", "Solana", &[("average", "0.000005")])]),
    fiat("EUR", 2, "1", "100000000"),
    fiat("GBP", 2, "1.1663", "100000000"),
    fiat("USD", 2, "0.8917", "100000000"),
    fiat("CHF", 2, "1.0347", "500000"),
    fiat("AUD", 2, "0.6073", "500000"),
    fiat("CAD", 2, "0.6754", "500000"),
    fiat("PLN", 2, "0.2251", "500000"),
    fiat("SEK", 2, "0.0868", "500000"),
    fiat("CZK", 2, "0.0419", "5000000"),
    fiat("TRY", 2, "0.0341", "5000000"),
    fiat("UAH", 2, "0.0241", "5000000"),
    fiat("CNY", 2, "0.1241", "5000000"),
    fiat("JPY", 0, "0.00638", "90000000"),
];

/// The currency with this code.
pub(crate) fn currency(code: &str) -> Option<&'static Currency> {
    CURRENCIES.iter().find(|currency| currency.code == code)
}

/// The coin with this code.
pub(crate) fn coin_of(code: &str) -> Option<(&'static Currency, &'static Coin)> {
    currency(code).and_then(|currency| currency.coin.as_ref().map(|coin| (currency, coin)))
}

/// All codes, or only those of coins.
pub(crate) fn codes(coins_only: bool) -> Vec<&'static str> {
    CURRENCIES
        .iter()
        .filter(|currency| !coins_only || currency.coin.is_some())
        .map(|currency| currency.code)
        .collect()
}

impl Coin {
    /// The network with this code.
    pub(crate) fn network(&self, code: &str) -> Option<&'static Network> {
        self.networks.iter().find(|network| network.code == code)
    }
}

impl Network {
    /// The fee of a level; a network without that level takes its average.
    pub(crate) fn fee(&self, level: &str) -> Decimal {
        let of = |wanted: &str| self.fees.iter().find(|(level, _)| *level == wanted);
        of(level).or_else(|| of("average")).and_then(|(_, fee)| amount::read(fee)).unwrap_or_default()
    }
}

/// `GET /api/coins`.
pub(crate) fn list() -> Value {
    let enabled = json!({"enabled": true});
    let network = |currency: &Currency, network: &Network| {
        json!({
            "network": network.code,
            "name": network.name,
            "precision": currency.precision,
            "destination_tag": network.tag.map(|(name, required)| json!({"required": required, "name": name})),
            "invoices": enabled,
            "channels": enabled,
            "coin_withdrawals": enabled,
        })
    };
    let coins = CURRENCIES.iter().filter_map(|currency| currency.coin.as_ref().map(|coin| (currency, coin)));
    coins
        .map(|(currency, coin)| {
            let networks: Vec<Value> = coin.networks.iter().map(|one| network(currency, one)).collect();
            json!({
                "currency": currency.code,
                "name": coin.name,
                "logo_url": format!("https://business-sandbox.cryptopay.me/public/currencies/{}.svg", currency.code),
                "networks": networks,
            })
        })
        .collect()
}

/// `GET /api/coin_withdrawals/network_fees`: every network, or only each coin's default one.
pub(crate) fn network_fees(all_networks: bool) -> Value {
    let mut rows = Vec::new();
    for currency in CURRENCIES {
        let networks = currency.coin.as_ref().map_or(&[][..], |coin| coin.networks);
        for network in networks.iter().take(if all_networks { networks.len() } else { 1 }) {
            for (level, fee) in network.fees {
                rows.push(
                    json!({"level": level, "fee": fee, "currency": currency.code, "network": network.code}),
                );
            }
        }
    }
    Value::Array(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_in_the_tables_is_a_plain_amount() {
        for currency in CURRENCIES {
            assert!(amount::read(currency.euros).unwrap() > Decimal::ZERO, "{}", currency.code);
            assert!(amount::read(currency.balance).unwrap() > Decimal::ZERO, "{}", currency.code);
            for network in currency.coin.as_ref().map_or(&[][..], |coin| coin.networks) {
                for (_, fee) in network.fees {
                    assert_eq!(amount::plain(amount::read(fee).unwrap()), *fee, "{}", currency.code);
                }
            }
        }
    }

    #[test]
    fn without_the_flag_each_coin_has_one_network() {
        let rows = network_fees(false);
        let usdt =
            |rows: &Value| rows.as_array().unwrap().iter().filter(|row| row["currency"] == "USDT").count();
        assert_eq!((usdt(&rows), usdt(&network_fees(true))), (1, 3));
        assert_eq!(
            rows[0],
            json!({"level": "fast", "fee": "0.00002916", "currency": "BTC", "network": "bitcoin"})
        );
    }
}
