//! Reads a request body field by field and collects everything that is wrong, as the API answers it.
//!
//! Which fields an operation has, and which combinations are allowed, is decided by the operation.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::amount;
use crate::coins::{self, Coin, Currency, Network};
use crate::refusal::{Detail, Refusal};

/// A body being read.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    body: &'a Map<String, Value>,
    details: Vec<Detail>,
}

impl<'a> Params<'a> {
    /// Starts reading.
    pub(crate) fn new(body: &'a Map<String, Value>) -> Self {
        Self { body, details: Vec::new() }
    }

    /// Notes something wrong.
    pub(crate) fn wrong(&mut self, detail: Detail) {
        self.details.push(detail);
    }

    /// Ends reading.
    ///
    /// # Errors
    /// 422 with everything that was wrong.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.details.is_empty() { Ok(()) } else { Err(Refusal::invalid(self.details)) }
    }

    /// Whether the field is there at all, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.body.contains_key(name)
    }

    /// Whether the field is there and not null.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.body.get(name).is_some_and(|value| !value.is_null())
    }

    /// An optional text; empty counts as absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.body.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.wrong(Detail::new("must_be_string", name, "must be a string"));
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str) -> String {
        let before = self.details.len();
        let text = self.text(name);
        if text.is_none() && self.details.len() == before {
            self.wrong(Detail::required(name));
        }
        text.unwrap_or_default()
    }

    /// A text out of a list.
    pub(crate) fn choice(&mut self, name: &str, list: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name)?;
        let found = list.iter().find(|one| **one == text).copied();
        if found.is_none() {
            self.wrong(Detail::must_be_included_in(name, list));
        }
        found
    }

    /// A currency that must be there.
    pub(crate) fn currency(&mut self, name: &str) -> &'static Currency {
        let code = self.required(name);
        self.known_currency(name, &code, false)
    }

    /// A coin that must be there, with the network of the field `network` or else its default.
    pub(crate) fn coin(&mut self, name: &str) -> (&'static Currency, &'static Network) {
        let code = self.required(name);
        let currency = self.known_currency(name, &code, true);
        let wanted = self.text("network");
        let networks = currency.coin.as_ref().map_or(&[][..], |coin| coin.networks);
        let found =
            networks.iter().find(|network| wanted.as_ref().is_none_or(|wanted| network.code == wanted));
        if found.is_none() && !networks.is_empty() {
            let codes: Vec<&str> = networks.iter().map(|network| network.code).collect();
            self.wrong(Detail::must_be_included_in("network", &codes));
        }
        (currency, found.unwrap_or(&FALLBACK.1))
    }

    /// A positive amount with no more digits than its currency has. Without a currency any number of digits.
    pub(crate) fn amount(&mut self, name: &str, currency: Option<&Currency>) -> Option<Decimal> {
        let text = match self.body.get(name) {
            None | Some(Value::Null) => return None,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let Some(amount) = amount::read(&text) else {
            self.wrong(Detail::new("must_be_decimal", name, "must be a decimal number"));
            return None;
        };
        if amount <= Decimal::ZERO {
            let least = Decimal::new(1, currency.map_or(8, |currency| currency.precision));
            self.wrong(Detail::must_be_greater_than_or_equal(name, least));
        } else if amount > Decimal::from(amount::LARGEST) {
            self.wrong(Detail::must_be_less_than_or_equal(name, Decimal::from(amount::LARGEST)));
        } else if let Some(currency) = currency
            && amount.normalize().scale() > currency.precision
        {
            let sentence = format!("must have at most {} decimals", currency.precision);
            self.wrong(Detail::new("bad_precision", name, &sentence));
        }
        Some(amount)
    }

    /// A boolean, also as text; absent is false.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.body.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) if text == "true" || text == "false" => text == "true",
            Some(_) => {
                self.wrong(Detail::new("must_be_boolean", name, "must be true or false"));
                false
            }
        }
    }

    /// A whole number from 1, also as text, that must be there.
    pub(crate) fn count(&mut self, name: &str) -> u32 {
        let text =
            self.body.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        match text.and_then(|text| text.parse().ok()) {
            Some(count @ 1..=1000) => count,
            _ => {
                self.wrong(Detail::new("must_be_integer", name, "must be a whole number from 1 to 1000"));
                1
            }
        }
    }

    /// An optional object whose values are texts; null if absent.
    pub(crate) fn texts(&mut self, name: &str) -> Value {
        match self.body.get(name) {
            None | Some(Value::Null) => Value::Null,
            Some(Value::Object(texts)) if texts.values().all(Value::is_string) => {
                Value::Object(texts.clone())
            }
            Some(_) => {
                self.wrong(Detail::new("must_be_object", name, "must be an object whose values are strings"));
                Value::Null
            }
        }
    }

    /// A coin's address: 20 to 120 visible characters.
    pub(crate) fn address(&mut self, name: &str, currency: &str) -> String {
        let before = self.details.len();
        let address = self.required(name);
        if self.details.len() == before && !is_address(&address) {
            self.wrong(Detail::invalid_coin_address(name, currency));
        }
        address
    }

    fn known_currency(&mut self, name: &str, code: &str, coin: bool) -> &'static Currency {
        let known = coins::currency(code).filter(|currency| !coin || currency.coin.is_some());
        known.unwrap_or_else(|| {
            if !code.is_empty() {
                self.wrong(Detail::must_be_included_in(name, &coins::codes(coin)));
            }
            &FALLBACK.0
        })
    }
}

