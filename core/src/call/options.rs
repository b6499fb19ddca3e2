//! What can be set for one call, beside its parameters.

use crate::date::parse_rfc3339;
use crate::invalid::must_be;
use serde_json::{Map, Value};

/// The options of one call; what is `None` is taken from the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// How long the whole call may take, in ms: waits, attempts and recovery.
    pub deadline_ms: Option<u64>,
    /// How long one attempt may take, in ms.
    pub attempt_timeout_ms: Option<u64>,
    /// How often the operation may be sent again; 0 means one request.
    pub max_retries: Option<u32>,
    /// Whether the core makes a `custom_id` of its own where the parameters have none (W3). `None`: it does, except
    /// for creates that move money.
    pub generated_custom_id: Option<bool>,
    /// For a commit: the quote that it commits, as the create answered it. A member `received_ms` may say when that
    /// was, ms since 1970 on the host's clock.
    pub quote: Option<Map<String, Value>>,
    /// Sent as `If-None-Match`; only for reads.
    pub if_none_match: Option<String>,
    /// Sent as `If-Modified-Since`; only for reads.
    pub if_modified_since: Option<String>,
}

impl Options {
    /// The options in this JSON object: `{deadline_ms, attempt_timeout_ms, max_retries, custom_id: {generated},
    /// quote, if_none_match, if_modified_since}`.
    ///
    /// # Errors
    /// The name of the option and what is wrong with it.
    pub fn from_json(value: &Value) -> Result<Self, (&'static str, &'static str)> {
        let members = match value {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(("options", "must be an object")),
        };
        const KNOWN: [&str; 7] = [
            "deadline_ms",
            "attempt_timeout_ms",
            "max_retries",
            "custom_id",
            "quote",
            "if_none_match",
            "if_modified_since",
        ];
        if members.keys().any(|name| !KNOWN.contains(&name.as_str())) {
            return Err(("options", "have one that does not exist"));
        }
        let given = |name: &'static str| members.get(name).filter(|value| !value.is_null());
        let whole = |name: &'static str| match given(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or((name, must_be(name))),
        };
        let text = |name: &'static str| match given(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err((name, must_be(name))),
        };
        let generated_custom_id = match given("custom_id") {
            None => None,
            Some(value) => Some(value.get("generated").and_then(Value::as_bool).ok_or((
                "custom_id",
                "whether one is generated must be true or false; one of your own is a parameter",
            ))?),
        };
        let quote = match given("quote") {
            None => None,
            Some(Value::Object(quote)) => Some(quote.clone()),
            Some(_) => return Err(("quote", "must be the object that the create returned")),
        };
        Ok(Self {
            deadline_ms: whole("deadline_ms")?,
            attempt_timeout_ms: whole("attempt_timeout_ms")?,
            max_retries: whole("max_retries")?.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            generated_custom_id,
            quote,
            if_none_match: text("if_none_match")?,
            if_modified_since: text("if_modified_since")?,
        })
    }

    /// How old the quote is at this time of the host's clock and the server's, in ms; the older of the two ways to tell.
    pub(crate) fn quote_age(&self, unix_ms: u64, server_ms: u64) -> u64 {
        let Some(quote) = &self.quote else { return 0 };
        let received = quote.get("received_ms").and_then(Value::as_u64);
        let created = quote.get("created_at").and_then(Value::as_str).and_then(parse_rfc3339);
        let since_received = received.map_or(0, |at| unix_ms.saturating_sub(at));
        since_received.max(created.map_or(0, |at| server_ms.saturating_sub(at)))
    }

    /// What is wrong with these options for a read or a write, if anything.
    pub(crate) fn check(&self, reads: bool, commits: bool) -> Result<(), (&'static str, &'static str)> {
        if self.deadline_ms == Some(0) {
            return Err(("deadline_ms", must_be("deadline_ms")));
        }
        if self.attempt_timeout_ms == Some(0) {
            return Err(("attempt_timeout_ms", must_be("attempt_timeout_ms")));
        }
        if self.quote.is_some() && !commits {
            return Err(("quote", "belongs to a commit, leave it out here"));
        }
        for (name, value) in
            [("if_none_match", &self.if_none_match), ("if_modified_since", &self.if_modified_since)]
        {
            match value {
                Some(_) if !reads => return Err((name, "belongs to a read, leave it out here")),
                Some(text) if text.is_empty() || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) => {
                    return Err((name, must_be(name)));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
