//! Rates, and what a payout, an exchange or an invoice costs: 1 % fees, rounded against the customer as recorded.
//!
//! Rates stand still for ten minutes of sandbox time and then move by up to 1 %, the same for the same seed.
//! Which party gets what is booked by the resources.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::amount::{down, minus, over, plain, plus, times, up};
use crate::coins::{self, Currency};
use crate::refusal::Refusal;
use crate::seed::Seed;

const STEP_MS: u64 = 600_000;

/// The rate table at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    seed: u64,
    step: u64,
}

/// One pair with its two rates; `base` comes first in the pair's name.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    /// The currency that is priced.
    pub base: &'static Currency,
    /// The currency it is priced in.
    pub quote: &'static Currency,
    /// What the merchant pays for one unit of the base.
    pub buy: Decimal,
    /// What the merchant gets for one unit of the base.
    pub sell: Decimal,
}

/// A conversion at a frozen rate.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    /// The pair without a slash, `BTCEUR`.
    pub pair: String,
    /// The frozen rate.
    pub rate: Decimal,
    into_base: bool,
    from_precision: u32,
    to_precision: u32,
}

impl Rates {
    /// The rates of a world at a moment of sandbox time.
    pub(crate) fn at(seed: u64, now_ms: u64) -> Self {
        Self { seed, step: now_ms / STEP_MS }
    }

    /// The pair with this base and quote, in this order only.
    pub(crate) fn pair(&self, base: &str, quote: &str) -> Option<Rate> {
        let place = |code: &str| coins::CURRENCIES.iter().position(|currency| currency.code == code);
        let (first, second) = (place(base)?, place(quote)?);
        if first < second {
            self.rate(coins::CURRENCIES.get(first)?, coins::CURRENCIES.get(second)?)
        } else {
            None
        }
    }

    /// `GET /api/rates`: each pair under `BTCEUR` and under `BTC/EUR`.
    pub(crate) fn table(&self) -> Value {
        let mut table = Map::new();
        for (place, base) in coins::CURRENCIES.iter().enumerate() {
            for quote in coins::CURRENCIES.iter().skip(place + 1) {
                let Some(rate) = self.rate(base, quote) else { continue };
                table.insert(format!("{}{}", base.code, quote.code), rate.to_json());
                table.insert(format!("{}/{}", base.code, quote.code), rate.to_json());
            }
        }
        Value::Object(table)
    }

    /// How to turn `from` into `to` now. `None` when they are the same currency.
    pub(crate) fn conversion(&self, from: &'static Currency, to: &'static Currency) -> Option<Conversion> {
        let into_base = self.pair(to.code, from.code);
        let pair = into_base.clone().or_else(|| self.pair(from.code, to.code))?;
        let rate = if into_base.is_some() { pair.buy } else { pair.sell };
        Some(Conversion {
            pair: format!("{}{}", pair.base.code, pair.quote.code),
            rate,
            into_base: into_base.is_some(),
            from_precision: from.precision,
            to_precision: to.precision,
        })
    }

    /// An amount in EUR, for minimum and maximum.
    pub(crate) fn in_euros(&self, amount: Decimal, currency: &'static Currency) -> Result<Decimal, Refusal> {
        times(amount, self.euros(currency))
    }

    /// An amount of EUR in a currency, rounded up.
    pub(crate) fn out_of_euros(
        &self,
        euros: Decimal,
        currency: &'static Currency,
    ) -> Result<Decimal, Refusal> {
        Ok(up(over(euros, self.euros(currency))?, currency.precision))
    }

    fn rate(&self, base: &'static Currency, quote: &'static Currency) -> Option<Rate> {
        let middle = self.euros(base).checked_div(self.euros(quote))?;
        let round = |rate: Decimal| {
            if rate >= Decimal::ONE { down(rate, 4) } else { rate.round_sf(6).unwrap_or(rate) }
        };
        let sell = middle.checked_mul(Decimal::new(985, 3))?;
        Some(Rate { base, quote, buy: round(middle), sell: round(sell) })
    }

