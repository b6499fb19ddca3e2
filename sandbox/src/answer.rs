//! What goes into the world and what comes out of it: one request that passed the gate, one answer.
//!
//! Reading leniently (numbers as amounts, text as booleans) and routing happen before, writing the bytes after.

use serde_json::{Map, Value, json};

use crate::refusal::{Detail, Refusal};

/// A request whose operation is known.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// For instance `coin_withdrawals.create`.
    pub operation: &'static str,
    /// Decoded path parameters, by the names of the API's paths (`invoice_id`).
    pub path: Vec<(&'static str, String)>,
    /// Decoded query.
    pub query: Vec<(String, String)>,
    /// The JSON body, empty when there was none.
    pub body: Map<String, Value>,
    /// Reads see every object as it was at this sandbox time (ms); `None`: as it is.
    pub as_of_ms: Option<u64>,
}

/// A success.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// 200 or 201.
    pub status: u16,
    /// The `data` member.
    pub data: Value,
    /// The `meta` member of paginated lists.
    pub meta: Option<Value>,
}

impl Answer {
    /// 200 with one object.
    pub(crate) fn ok(data: Value) -> Self {
        Self { status: 200, data, meta: None }
    }

    /// 201 with the new object.
    pub(crate) fn created(data: Value) -> Self {
        Self { status: 201, data, meta: None }
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        match &self.meta {
            Some(meta) => json!({"data": self.data, "meta": meta}),
            None => json!({"data": self.data}),
        }
    }
}

impl Incoming {
    /// A decoded path parameter.
    pub(crate) fn path_text(&self, name: &str) -> Result<&str, Refusal> {
        let found = self.path.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(Refusal::not_found)
    }

    /// A path parameter that must be a UUID.
    pub(crate) fn path_uuid(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.path_text(name)?;
        if is_uuid(value) { Ok(value) } else { Err(Detail::must_be_uuid(name).into()) }
    }

    /// A query parameter; an empty one counts as absent.
    pub(crate) fn query_text(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Whether a text has the form of a UUID (8-4-4-4-12 hex digits).
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, letter)| match index {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_a_uuid() {
        assert!(is_uuid("cfc93c44-fef3-4ccc-ac8f-090f8e702006"));
        for wrong in ["", "cfc93c44fef34cccac8f090f8e702006", "cfc93c44-fef3-4ccc-ac8f-090f8e70200g", "é"] {
            assert!(!is_uuid(wrong), "{wrong}");
        }
    }

    #[test]
    fn meta_is_absent_unless_the_list_is_paginated() {
        assert_eq!(Answer::ok(json!([])).body(), json!({"data": []}));
    }
}
