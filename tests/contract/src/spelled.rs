//! What a transcript may say of a request and of an answer's body, spelled out from what crosses the border.

use serde_json::{Map, Value};

/// Adds what a transcript may say of a request: path, route, query, headers by name, body as JSON.
pub(crate) fn spell_out(fetch: &mut Value) {
    let url = fetch.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let rest = url.splitn(4, '/').nth(3).unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query: Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value).into()))
        .collect();
    let headers: Map<String, Value> = fetch
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_lowercase(), pair.get(1)?.clone())))
        .collect();
    let body = fetch.get("body").and_then(Value::as_str).and_then(|body| serde_json::from_str(body).ok());
    let path = format!("/{path}");
    if let Some(fetch) = fetch.as_object_mut() {
        fetch.insert(
            "path".into(),
            if query.is_empty() {
                path.clone()
            } else {
                format!("{path}?{}", url.split_once('?').map_or("", |(_, query)| query))
            }
            .into(),
        );
        fetch.insert("route".into(), path.into());
        fetch.insert("query".into(), Value::Object(query));
        fetch.insert("headers".into(), Value::Object(headers));
        fetch.insert("body".into(), body.unwrap_or(Value::Null));
    }
}

/// Percent-decoded text.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits: Vec<u8> = rest.by_ref().take(2).collect();
            let digits = String::from_utf8_lossy(&digits).into_owned();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The part of a body that a range names, as JSON.
pub(crate) fn slice(body: &[u8], range: &Value) -> Value {
    let bound = |index| range.get(index).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match (bound(0), bound(1)) {
        (Some(start), Some(end)) => body
            .get(start..end)
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_else(|| "a range outside of the body".into()),
        _ => Value::Null,
    }
}
