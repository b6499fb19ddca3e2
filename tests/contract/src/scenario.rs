//! Plays a story against a sandbox through the typed client. Which method a name means is decided in `dispatch`, how time
//! passes in `virtual_time`.

use crate::compare::differences;
use crate::dispatch::{AsQuote, Came, Client, dispatch};
use crate::virtual_time::VirtualTime;
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::call::options::Options;
use cryptopay_core::call::pending::Record;
use cryptopay_core::callback::verify;
use cryptopay_core::environment::Environment;
use cryptopay_core::error::ApiError;
use cryptopay_core::face::{CallOptions, Cryptopay};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::secret::Secret;
use cryptopay_core::step::Step;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::{Options as SandboxOptions, Sandbox};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// What a step needs; clones share the client and copy what was saved.
#[derive(Clone)]
struct Scene {
    client: Client,
    time: VirtualTime,
    sandbox: Arc<Sandbox>,
    saved: BTreeMap<String, Saved>,
    abandoned: Arc<Mutex<Vec<Record>>>,
    callbacks: usize,
}

/// What a text such as `$w.id` (of the value), `$w@etag` (of the ending) or a quote `$w` stands for.
#[derive(Clone)]
struct Saved {
    value: Value,
    done: Value,
    came: Value,
    quote: Option<AsQuote>,
}

/// Plays one story.
///
/// # Errors
/// The first step that came out differently, or the journal.
pub async fn play(story: &Value) -> Result<()> {
    play_and_keep(story).await.map(drop)
}

