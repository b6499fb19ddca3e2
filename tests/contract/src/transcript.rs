//! Plays a transcript: whole calls as events and steps, through the text border that every language uses.

use crate::compare::{differences, same_ending};
use crate::given::{config, event};
use crate::spelled::{slice, spell_out};
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::border;
use cryptopay_core::call::Call;
use cryptopay_core::client::Client;
use cryptopay_core::step::Step;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The entropy of a start that names none.
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
    for (index, line) in lines.iter().enumerate() {
        let found = play.line(transcript, line).unwrap_or_else(|error| vec![error.to_string()]);
        if !found.is_empty() {
            bail!("  line {}: {}\n  in {line}", index + 1, found.join("\n"));
        }
    }
    for (name, expected) in transcript.get("ends").and_then(Value::as_object).into_iter().flatten() {
        let done = play.running.get(name).map_or(Value::Null, |running| running.done.clone());
        let (expected, answered) = (json!({ "done": expected }), json!({ "done": done }));
        let found = differences(&expected, &answered);
        if !found.is_empty() || !same_ending(&expected, &answered) {
            bail!("  call {name} ends: expected {expected}, got {answered}\n{}", found.join("\n"));
        }
    }
    Ok(())
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
        let answered = serde_json::from_str(&border::text(&step))?;
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
        answered.get_mut("fetch").into_iter().for_each(spell_out);
        if let Some(done) = answered.get_mut("done").and_then(Value::as_object_mut) {
            for (name, range) in [("value", "data"), ("meta", "meta")] {
                let part = slice(&running.body, done.get(range).unwrap_or(&Value::Null));
                done.insert(name.into(), part);
            }
        }
        running.record = match answered.pointer("/done/error/record").or(answered.pointer("/done/record")) {
            Some(record) if !record.is_null() => record.clone(),
            _ => pending.clone(),
        };
        for (kept, name) in [(&mut running.fetch, "fetch"), (&mut running.done, "done")] {
            if let Some(came) = answered.get(name) {
                kept.clone_from(came);
            }
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
        let beside = json!({ "misuse": answered.get("misuse"), "pending": pending });
        for name in ["misuse", "pending"] {
            if let Some(expected) = line.get(name) {
                found.extend(differences(&json!({ name: expected }), &beside));
            }
        }
        found
    }
}
