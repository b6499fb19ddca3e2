//! Reads a request as loosely as the real API seems to: four official clients write the same thing in four ways.
//!
//! Numbers become their own text (amounts are exact and never pass through a float), the few integers and booleans
//! become what they mean, times become RFC 3339. What cannot be read at all is refused here; what can be read and is
//! wrong keeps its text, for the world to refuse.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::dates;
use crate::routes::percent_decoded;

/// JSON nested deeper than this is malformed.
const DEEPEST: usize = 32;
const BOOLEANS: [&str; 5] = [
    "force_commit",
    "travel_rule_compliant",
    "amount_includes_processing_fee",
    "amount_includes_network_fee",
    "all_networks",
];
const INTEGERS: [&str; 1] = ["period_quantity"];
const TIMES: [&str; 3] = ["starts_at", "created_at_from", "created_at_to"];

/// The fields of a body; none for an empty one.
///
/// # Errors
/// A sentence for a body that is no JSON object, or that is not said to be JSON.
pub(crate) fn body(bytes: &[u8], content_type: &str) -> Result<Map<String, Value>, String> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(format!("a body must be application/json, not {media_type:?}"));
    }
    let raw: &RawValue =
        serde_json::from_slice(bytes).map_err(|wrong| format!("the body is not JSON: {wrong}"))?;
    match value("", raw, 0)? {
        Value::Object(fields) => Ok(fields),
        _ => Err("the body must be a JSON object".to_owned()),
    }
}

/// The decoded pairs of a query; `+` is a space.
///
/// # Errors
/// A sentence for an escape that is cut short or hides no text.
pub(crate) fn query(text: &str) -> Result<Vec<(String, String)>, String> {
    let decoded = |text: &str| {
        percent_decoded(&text.replace('+', " "))
            .ok_or_else(|| format!("the query part {text:?} is badly encoded"))
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            let value = match coerced(&name, &value) {
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
                None => value,
            };
            Ok((name, value))
        })
        .collect()
}

fn value(name: &str, raw: &RawValue, depth: usize) -> Result<Value, String> {
    let text = raw.get();
    if depth > DEEPEST {
        return Err("the body is nested too deeply".to_owned());
    }
    let malformed = |wrong: serde_json::Error| format!("the body is not JSON: {wrong}");
    let read = match text.as_bytes().first() {
        Some(b'{') => {
            let Fields(fields) = serde_json::from_str(text).map_err(malformed)?;
            let fields =
                fields.into_iter().map(|(name, raw)| Ok((name.clone(), value(&name, raw, depth + 1)?)));
            return fields.collect::<Result<_, String>>().map(Value::Object);
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(malformed)?;
            let items = items.into_iter().map(|raw| value("", raw, depth + 1));
            return items.collect::<Result<_, String>>().map(Value::Array);
        }
        Some(b'-' | b'0'..=b'9') => text.to_owned(),
        Some(b'"') => serde_json::from_str(text).map_err(malformed)?,
        _ => return serde_json::from_str(text).map_err(malformed),
    };
    // Only the fields of the request itself have types of their own: what `metadata` holds is the caller's.
    let typed = if depth == 1 { coerced(name, &read) } else { None };
    Ok(typed.unwrap_or(Value::String(read)))
}

/// What a text means in a field that holds no text; `None` if it has no other meaning.
fn coerced(name: &str, text: &str) -> Option<Value> {
    if BOOLEANS.contains(&name) {
        match text {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        }
    } else if INTEGERS.contains(&name) {
        text.parse::<i64>().ok().map(Value::from)
    } else if TIMES.contains(&name) {
        let unix_ms = u64::try_from(dates::parse(text)?).ok()?;
        Some(Value::String(dates::rfc_3339(unix_ms)))
    } else {
        None
    }
}

/// The fields of an object with their source text; of two equal names the later one counts.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Fields<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Value, String> {
        body(text.as_bytes(), "application/json").map(Value::Object)
    }

    #[test]
    fn numbers_keep_their_own_text() {
        assert_eq!(
            read(r#"{"price_amount":100.10,"a":12345678901234567890.123456789,"b":1E+2,"c":-0.0,"d":{"e":[7]}}"#).unwrap(),
            json!({"price_amount": "100.10", "a": "12345678901234567890.123456789", "b": "1E+2", "c": "-0.0", "d": {"e": ["7"]}})
        );
    }

    #[test]
    fn booleans_and_integers_may_be_text() {
        let wanted = json!({"force_commit": false, "period_quantity": 1});
        for text in [
            r#"{"force_commit":"false","period_quantity":"1"}"#,
            r#"{"force_commit":false,"period_quantity":1}"#,
            r#"{"force_commit":0,"period_quantity":"1"}"#,
        ] {
            assert_eq!(read(text).unwrap(), wanted);
        }
        assert_eq!(read(r#"{"force_commit":"maybe"}"#).unwrap(), json!({"force_commit": "maybe"}));
    }

    #[test]
    fn times_become_rfc_3339_and_other_texts_stay() {
        assert_eq!(
            read(
                r#"{"starts_at":"2023-07-24 08:46:28 UTC","name":"2023-07-24 08:46:28 UTC","custom_id":"1"}"#
            )
            .unwrap(),
            json!({"starts_at": "2023-07-24T08:46:28+00:00", "name": "2023-07-24 08:46:28 UTC", "custom_id": "1"})
        );
        assert_eq!(read(r#"{"starts_at":"tomorrow"}"#).unwrap(), json!({"starts_at": "tomorrow"}));
    }

    #[test]
    fn what_metadata_holds_stays_text() {
        let text =
            r#"{"metadata":{"force_commit":"1","period_quantity":2,"starts_at":"2023-07-24 08:46:28 UTC"}}"#;
        assert_eq!(
            read(text).unwrap()["metadata"],
            json!({"force_commit": "1", "period_quantity": "2", "starts_at": "2023-07-24 08:46:28 UTC"})
        );
    }

    #[test]
    fn an_empty_body_and_an_empty_object_are_no_fields() {
        for text in ["", " \n", "{}", " {} "] {
            assert_eq!(read(text).unwrap(), json!({}));
        }
        assert_eq!(body(b"", "text/plain").unwrap(), Map::new());
        assert_eq!(read(r#"{"a":null,"a":"later"}"#).unwrap(), json!({"a": "later"}));
    }

    #[test]
    fn malformed_bodies_are_refused() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let deep_field = format!("{{\"a\":{deep}}}");
        for text in [
            "{",
            "[]",
            "null",
            "1",
            "\"x\"",
            "{\"a\":01}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":1}x",
            &deep,
            &deep_field,
        ] {
            assert!(read(text).is_err(), "{:.20}", text);
        }
        assert!(body(b"\xff", "application/json").is_err());
        assert!(body(b"a=1", "application/x-www-form-urlencoded").unwrap_err().contains("application/json"));
        assert!(body(b"{}", "application/json; charset=utf-8").is_ok());
    }

    #[test]
    fn queries_are_decoded_and_their_booleans_and_times_read() {
        let text =
            "all_networks=1&created_at_from=2023-07-01T00:00:00+00:00&currency=E%55R&x=a+b&flag&&y=%2B";
        let pairs = query(text).unwrap();
        let wanted = [
            ("all_networks", "true"),
            ("created_at_from", "2023-07-01T00:00:00+00:00"),
            ("currency", "EUR"),
            ("x", "a b"),
            ("flag", ""),
            ("y", "+"),
        ];
        assert_eq!(pairs, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(query("a=%e").is_err());
    }
}
