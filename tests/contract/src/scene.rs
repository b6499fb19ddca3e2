//! What a story has at hand: the client, the clocks, the sandbox and what was saved. Which steps there are is decided in
//! `scenario`.

use crate::came::{AsQuote, Came, Client};
use crate::dispatch::dispatch;
use crate::virtual_time::VirtualTime;
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::call::pending::Record;
use cryptopay_core::callback::verify;
use cryptopay_core::environment::Environment;
use cryptopay_core::error::ApiError;
use cryptopay_core::face::{CallOptions, Cryptopay};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::secret::Secret;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::{Options as SandboxOptions, Sandbox};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a step needs; clones share the client and copy what was saved.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) client: Client,
    pub(crate) time: VirtualTime,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) saved: BTreeMap<String, Saved>,
    pub(crate) abandoned: Arc<Mutex<Vec<Record>>>,
    pub(crate) callbacks: usize,
}

/// What a text such as `$w.id` (of the value), `$w@etag` (of the ending) or a quote `$w` stands for.
#[derive(Clone)]
pub(crate) struct Saved {
    pub(crate) value: Value,
    pub(crate) done: Value,
    pub(crate) came: Value,
    pub(crate) quote: Option<AsQuote>,
}

impl Scene {
    pub(crate) async fn open(story: &Value) -> Result<Self> {
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
                ("deadline_ms", Some(n)) => builder.timeout(Duration::from_millis(n)),
                ("attempt_timeout_ms", Some(n)) => builder.attempt_timeout(Duration::from_millis(n)),
                ("rate_limit", _) => builder.rate_limit(whole.map(u32::try_from).transpose()?),
                ("max_body", Some(n)) => builder.max_body(n.try_into()?),
                ("api_key" | "api_secret", None) => builder,
                _ => bail!("the client has no setting {name}"),
            };
        }
        let fetch = ReqwestFetch::new().map_err(|error| anyhow!("{error}"))?;
        let client = builder.build_over(fetch, time.clone())?;
        Ok(Self { client, time, sandbox, saved: BTreeMap::new(), abandoned, callbacks: 0 })
    }

    pub(crate) async fn call(
        &self,
        name: &str,
        params: Map<String, Value>,
        options: Option<&Value>,
        take: Option<usize>,
    ) -> Result<Result<Came, ApiError>> {
        let mut set = CallOptions::new();
        for (name, value) in options.and_then(Value::as_object).into_iter().flatten() {
            let ms = || value.as_u64().map(Duration::from_millis).context("is no number");
            set = match name.as_str() {
                "deadline_ms" => set.timeout(ms()?),
                "attempt_timeout_ms" => set.attempt_timeout(ms()?),
                "max_retries" => set.max_retries(value.as_u64().context("is no number")?.try_into()?),
                "custom_id" => set.generated_custom_id(value.get("generated") == Some(&Value::Bool(true))),
                "quote" => {
                    let saved = value.as_str().and_then(|text| self.saved.get(text.strip_prefix('$')?));
                    let quote = saved.and_then(|saved| saved.quote.as_ref()).context("no such quote")?;
                    quote(set)
                }
                "if_none_match" => set.if_none_match(text_of(&self.filled(value)?)?),
                "if_modified_since" => set.if_modified_since(text_of(&self.filled(value)?)?),
                _ => bail!("a call has no option {name}"),
            };
        }
        dispatch(&self.client.with(set), name, params, take).await
    }

    /// The next callback, verified.
    pub(crate) fn callback(&mut self) -> Result<Value> {
        let all = self.sandbox.callbacks();
        let next = all.get(self.callbacks).context("there is no other callback")?;
        self.callbacks += 1;
        let text = |name: &str| next.get(name).and_then(Value::as_str).unwrap_or_default();
        let secret = Secret::new("callback_secrets", &self.sandbox.callback_secret)?;
        let event = verify(text("body").as_bytes(), Some(text("signature")), &[secret])?.event;
        let value: Value = serde_json::from_str(text("body"))?;
        Ok(json!({"type": event.kind, "event": event.event, "value": value}))
    }

    pub(crate) fn value_of(&self, text: &str) -> Result<Value> {
        let (_, text) = text.split_at(1);
        let (name, path) = text.split_once(['.', '@']).unwrap_or((text, ""));
        let saved = self.saved.get(name).with_context(|| format!("nothing is saved as {name}"))?;
        let from = if text.contains('@') { &saved.done } else { &saved.value };
        let place: String =
            path.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
        from.pointer(&place).cloned().with_context(|| format!("{text} is not in {from}"))
    }

    pub(crate) fn filled(&self, value: &Value) -> Result<Value> {
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

fn text_of(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("is no text")
}

/// An outcome without a model.
pub(crate) fn untyped(outcome: Outcome) -> Came {
    let value = outcome.data().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    Came { value, outcome: Some(outcome), quote: None }
}