/// Stands for a currency or network that was refused, until `finish` refuses the request.
static FALLBACK: (Currency, Network) = (
    Currency {
        code: "BTC",
        precision: 28,
        euros: "1",
        balance: "0",
        coin: Some(Coin { name: "", pay_precision: 28, networks: &[] }),
    },
    Network { code: "", name: "", fees: &[], tag: None },
);

/// Whether a text can be an address: 20 to 120 visible characters without spaces.
pub(crate) fn is_address(text: &str) -> bool {
    (20..=120).contains(&text.chars().count())
        && !text.chars().any(|one| one.is_whitespace() || one.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(body: Value, read: impl Fn(&mut Params<'_>)) -> Vec<(&'static str, String)> {
        let mut params = Params::new(body.as_object().unwrap());
        read(&mut params);
        let details = params.finish().err().map(|refusal| refusal.details).unwrap_or_default();
        details.into_iter().map(|detail| (detail.code, detail.target)).collect()
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        let body = json!({"price_amount": "-1", "price_currency": "XXX", "pay_currency": "EUR"});
        let wrong = codes(body, |params| {
            params.amount("price_amount", coins::currency("EUR"));
            params.currency("price_currency");
            params.coin("pay_currency");
            params.required("name");
        });
        let wrong: Vec<_> = wrong.iter().map(|(code, target)| (*code, target.as_str())).collect();
        assert_eq!(
            wrong,
            [
                ("must_be_greater_than_or_equal", "price_amount"),
                ("must_be_included_in", "price_currency"),
                ("must_be_included_in", "pay_currency"),
                ("required", "name"),
            ]
        );
    }

    #[test]
    fn what_the_official_clients_send_is_taken() {
        let body =
            json!({"force_commit": "false", "period_quantity": "3", "price_amount": "100.0", "name": ""});
        assert!(
            codes(body, |params| {
                assert!(!params.flag("force_commit"));
                assert_eq!(params.count("period_quantity"), 3);
                assert_eq!(params.amount("price_amount", None), Some(Decimal::from(100)));
                assert_eq!(params.text("name"), None);
            })
            .is_empty()
        );
    }

    #[test]
    fn more_digits_than_the_currency_has_are_refused() {
        let wrong = codes(json!({"a": "1.001"}), |params| {
            params.amount("a", coins::currency("EUR"));
        });
        assert_eq!(wrong, [("bad_precision", "a".to_owned())]);
    }

    #[test]
    fn an_address_is_20_to_120_visible_characters() {
        assert!(is_address("2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ"));
        for wrong in ["short", "has a space in the middle", &"x".repeat(121), "tab\tinside-the-address"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
