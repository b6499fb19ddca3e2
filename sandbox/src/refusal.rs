//! How the sandbox says no: status, code and details, in the error envelope of the API.
//!
//! Which rule refuses what is decided where the rule lives; this file only knows the shapes and the fixed sentences.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::amount;

/// A refused request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: &'static str,
    /// `error.message`.
    pub message: String,
    /// `error.details`, empty unless the code is `invalid`.
    pub details: Vec<Detail>,
}

/// One entry of `error.details`: which field, which rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Detail {
    /// The rule that was broken.
    pub code: &'static str,
    /// The field.
    pub target: String,
    /// An English sentence built from code and args.
    pub message: String,
    /// The rule's values.
    pub args: Map<String, Value>,
}

impl Refusal {
    /// A refusal whose message is its code with spaces, as the API does it.
    pub(crate) fn new(status: u16, code: &'static str) -> Self {
        Self { status, code, message: code.replace('_', " "), details: Vec::new() }
    }

    /// 404 `not_found`: an unknown id, pair or path.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "not_found")
    }

    /// 409 `duplicate_custom_id`: the `custom_id` was used before.
    pub(crate) fn duplicate_custom_id() -> Self {
        Self::new(409, "duplicate_custom_id")
    }

    /// 422 `invalid` with what is wrong.
    pub(crate) fn invalid(details: Vec<Detail>) -> Self {
        Self { details, ..Self::new(422, "invalid") }
    }

    /// The JSON body; `request_id` is 32 lower-case hex digits.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let details: Vec<Value> = self
            .details
            .iter()
            .map(|detail| {
                json!({"code": detail.code, "target": detail.target, "message": detail.message, "args": detail.args})
            })
            .collect();
        json!({
            "error": {"code": self.code, "message": self.message, "details": details},
            "meta": {"request_id": request_id},
        })
    }
}

impl From<Detail> for Refusal {
    fn from(detail: Detail) -> Self {
        Self::invalid(vec![detail])
    }
}

impl Detail {
    /// A detail without args.
    pub(crate) fn new(code: &'static str, target: &str, message: &str) -> Self {
        Self { code, target: target.to_owned(), message: message.to_owned(), args: Map::new() }
    }

    /// The id is not a UUID.
    pub(crate) fn must_be_uuid(target: &str) -> Self {
        Self::new("must_be_uuid", target, "must match uuid format")
    }

    /// The field is missing or empty.
    pub(crate) fn required(target: &str) -> Self {
        Self::new("required", target, "is required")
    }

    /// The address is malformed.
    pub(crate) fn invalid_coin_address(target: &str, currency: &str) -> Self {
        Self::new("invalid_coin_address", target, &format!("must be a valid {currency} address"))
            .with("currency", json!(currency))
    }

    /// The value is not one of a list.
    pub(crate) fn must_be_included_in(target: &str, list: &[&str]) -> Self {
        Self::new("must_be_included_in", target, &format!("must be one of: {}", list.join(", ")))
            .with("list", json!(list))
    }

    /// The amount is below `least`.
    pub(crate) fn must_be_greater_than_or_equal(target: &str, least: Decimal) -> Self {
        let least = amount::plain(least);
        Self::new(
            "must_be_greater_than_or_equal",
            target,
            &format!("must be greater than or equal to {least}"),
        )
        .with("value", json!(least))
    }

    /// The amount is above `most`.
    pub(crate) fn must_be_less_than_or_equal(target: &str, most: Decimal) -> Self {
        let most = amount::plain(most);
        Self::new("must_be_less_than_or_equal", target, &format!("must be less than or equal to {most}"))
            .with("value", json!(most))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.args.insert(name.to_owned(), value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_envelope_of_the_recorded_errors() {
        assert_eq!(
            Refusal::duplicate_custom_id().body("58fb3e2fe90ffc278ce517df74daee56"),
            json!({"error": {"code": "duplicate_custom_id", "message": "duplicate custom id", "details": []},
                   "meta": {"request_id": "58fb3e2fe90ffc278ce517df74daee56"}})
        );
    }

    #[test]
    fn details_carry_the_recorded_sentences_and_args() {
        let detail = Detail::must_be_included_in("currency", &["BTC", "LTC"]);
        assert_eq!(detail.message, "must be one of: BTC, LTC");
        assert_eq!(Value::Object(detail.args), json!({"list": ["BTC", "LTC"]}));
        let detail = Detail::must_be_less_than_or_equal("charged_amount", Decimal::new(105, 1));
        assert_eq!(
            (detail.message.as_str(), &detail.args["value"]),
            ("must be less than or equal to 10.5", &json!("10.5"))
        );
        assert_eq!(Detail::invalid_coin_address("address", "BTC").message, "must be a valid BTC address");
    }
}
