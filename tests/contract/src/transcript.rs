//! Plays a transcript: whole calls as events and steps, through the text border that every language uses.

use crate::compare::differences;
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::border;
use cryptopay_core::call::Call;
use cryptopay_core::client::Client;
use cryptopay_core::step::Step;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The host's wall clock at `at` = 0, unless a transcript shifts it, is 0 too.
const ZEROS: &str = "00000000000000000000000000000000";

/// The calls of a transcript as they run.
struct Play {
    client: Client,
    running: BTreeMap<String, Running>,
    wall: i64,
}

struct Running {
    call: Call,
    /// The last response's body, which `data` points into.
    body: Vec<u8>,
    /// What `$name.pending` and `$name.record` stand for.
    record: Value,
    /// The request that waits for its answer.
    fetch: Value,
    /// How the call ended.
    done: Value,
}

/// Plays one transcript.
///
/// # Errors
/// Every line that came out differently.
pub fn play(transcript: &Value) -> Result<()> {
    let client = border::client(config(transcript.get("client")).to_string().as_bytes())
        .map_err(|error| anyhow!("client: {error}"))?;
    let wall = transcript.get("wall").and_then(Value::as_i64).unwrap_or(0);
    let mut play = Play { client, running: BTreeMap::new(), wall };
    let lines = transcript.get("play").and_then(Value::as_array).context("no play")?;
    let mut wrong = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        match play.line(transcript, line) {
            Ok(found) => wrong.extend(found.into_iter().map(|text| format!("  line {}: {text}", index + 1))),
            Err(error) => wrong.push(format!("  line {}: {error}", index + 1)),
        }
        if !wrong.is_empty() {
            bail!("{}\n  in {line}", wrong.join("\n"));
        }
    }
    for (name, expected) in transcript.get("ends").and_then(Value::as_object).into_iter().flatten() {
        let done = play.running.get(name).map_or(Value::Null, |running| running.done.clone());
        let (expected, answered) = (json!({ "done": expected }), json!({ "done": done }));
        let mut found = differences(&expected, &answered);
        if !same_ending(&expected, &answered) {
            found.push(format!("expected {expected}, got {answered}"));
        }
        if !found.is_empty() {
            bail!("  call {name} ends: {}", found.join("\n"));
        }
    }
    Ok(())
}

/// A `done` that names neither an error nor a resolution is a success of the call itself.
fn same_ending(expected: &Value, answered: &Value) -> bool {
    ["/done/error", "/done/resolved"].iter().all(|path| {
        expected.pointer(path).is_some() == answered.pointer(path).is_some_and(|value| !value.is_null())
    }) && answered.get("done").is_some_and(|done| !done.is_null())
}

fn config(given: Option<&Value>) -> Value {
    let mut config = json!({"environment": "sandbox", "api_key": "key", "api_secret": "secret"});
    if let (Some(config), Some(Value::Object(given))) = (config.as_object_mut(), given) {
        for (name, value) in given {
            config
                .insert(if name == "base_url" { "environment".into() } else { name.clone() }, value.clone());
        }
    }
    config
}

impl Play {
    fn line(&mut self, transcript: &Value, line: &Value) -> Result<Vec<String>> {
        let name = line.get("call").and_then(Value::as_str).unwrap_or("a").to_owned();
        let at = line.get("at").and_then(Value::as_i64).context("no 'at'")?;
        self.wall = line.get("wall").and_then(Value::as_i64).unwrap_or(self.wall);
        let (unix_ms, tick_ms) = (at + self.wall, at);
        let answered = if let Some(start) = line.get("start") {
            let asked = transcript.pointer(&format!("/calls/{name}")).context("no such call")?;
            let entropy = start.get("entropy").and_then(Value::as_str).unwrap_or(ZEROS);
            self.start(&name, asked, json!({"unix_ms": unix_ms, "tick_ms": tick_ms, "entropy": entropy}))?
        } else {
            let running = self.running.get_mut(&name).context("the call has not begun")?;
            let (event, body) = event(line, unix_ms, tick_ms)?;
            if line.get("response").is_some() {
                running.body.clone_from(&body);
            }
            serde_json::from_str(&border::advance(&mut running.call, event.to_string().as_bytes(), &body))?
        };
        Ok(self.judge(&name, line, answered))
    }

