//! What a transcript gives: the settings of its client, and the event of a line with the body beside it.

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The client's configuration, with what every story leaves to the runner.
pub(crate) fn config(given: Option<&Value>) -> Value {
    let mut config = json!({"environment": "sandbox", "api_key": "key", "api_secret": "secret"});
    if let (Some(config), Some(Value::Object(given))) = (config.as_object_mut(), given) {
        for (name, value) in given {
            config
                .insert(if name == "base_url" { "environment".into() } else { name.clone() }, value.clone());
        }
    }
    config
}

/// The event of a line, and the body that comes beside it.
pub(crate) fn event(line: &Value, unix_ms: i64, tick_ms: i64) -> Result<(Value, Vec<u8>)> {
    let mut event = json!({"unix_ms": unix_ms.max(0), "tick_ms": tick_ms});
    let mut body = Vec::new();
    let members = event.as_object_mut().context("no event")?;
    for name in ["failed", "woken", "cancelled", "permitted", "permit_failed"] {
        if let Some(value) = line.get(name) {
            members.insert(name.into(), value.clone());
        }
    }
    if let Some(response) = line.get("response") {
        body = match (response.get("json"), response.get("text"), response.get("hex")) {
            (Some(json), ..) => json.to_string().into_bytes(),
            (_, Some(text), _) => text.as_str().unwrap_or_default().as_bytes().to_vec(),
            (.., Some(hex)) => unhex(hex.as_str().unwrap_or_default())?,
            _ => Vec::new(),
        };
        let headers: Vec<Value> = response
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| json!([name.to_lowercase(), value]))
            .collect();
        members.insert("response".into(), json!({"status": response.get("status"), "headers": headers}));
    }
    Ok((event, body))
}

/// Bytes written as hex digits.
///
/// # Errors
/// When a character is no hex digit.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>> {
    text.as_bytes().chunks(2).map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}
