//! One switch for each open question of the API, so that no rule of a client can depend on a guess.
//!
//! The names and values are fixed; the defaults here are only the reading that most documents suggest.
//! What a switch *does* is decided where the object lives (withdrawals, customers, ledger …), not here.

use serde_json::{Value, json};

/// What has become of a quote (a `new` withdrawal) once its 30 seconds are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LapsedQuote {
    /// It stays readable as `new` for ever.
    New,
    /// It is read as `cancelled`.
    Cancelled,
    /// It is gone: every read answers 404.
    NotFound,
}

/// Every switch, as plain values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quirks {
    /// `lapsed_quote`: `new` (default), `cancelled` or `404`.
    pub lapsed_quote: LapsedQuote,
    /// `commit_lapsed`: status of a commit that comes too late: 404, 409 or 422 (default).
    pub commit_lapsed: u16,
    /// `duplicate_customer`: status for a customer id that exists: 409 or 422 (default).
    pub duplicate_customer: u16,
    /// `second_cancel`: status for cancelling a cancelled subscription: 200 (default) or 409.
    pub second_cancel: u16,
    /// `uncommitted_readable`: whether a withdrawal can be read before its commit (default true).
    pub uncommitted_readable: bool,
    /// `balance_before_uniqueness`: whether the balance is checked before the `custom_id` (default false).
    pub balance_before_uniqueness: bool,
    /// `unique_subscription_ids`: whether a subscription's `custom_id` must be unique (default false).
    pub unique_subscription_ids: bool,
    /// `unique_exchange_ids`: whether an exchange transfer's `custom_id` must be unique (default false).
    pub unique_exchange_ids: bool,
    /// `ledger_custom_ids`: whether ledger rows of other objects than invoices and payouts carry the `custom_id`
    /// (default false).
    pub ledger_custom_ids: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            lapsed_quote: LapsedQuote::New,
            commit_lapsed: 422,
            duplicate_customer: 422,
            second_cancel: 200,
            uncommitted_readable: true,
            balance_before_uniqueness: false,
            unique_subscription_ids: false,
            unique_exchange_ids: false,
            ledger_custom_ids: false,
        }
    }
}

impl Quirks {
    /// Sets the switches of a JSON object `{name: value}`; either all of them are set or none.
    ///
    /// # Errors
    /// A sentence that names the switch and the values it takes.
    pub(crate) fn set(&mut self, switches: &serde_json::Map<String, Value>) -> Result<(), String> {
        let mut changed = self.clone();
        for (name, value) in switches {
            changed.set_one(name, value)?;
        }
        *self = changed;
        Ok(())
    }

    fn set_one(&mut self, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "lapsed_quote" => {
                self.lapsed_quote = match text_of(value).as_str() {
                    "new" => LapsedQuote::New,
                    "cancelled" => LapsedQuote::Cancelled,
                    "404" => LapsedQuote::NotFound,
                    _ => return Err(format!("quirk lapsed_quote takes new, cancelled or 404, not {value}")),
                }
            }
            "commit_lapsed" => self.commit_lapsed = status_of(name, value, &[404, 409, 422])?,
            "duplicate_customer" => self.duplicate_customer = status_of(name, value, &[409, 422])?,
            "second_cancel" => self.second_cancel = status_of(name, value, &[200, 409])?,
            "uncommitted_readable" => self.uncommitted_readable = switch_of(name, value)?,
            "balance_before_uniqueness" => self.balance_before_uniqueness = switch_of(name, value)?,
            "unique_subscription_ids" => self.unique_subscription_ids = switch_of(name, value)?,
            "unique_exchange_ids" => self.unique_exchange_ids = switch_of(name, value)?,
            "ledger_custom_ids" => self.ledger_custom_ids = switch_of(name, value)?,
            _ => return Err(format!("there is no quirk {name}; there are {}", Self::names().join(", "))),
        }
        Ok(())
    }

    /// Every switch with its value, as `POST /_sandbox/quirks` takes it.
    pub(crate) fn to_json(&self) -> Value {
        let lapsed_quote = match self.lapsed_quote {
            LapsedQuote::New => "new",
            LapsedQuote::Cancelled => "cancelled",
            LapsedQuote::NotFound => "404",
        };
        json!({
            "lapsed_quote": lapsed_quote,
            "commit_lapsed": self.commit_lapsed,
            "duplicate_customer": self.duplicate_customer,
            "second_cancel": self.second_cancel,
            "uncommitted_readable": self.uncommitted_readable,
            "balance_before_uniqueness": self.balance_before_uniqueness,
            "unique_subscription_ids": self.unique_subscription_ids,
            "unique_exchange_ids": self.unique_exchange_ids,
            "ledger_custom_ids": self.ledger_custom_ids,
        })
    }

    fn names() -> Vec<String> {
        Self::default().to_json().as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn status_of(name: &str, value: &Value, allowed: &[u16]) -> Result<u16, String> {
    text_of(value).parse().ok().filter(|status| allowed.contains(status)).ok_or_else(|| {
        let allowed: Vec<String> = allowed.iter().map(u16::to_string).collect();
        format!("quirk {name} takes {}, not {value}", allowed.join(" or "))
    })
}

fn switch_of(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("quirk {name} takes true or false, not {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(switches: Value) -> Result<Quirks, String> {
        let mut quirks = Quirks::default();
        quirks.set(switches.as_object().unwrap()).map(|()| quirks)
    }

    #[test]
    fn every_switch_can_be_read_back_as_it_was_set() {
        let wanted = json!({
            "lapsed_quote": "cancelled", "commit_lapsed": 404, "duplicate_customer": 409, "second_cancel": 409,
            "uncommitted_readable": false, "balance_before_uniqueness": true, "unique_subscription_ids": true,
            "unique_exchange_ids": true, "ledger_custom_ids": true,
        });
        assert_eq!(set(wanted.clone()).unwrap().to_json(), wanted);
    }

    #[test]
    fn a_lapsed_quote_can_be_404_as_a_number_or_as_text() {
        assert_eq!(set(json!({"lapsed_quote": 404})).unwrap().lapsed_quote, LapsedQuote::NotFound);
        assert_eq!(set(json!({"lapsed_quote": "404"})).unwrap().lapsed_quote, LapsedQuote::NotFound);
    }

    #[test]
    fn a_wrong_switch_changes_nothing_and_says_what_is_allowed() {
        let mut quirks = Quirks::default();
        let wrong = json!({"balance_before_uniqueness": true, "commit_lapsed": 500});
        let sentence = quirks.set(wrong.as_object().unwrap()).unwrap_err();
        assert_eq!(sentence, "quirk commit_lapsed takes 404 or 409 or 422, not 500");
        assert_eq!(quirks, Quirks::default());
        assert!(set(json!({"unheard_of": true})).unwrap_err().contains("unique_exchange_ids"));
    }
}