    fn start(&mut self, name: &str, asked: &Value, mut start: Value) -> Result<Value> {
        let members = start.as_object_mut().context("no start")?;
        members.insert("options".into(), asked.get("options").cloned().unwrap_or(Value::Null));
        let (call, step): (Call, Step) = if let Some(record) = asked.get("resolve") {
            let record = match record.as_str().and_then(|text| text.strip_prefix('$')?.split_once('.')) {
                Some((other, _)) => self.running.get(other).context("no such call")?.record.clone(),
                None => record.clone(),
            };
            members.insert("params".into(), record);
            border::resolve(&self.client, start.to_string().as_bytes())
        } else {
            members
                .insert("params".into(), asked.get("params").cloned().unwrap_or(Value::Object(Map::new())));
            let operation = asked.get("operation").and_then(Value::as_str).context("no operation")?;
            border::begin(&self.client, operation, start.to_string().as_bytes())
        };
        let answered = serde_json::to_value(&step)?;
        self.running.insert(
            name.into(),
            Running { call, body: Vec::new(), record: Value::Null, fetch: Value::Null, done: Value::Null },
        );
        Ok(answered)
    }

    fn judge(&mut self, name: &str, line: &Value, mut answered: Value) -> Vec<String> {
        let Some(running) = self.running.get_mut(name) else { return vec!["no such call".into()] };
        let mut found = Vec::new();
        if let Some(expected) = line.get("for") {
            found.extend(differences(&json!({ "for": expected }), &json!({ "for": running.fetch })));
        }
        let pending = running.call.pending().map_or(Value::Null, |record| record.to_json());
        if let Some(fetch) = answered.get_mut("fetch") {
            spell_out(fetch);
        }
        if let Some(done) = answered.get_mut("done") {
            let range = done.get("data").cloned().unwrap_or_default();
            let meta = done.get("meta").cloned().unwrap_or_default();
            if let Some(done) = done.as_object_mut() {
                done.insert("value".into(), slice(&running.body, &range));
                done.insert("meta".into(), slice(&running.body, &meta));
            }
        }
        running.record = match answered.pointer("/done/error/record").or(answered.pointer("/done/record")) {
            Some(record) if !record.is_null() => record.clone(),
            _ => pending.clone(),
        };
        if let Some(fetch) = answered.get("fetch") {
            running.fetch.clone_from(fetch);
        }
        if let Some(done) = answered.get("done") {
            running.done.clone_from(done);
        }
        if let Some(expected) = line.get("step") {
            found.extend(differences(expected, &answered));
            // Exactly the step that is named, not one beside it.
            let kind = |value: &Value| value.as_object().and_then(|map| map.keys().next().cloned());
            if kind(expected) != kind(&answered)
                || (expected.pointer("/done").is_some() && !same_ending(expected, &answered))
            {
                found = vec![format!("expected {expected}, got {answered}")];
            }
        }
        if let Some(expected) = line.get("misuse") {
            found.extend(differences(&json!({ "misuse": expected }), &answered));
        }
        if let Some(expected) = line.get("pending") {
            found.extend(differences(&json!({ "pending": expected }), &json!({ "pending": pending })));
        }
        found
    }
}

/// Adds what a transcript may say of a request: path, route, query, headers by name, body as JSON.
fn spell_out(fetch: &mut Value) {
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
#[must_use]
pub fn decode(text: &str) -> String {
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

fn slice(body: &[u8], range: &Value) -> Value {
    let bound = |index| range.get(index).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match (bound(0), bound(1)) {
        (Some(start), Some(end)) => body
            .get(start..end)
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_else(|| "a range outside of the body".into()),
        _ => Value::Null,
    }
}

/// The event of a line, and the body that comes beside it.
fn event(line: &Value, unix_ms: i64, tick_ms: i64) -> Result<(Value, Vec<u8>)> {
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
pub fn unhex(text: &str) -> Result<Vec<u8>> {
    text.as_bytes().chunks(2).map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}
