//! Plays a story against a sandbox through the typed client. What the steps work with is in
//! `scene`, which method a name means in `dispatch`, how time passes in `virtual_time`.

use crate::ended::{done, journal, judge, untouched};
use crate::scene::{Saved, Scene, untyped};
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::border;
use cryptopay_core::call::pending::Record;
use cryptopay_core::step::Step;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::task::JoinSet;

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

impl Scene {
    async fn step(&mut self, step: &Value) -> Result<()> {
        let together = list(step, "parallel");
        if together.is_empty() {
            let _running = self.time.running();
            let saved = self.one(step).await?;
            self.saved.extend(self.judged(step, saved)?);
            return Ok(());
        }
        let mut running = JoinSet::new();
        let times = step.get("times").map_or(Some(1), Value::as_u64).context("times is a number")?;
        let counted: Vec<_> =
            (0..times).flat_map(|_| together).map(|step| (step, self.time.running())).collect();
        for (step, counted) in counted {
            let (mut scene, step) = (self.clone(), step.clone());
            running.spawn(async move {
                let _counted = counted;
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
                let told: Value = serde_json::from_str(&border::text(&Step::Done(Box::new(Err(error)))))?;
                let told = told.get("done").cloned().unwrap_or_default();
                plain(told.get("error").cloned().unwrap_or_default(), told)
            }
        })
    }
}