    fn euros(&self, currency: &Currency) -> Decimal {
        let start = crate::amount::read(currency.euros).unwrap_or_default();
        if self.step == 0 || currency.coin.is_none() {
            return start;
        }
        let name = currency
            .code
            .bytes()
            .fold(self.step, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let drift = Seed::new(self.seed ^ name).below(201);
        start * Decimal::new(9_900 + i64::try_from(drift).unwrap_or(100), 4)
    }
}

impl Rate {
    /// As the API shows it.
    pub(crate) fn to_json(&self) -> Value {
        json!({"buy_rate": plain(self.buy), "sell_rate": plain(self.sell)})
    }
}

impl Conversion {
    /// What an amount becomes, rounded down.
    pub(crate) fn forward(&self, amount: Decimal) -> Result<Decimal, Refusal> {
        let exact = if self.into_base { over(amount, self.rate)? } else { times(amount, self.rate)? };
        Ok(down(exact, self.to_precision))
    }

    /// What must be given for an amount, rounded up.
    pub(crate) fn backward(&self, amount: Decimal) -> Result<Decimal, Refusal> {
        let exact = if self.into_base { times(amount, self.rate)? } else { over(amount, self.rate)? };
        Ok(up(exact, self.from_precision))
    }

    /// The `exchange` member of an object.
    pub(crate) fn to_json(&self, fee: Decimal, fee_currency: &str) -> Value {
        json!({"pair": self.pair, "rate": plain(self.rate), "fee": plain(fee), "fee_currency": fee_currency})
    }
}

/// 1 %, rounded up.
pub(crate) fn fee(amount: Decimal, precision: u32) -> Result<Decimal, Refusal> {
    Ok(up(times(amount, Decimal::new(1, 2))?, precision))
}

/// The smallest total of which 1 % is the fee and `net` the rest: total and fee.
pub(crate) fn gross(net: Decimal, precision: u32) -> Result<(Decimal, Decimal), Refusal> {
    let total = up(over(net, Decimal::new(99, 2))?, precision);
    Ok((total, minus(total, net)?))
}

/// What an exchange comes to.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Debited from the merchant, fee and all.
    pub charged: Decimal,
    /// Credited to the merchant, less the fee if that is taken here.
    pub received: Decimal,
    /// The 1 %.
    pub fee: Decimal,
    /// Whether the fee is taken from what is received: when that is fiat and what is charged is a coin, as recorded.
    pub fee_in_received: bool,
}

/// Prices an exchange of an amount of one of the two currencies (`in_charged`: the charged one).
pub(crate) fn exchange(
    amount: Decimal,
    in_charged: bool,
    (charged, received): (&Currency, &Currency),
    conversion: &Conversion,
) -> Result<Exchange, Refusal> {
    let fee_in_received = charged.coin.is_some() && received.coin.is_none();
    if !fee_in_received {
        let terms = Terms { amount, in_charged, includes_fee: in_charged, includes_network_fee: true };
        let price = price(&terms, charged, Some(conversion), Decimal::ZERO)?;
        let (charged, received, fee) = (price.charged, price.received, price.fee);
        return Ok(Exchange { charged, received, fee, fee_in_received });
    }
    if in_charged {
        let worth = conversion.forward(amount)?;
        let fee = fee(worth, received.precision)?;
        return Ok(Exchange { charged: amount, received: minus(worth, fee)?, fee, fee_in_received });
    }
    let (worth, fee) = gross(amount, received.precision)?;
    Ok(Exchange { charged: conversion.backward(worth)?, received: amount, fee, fee_in_received })
}

/// What a payout or exchange is asked to do: one amount, and which fees are already inside it.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The amount that was asked for.
    pub amount: Decimal,
    /// Whether it is in the charged currency (else in the received one).
    pub in_charged: bool,
    /// Whether the 1 % is inside.
    pub includes_fee: bool,
    /// Whether the network fee is inside.
    pub includes_network_fee: bool,
}

/// What a payout or exchange comes to.
#[derive(Clone, Debug)]
pub(crate) struct Price {
    /// Debited from the merchant.
    pub charged: Decimal,
    /// What arrives.
    pub received: Decimal,
    /// The 1 %, in the charged currency.
    pub fee: Decimal,
}