/// Plays one story, and hands back the untouched `data` and `meta` of every answer that it saved.
///
/// # Errors
/// The first step that came out differently, or the journal.
pub async fn play_and_keep(story: &Value) -> Result<BTreeMap<String, Value>> {
    let mut scene = Scene::open(story).await?;
    for (index, step) in list(story, "do").iter().enumerate() {
        scene.step(step).await.with_context(|| format!("step {}: {step}", index + 1))?;
    }
    let kept = scene.saved.iter().map(|(name, saved)| (name.clone(), saved.came.clone())).collect();
    let Some(expected) = story.get("journal") else { return Ok(kept) };
    let mut found = Vec::new();
    // The last entries of requests that nobody waits for any more are closed a moment later.
    for _ in 0..50 {
        found = journal(expected, &scene.sandbox.journal());
        if found.is_empty() {
            return Ok(kept);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("journal: {}", found.join("\n"))
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn journal(expected: &Value, came: &Value) -> Vec<String> {
    let part = |entry: &Value, name: &str| entry.get(name).filter(|value| !value.is_null()).cloned();
    let entry = |entry: &Value| {
        json!([part(entry, "operation"), part(entry, "fault").or_else(|| part(entry, "status"))])
    };
    let mut came: Vec<Value> = came.as_array().into_iter().flatten().map(entry).collect();
    let Some(unordered) = expected.get("unordered") else {
        return differences(expected, &Value::Array(came));
    };
    let mut expected = unordered.as_array().cloned().unwrap_or_default();
    expected.sort_by_key(Value::to_string);
    came.sort_by_key(Value::to_string);
    differences(&Value::Array(expected), &Value::Array(came))
}

impl Scene {
    async fn open(story: &Value) -> Result<Self> {
        let number = |place: &str| story.pointer(place).and_then(Value::as_u64);
        let mut options = SandboxOptions { seed: number("/sandbox/seed").unwrap_or(7), ..Default::default() };
        if let Some(limit) = number("/sandbox/rate_limit") {
            options.rate_limit = limit.try_into()?;
        }
        let sandbox = Arc::new(Sandbox::start(options).await.map_err(|error| anyhow!("{error}"))?);
        for name in ["quirks", "key"] {
            if let Some(body) = story.pointer(&format!("/sandbox/{name}")) {
                sandbox.control("POST", name, body).await.map_err(|sentence| anyhow!(sentence))?;
            }
        }
        let (time, abandoned) = (VirtualTime::of(Arc::clone(&sandbox)), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&abandoned);
        let text = |place: &str| story.pointer(place).and_then(Value::as_str);
        let mut builder = Cryptopay::builder(Environment::parse(sandbox.url())?)
            .api_key(text("/client/api_key").unwrap_or(&sandbox.api_key))
            .api_secret(text("/client/api_secret").unwrap_or(&sandbox.api_secret))
            .on_abandoned(move |record| kept.lock().unwrap_or_else(PoisonError::into_inner).push(record));
        for (name, value) in story.get("client").and_then(Value::as_object).into_iter().flatten() {
            let whole = value.as_u64();
            builder = match (name.as_str(), whole) {
                ("max_retries", Some(n)) => builder.max_retries(n.try_into()?),
                ("deadline_ms", Some(n)) => builder.deadline(Duration::from_millis(n)),
                ("attempt_timeout_ms", Some(n)) => builder.attempt_timeout(Duration::from_millis(n)),
                ("rate_limit", Some(n)) => builder.rate_limit(Some(n.try_into()?).filter(|limit| *limit > 0)),
                ("max_body", Some(n)) => builder.max_body(n.try_into()?),
                ("api_key" | "api_secret", None) => builder,
                _ => bail!("the client has no setting {name}"),
            };
        }
        let fetch = ReqwestFetch::new().map_err(|error| anyhow!("{error}"))?;
        let client = builder.build_over(fetch, time.clone())?;
        Ok(Self { client, time, sandbox, saved: BTreeMap::new(), abandoned, callbacks: 0 })
    }

    async fn step(&mut self, step: &Value) -> Result<()> {
        let together = list(step, "parallel");
        if together.is_empty() {
            let saved = self.one(step).await?;
            self.saved.extend(self.judged(step, saved)?);
            return Ok(());
        }
        let mut running = JoinSet::new();
        for step in together {
            let (mut scene, step) = (self.clone(), step.clone());
            running.spawn(async move {
                let saved = scene.one(&step).await?;
                scene.judged(&step, saved)
            });
        }
        while let Some(ended) = running.join_next().await {
            self.saved.extend(ended??);
        }
        Ok(())
    }

    /// What a step saves, when it ended as it should.
    fn judged(&self, step: &Value, saved: Saved) -> Result<Option<(String, Saved)>> {
        judge(&self.filled(step.get("expect").unwrap_or(&Value::Null))?, &saved.done)?;
        Ok(step.get("save").and_then(Value::as_str).map(|name| (name.to_owned(), saved)))
    }

    /// One step: how it ended, with what there is to save.
    async fn one(&mut self, step: &Value) -> Result<Saved> {
        let plain = |value: Value, done: Value| Saved { value, done, came: Value::Null, quote: None };
        let text = |name: &str| step.get(name).and_then(Value::as_str);
        if let Some(asked) = text("control") {
            let (method, name) = asked.split_once(' ').context("control is a method and a name")?;
            let body = self.filled(step.get("json").unwrap_or(&Value::Null))?;
            if let (Some(ms), "clock") = (body.get("advance_ms").and_then(Value::as_u64), name) {
                self.time.pass(ms).await;
                return Ok(plain(Value::Null, json!({})));
            }
            let answer =
                self.sandbox.control(method, name, &body).await.map_err(|sentence| anyhow!(sentence))?;
            return Ok(plain(answer, json!({})));
        }
        if step.get("callback").is_some() {
            let callback = self.callback()?;
            return Ok(plain(callback.clone(), callback));
        }
        let came = if let Some(record) = text("resolve") {
            let record = Record::from_json(&self.value_of(record)?).map_err(|sentence| anyhow!(sentence))?;
            self.client.resolve(&record).await.map(untyped)
        } else {
            let (name, take) = (text("call").or(text("list")), step.get("take").and_then(Value::as_u64));
            let (name, take) = (name.context("an unknown step")?, take.map(usize::try_from).transpose()?);
            let params = self.filled(step.get("params").unwrap_or(&json!({})))?;
            let params = params.as_object().cloned().context("params is an object")?;
            let calling = self.call(name, params, step.get("options"), take);
            match step.get("cancel_after_ms").and_then(Value::as_u64) {
                None => calling.await?,
                Some(ms) => match tokio::time::timeout(Duration::from_millis(ms), calling).await {
                    Ok(came) => came?,
                    Err(_) => {
                        let record = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner).pop();
                        let record = record.map(|record| record.to_json());
                        return Ok(plain(json!({"record": record}), json!({"cancelled": true})));
                    }
                },
            }
        };
        Ok(match came {
            Ok(came) => {
                let answer = came.outcome.as_ref().map(untouched).unwrap_or_default();
                Saved { done: done(&came), came: answer, value: came.value, quote: came.quote }
            }
            Err(error) => {
                let told = serde_json::to_value(Step::Done(Box::new(Err(error))))?;
                let told = told.get("done").cloned().unwrap_or_default();
                plain(told.get("error").cloned().unwrap_or_default(), told)
            }
        })
    }

    async fn call(
        &self,
        name: &str,
        params: Map<String, Value>,
        options: Option<&Value>,
        take: Option<usize>,
    ) -> Result<Result<Came, ApiError>> {
        let given =
            |name: &str| options.and_then(|options| options.get(name)).filter(|value| !value.is_null());
        if let Some(options) =
            options.filter(|_| given("if_none_match").or(given("if_modified_since")).is_some())
        {
            let options = Options::from_json(&self.filled(options)?).map_err(|wrong| anyhow!("{wrong:?}"))?;
            return Ok(self.client.call(name, params, &options).await.map(untyped));
        }
        let mut set = CallOptions::new();
        for (name, value) in options.and_then(Value::as_object).into_iter().flatten() {
            let ms = || value.as_u64().map(Duration::from_millis).context("is no number");
            set = match name.as_str() {
                "deadline_ms" => set.deadline(ms()?),
                "attempt_timeout_ms" => set.attempt_timeout(ms()?),
                "max_retries" => set.max_retries(value.as_u64().context("is no number")?.try_into()?),
                "custom_id" => set.generated_custom_id(value.get("generated") == Some(&Value::Bool(true))),
                "quote" => {
                    let saved = value.as_str().and_then(|text| self.saved.get(text.strip_prefix('$')?));
                    let quote = saved.and_then(|saved| saved.quote.as_ref()).context("no such quote")?;
                    quote(set)
                }
                _ => bail!("a call has no option {name}"),
            };
        }
        dispatch(&self.client.with(set), name, params, take).await
    }

    /// The next callback, verified.
    fn callback(&mut self) -> Result<Value> {
        let all = self.sandbox.callbacks();
        let next = all.get(self.callbacks).context("there is no other callback")?;
        self.callbacks += 1;
        let text = |name: &str| next.get(name).and_then(Value::as_str).unwrap_or_default();
        let secret = Secret::new("callback_secrets", &self.sandbox.callback_secret)?;
        let event = verify(text("body").as_bytes(), Some(text("signature")), &[secret])?.event;
        let value: Value = serde_json::from_str(text("body"))?;
        Ok(json!({"type": event.kind, "event": event.event, "value": value}))
    }

    fn value_of(&self, text: &str) -> Result<Value> {
        let (_, text) = text.split_at(1);
        let (name, path) = text.split_once(['.', '@']).unwrap_or((text, ""));
        let saved = self.saved.get(name).with_context(|| format!("nothing is saved as {name}"))?;
        let from = if text.contains('@') { &saved.done } else { &saved.value };
        let place: String =
            path.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
        from.pointer(&place).cloned().with_context(|| format!("{text} is not in {from}"))
    }

    fn filled(&self, value: &Value) -> Result<Value> {
        Ok(match value {
            Value::String(text) if text.starts_with('$') => self.value_of(text)?,
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect::<Result<_>>()?,
            Value::Object(members) => {
                let filled = members.iter().map(|(name, value)| Ok((name.clone(), self.filled(value)?)));
                Value::Object(filled.collect::<Result<_>>()?)
            }
            other => other.clone(),
        })
    }
}

/// What the API answered, before any model read it.
fn untouched(outcome: &Outcome) -> Value {
    let read = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let parts = [("data", read(outcome.data())), ("meta", read(outcome.meta()))];
    parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

fn untyped(outcome: Outcome) -> Came {
    let value = outcome.data().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    Came { value, outcome: Some(outcome), quote: None }
}

fn done(came: &Came) -> Value {
    let told = came.outcome.clone().map(|outcome| serde_json::to_value(Step::Done(Box::new(Ok(outcome)))));
    let mut done = told.and_then(Result::ok).and_then(|told| told.get("done").cloned()).unwrap_or(json!({}));
    if let Some(members) = done.as_object_mut() {
        members.insert("count".into(), came.value.as_array().map(Vec::len).into());
        let meta = came.outcome.as_ref().and_then(|outcome| serde_json::from_str(outcome.meta()?).ok());
        members.insert("meta".into(), meta.unwrap_or_default());
        members.insert("value".into(), came.value.clone());
    }
    done
}

/// A step that expects neither an error nor a resolution nor a cancellation must succeed.
fn judge(expected: &Value, done: &Value) -> Result<()> {
    let mut found = if expected.is_null() { Vec::new() } else { differences(expected, done) };
    let told = |value: &Value, name: &str| value.get(name).is_some_and(|value| !value.is_null());
    let endings = ["error", "resolved", "cancelled"];
    if endings.iter().any(|name| told(expected, name) != told(done, name)) {
        found.push(format!("it ended with {done}"));
    }
    if found.is_empty() { Ok(()) } else { bail!("{}", found.join("\n")) }
}
