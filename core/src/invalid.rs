//! What is wrong with something the caller gave, before anything is sent: a setting of the client, or an argument of a call.
//! The text says what to do; it never repeats a secret. It is the same in every language, so it says a setting in words:
//! each language spells its name in its own way. Who turns it into the error of a call is decided elsewhere.

use core::fmt;

/// A setting of the client that cannot work (`configuration`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig {
    /// The setting, as [`Config`](crate::config::Config) names it, such as `api_secret`.
    pub name: &'static str,
    /// What is wrong and what to do: lower case, no full stop.
    pub reason: &'static str,
}

/// An argument of a call that cannot be sent (`invalid_argument`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidArgument {
    /// The parameter, such as `invoice_id` or `beneficiary.address.country`.
    pub field: String,
    /// What is wrong and what to do: lower case, no full stop.
    pub message: String,
}

const MS: &str = "must be a whole number of milliseconds, 1 or more";
const ASCII: &str = "must be visible ASCII text";

/// Settings of a client and options of a call as the core names them, in words, and what each must be. What is not here is
/// a parameter: that is told as the API spells it.
const NAMED: [(&str, &str, &str); 15] = [
    ("config", "configuration", "must be an object"),
    ("environment", "environment", "must be \"sandbox\", \"production\" or a URL that begins with https://"),
    ("api_key", "API key", "must be a string"),
    ("api_secret", "API secret", "must be a string"),
    ("callback_secret", "callback secret", "must be a string"),
    ("callback_secrets", "callback secret", "must be a string, or a list of strings"),
    ("deadline_ms", "timeout of the call", MS),
    ("attempt_timeout_ms", "timeout of one attempt", MS),
    ("max_retries", "number of retries", "must be a whole number, 0 or more"),
    (
        "rate_limit",
        "rate limit",
        "must be a whole number of requests a minute, 1 to 200, or null (None, nil) for no limit",
    ),
    ("shared_limit", "shared limit", "must be true or false"),
    ("user_agent_suffix", "User-Agent suffix", ASCII),
    ("max_body", "largest answer to read", "must be a whole number of bytes, 1 or more"),
    ("if_none_match", "If-None-Match condition", ASCII),
    ("if_modified_since", "If-Modified-Since condition", ASCII),
];

/// What a setting or an option must be.
pub(crate) fn must_be(name: &str) -> &'static str {
    NAMED.iter().find(|(known, ..)| *known == name).map_or("must be something else", |(.., must)| must)
}

/// What is wrong with what, as one sentence.
pub(crate) fn sentence(name: &str, reason: &str) -> String {
    match NAMED.iter().find(|(known, ..)| *known == name) {
        Some((_, words, _)) => ["the ", words, " ", reason].concat(),
        None if name.is_empty() => reason.to_owned(),
        None => [name, ": ", reason].concat(),
    }
}

impl InvalidArgument {
    /// The parameter and what is wrong with it.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl InvalidConfig {
    /// A setting that is not what it must be.
    pub(crate) fn of(name: &'static str) -> Self {
        Self { name, reason: must_be(name) }
    }

    /// The setting and what is wrong with it.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence(self.name, self.reason)
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl fmt::Display for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(&self.field, &self.message))
    }
}

impl core::error::Error for InvalidConfig {}
impl core::error::Error for InvalidArgument {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_spells_a_setting_as_only_the_core_does() {
        for (name, words, must) in NAMED {
            let text = InvalidConfig::of(name).to_string();
            assert_eq!(text, format!("the {words} {must}"));
            assert!(!text.contains('_'), "{text}");
        }
    }

    #[test]
    fn a_parameter_is_spelt_as_the_api_spells_it() {
        assert_eq!(
            InvalidArgument::new("price_amount", "is missing").to_string(),
            "price_amount: is missing"
        );
    }
}