/// Prices a payout (or, with a network fee of zero, an exchange). `conversion` is `None` for equal currencies.
/// `received` may come out as zero or less: the caller refuses that.
pub(crate) fn price(
    terms: &Terms,
    charged: &Currency,
    conversion: Option<&Conversion>,
    network_fee: Decimal,
) -> Result<Price, Refusal> {
    let forward = |amount| conversion.map_or(Ok(amount), |conversion| conversion.forward(amount));
    let backward = |amount| conversion.map_or(Ok(amount), |conversion| conversion.backward(amount));
    let asked = if terms.in_charged { terms.amount } else { backward(terms.amount)? };
    let inner_fee = if terms.includes_fee { fee(asked, charged.precision)? } else { Decimal::ZERO };
    let arriving = match (terms.in_charged, terms.includes_fee) {
        (false, false) => terms.amount,
        _ => forward(minus(asked, inner_fee)?)?,
    };
    let received = if terms.includes_network_fee { minus(arriving, network_fee)? } else { arriving };
    let net = match (terms.includes_network_fee, terms.in_charged) {
        (true, _) => minus(asked, inner_fee)?,
        (false, true) => plus(minus(asked, inner_fee)?, backward(network_fee)?)?,
        (false, false) if terms.includes_fee => plus(minus(asked, inner_fee)?, backward(network_fee)?)?,
        (false, false) => backward(plus(terms.amount, network_fee)?)?,
    };
    let (charged, fee) =
        if terms.includes_fee { (plus(net, inner_fee)?, inner_fee) } else { gross(net, charged.precision)? };
    Ok(Price { charged, received, fee })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::read;

    fn currency(code: &str) -> &'static Currency {
        coins::currency(code).unwrap()
    }

    fn at(rate: &str) -> Conversion {
        let conversion = Rates::at(1, 0).conversion(currency("EUR"), currency("BTC")).unwrap();
        Conversion { rate: read(rate).unwrap(), ..conversion }
    }

    fn charged(amount: &str) -> Terms {
        Terms {
            amount: read(amount).unwrap(),
            in_charged: true,
            includes_fee: true,
            includes_network_fee: true,
        }
    }

    #[test]
    fn payouts_come_to_the_recorded_amounts() {
        for (rate, network_fee, received) in
            [("29696.0269", "0.00001944", "0.00331433"), ("53590.0452", "0.00000216", "0.00184519")]
        {
            let network_fee = read(network_fee).unwrap();
            let price = price(&charged("100.0"), currency("EUR"), Some(&at(rate)), network_fee).unwrap();
            assert_eq!([price.charged, price.received, price.fee].map(plain), ["100.0", received, "1.0"]);
        }
    }

    #[test]
    fn a_payout_in_its_own_currency_comes_to_the_recorded_amounts() {
        let price = price(&charged("0.01"), currency("BTC"), None, read("0.0000054").unwrap()).unwrap();
        assert_eq!([price.charged, price.received, price.fee].map(plain), ["0.01", "0.0098946", "0.0001"]);
    }

    #[test]
    fn an_exchange_comes_to_the_recorded_amounts() {
        for (rate, received) in [("54569.4206", "0.0018142"), ("54375.2576", "0.00182068")] {
            let price = price(&charged("100.0"), currency("EUR"), Some(&at(rate)), Decimal::ZERO).unwrap();
            assert_eq!(plain(price.received), received);
        }
    }

    #[test]
    fn selling_a_coin_costs_the_recorded_fee_of_what_it_brings() {
        let sides = (currency("BTC"), currency("EUR"));
        let selling = Rates::at(1, 0).conversion(sides.0, sides.1).unwrap();
        // Recorded: 100.0 EUR arrived for 0.00214203 BTC with a fee of 1.02 EUR; the rate was not, but it was about this.
        let selling = Conversion { rate: read("47161.0").unwrap(), ..selling };
        let asked = exchange(read("100.0").unwrap(), false, sides, &selling).unwrap();
        assert_eq!([asked.charged, asked.received, asked.fee].map(plain), ["0.00214203", "100.0", "1.02"]);
        assert!(asked.fee_in_received);
        let given = exchange(read("0.00214203").unwrap(), true, sides, &selling).unwrap();
        assert_eq!([given.charged, given.received, given.fee].map(plain), ["0.00214203", "100.0", "1.02"]);
    }

    #[test]
    fn invoices_and_channel_payments_come_to_the_recorded_amounts() {
        let selling = |coin: &str, rate: &str| {
            let conversion = Rates::at(1, 0).conversion(currency(coin), currency("EUR")).unwrap();
            Conversion { rate: read(rate).unwrap(), ..conversion }
        };
        for (coin, rate, price, pay) in [
            ("BTC", "52798.1734", "100", "0.001895"),
            ("BTC", "25871.3092", "50", "0.001933"),
            ("ETH", "3421.5898", "100", "0.02922619"),
            ("LTC", "165.5465", "100", "0.60405989"),
            ("USDT", "0.8864", "100", "112.815885"),
            ("XRP", "0.940849", "100", "106.286982"),
        ] {
            let digits = currency(coin).coin.as_ref().unwrap().pay_precision;
            let amount = selling(coin, rate).backward(read(price).unwrap()).unwrap();
            assert_eq!(plain(up(amount, digits)), pay, "{coin}");
        }
        for (coin, rate, paid, worth, taken) in [
            ("BTC", "57192.7353", "0.00184519", "105.53", "1.06"),
            ("ETH", "3400.4427", "0.02623524", "89.21", "0.9"),
        ] {
            let amount = selling(coin, rate).forward(read(paid).unwrap()).unwrap();
            assert_eq!([plain(amount), plain(fee(amount, 2).unwrap())], [worth, taken]);
        }
    }

    #[test]
    fn fees_on_top_leave_the_recipient_exactly_what_was_asked_for() {
        let received = Terms {
            amount: read("0.005").unwrap(),
            in_charged: false,
            includes_fee: false,
            includes_network_fee: false,
        };
        let price =
            price(&received, currency("EUR"), Some(&at("29696.0269")), read("0.00001944").unwrap()).unwrap();
        // (0.005 + 0.00001944) · 29696.0269 = 149.0574…, up to 149.06; / 0.99 = 150.5656…, up to 150.57.
        assert_eq!([price.charged, price.received, price.fee].map(plain), ["150.57", "0.005", "1.51"]);
    }

    #[test]
    fn every_way_to_name_the_amount_covers_what_it_pays() {
        let conversion = at("29696.0269");
        let network_fee = read("0.00001944").unwrap();
        for n in 0..8 {
            let terms = Terms {
                amount: if n & 1 == 1 { read("100").unwrap() } else { read("0.0034").unwrap() },
                in_charged: n & 1 == 1,
                includes_fee: n & 2 == 2,
                includes_network_fee: n & 4 == 4,
            };
            let price = price(&terms, currency("EUR"), Some(&conversion), network_fee).unwrap();
            let bought = (price.charged - price.fee) / conversion.rate;
            assert!(bought + Decimal::new(1, 6) >= price.received + network_fee, "{terms:?} {price:?}");
            assert!(price.fee >= price.charged * Decimal::new(99, 4), "{terms:?} {price:?}");
        }
    }

    #[test]
    fn rates_stand_for_ten_minutes_and_both_key_forms_are_equal() {
        let table = Rates::at(7, 0).table();
        assert_eq!(table["BTCEUR"], json!({"buy_rate": "29696.0269", "sell_rate": "29250.5864"}));
        assert_eq!(table["BTCEUR"], table["BTC/EUR"]);
        assert_eq!(Rates::at(7, 599_999).table(), table);
        assert_ne!(Rates::at(7, 600_000).table()["BTCEUR"], table["BTCEUR"]);
        assert_eq!(Rates::at(7, 600_000).table()["EURUSD"], table["EURUSD"]);
        assert!(Rates::at(7, 0).pair("EUR", "BTC").is_none());
    }
}
