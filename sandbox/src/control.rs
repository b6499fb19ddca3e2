//! The control API under `/_sandbox/`: unsigned JSON, from this machine only, open to every page (CORS).
//!
//! It reads what is wanted and hands it on; bad input is a 400 with a sentence. What the words mean is decided in the
//! files that bear their names.

use std::net::IpAddr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderName,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::faults::Rule;
use crate::forward::{Failed, Forward};
use crate::gate::Key;
use crate::lenient;
use crate::payments::Payment;
use crate::reply::Reply;
use crate::server::Door;
use crate::wire::Severed;

const PREFIX: &str = "/_sandbox";
const ROUTES: &str = "POST reset, pay, clock, faults, quirks, key, forward; DELETE faults; GET faults, quirks, key, \
                      journal, ledger, callbacks";

/// The body of `POST /_sandbox/reset`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// The seed to start again from; absent: the last one.
    pub(crate) seed: Option<u64>,
}

/// The body of `POST /_sandbox/clock`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockChange {
    /// Lets this much sandbox time pass.
    pub advance_ms: Option<u64>,
    /// Makes the server's clock wrong by this much; replaces what was set before.
    pub skew_ms: Option<i64>,
}

/// The body of `POST /_sandbox/key`; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// `read`, `write`, a resource such as `invoices`, or one half of it such as `invoices.read`.
    pub permissions: Option<Vec<String>>,
    /// The addresses that may use the key; an empty list lets all of them.
    pub ips: Option<Vec<IpAddr>>,
}

/// Whether a path belongs to the control API.
pub(crate) fn is_for(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Bad input.
pub(crate) fn wrong(status: u16, sentence: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": "bad_request", "message": sentence}}))
}

/// Answers a control request; an error only if a forwarded request ended without an answer.
///
/// # Errors
/// The connection is to end.
pub(crate) async fn answer(
    door: &Door,
    ip: IpAddr,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<Reply, Severed> {
    let path = target.split('?').next().unwrap_or(target);
    let name = path.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let reply = if !ip.is_loopback() {
        wrong(403, "the control API answers this machine only")
    } else if method == "OPTIONS" {
        Reply::text(204, String::new()).header(ALLOW, "GET, POST, DELETE, OPTIONS")
    } else {
        match door.control(method, name, body).await {
            Ok(value) => door.json(&value),
            Err(Failed::Wrong(sentence)) if sentence.is_empty() => {
                wrong(404, &format!("there is no {method} {path}; there are {ROUTES}"))
            }
            Err(Failed::Wrong(sentence)) => wrong(400, &sentence),
            Err(Failed::Severed) => return Err(Severed),
        }
    };
    Ok(reply
        .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .header(ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS")
        .header(ACCESS_CONTROL_ALLOW_HEADERS, "*")
        .header(ACCESS_CONTROL_EXPOSE_HEADERS, "*")
        .header(ACCESS_CONTROL_MAX_AGE, "600")
        .header(HeaderName::from_static("access-control-allow-private-network"), "true"))
}

impl Door {
    /// Carries out one control request given as data: method, last part of the path, JSON.
    ///
    /// # Errors
    /// A sentence, empty if there is no such request; or a forwarded request that ended without an answer.
    pub(crate) async fn control(&self, method: &str, name: &str, body: &[u8]) -> Result<Value, Failed> {
        match (method, name) {
            ("POST", "reset") => {
                self.reset(read_or_default::<Reset>(body)?.seed);
                Ok(json!({}))
            }
            ("POST", "pay") => self.pay(body).map_err(Failed::Wrong),
            ("POST", "clock") => self.clock(read(body)?).await.map_err(Failed::Wrong),
            ("POST", "faults") => self.faults(rules(body)?).await.map_err(Failed::Wrong),
            ("DELETE", "faults") => {
                self.passing.state().faults.clear();
                Ok(json!([]))
            }
            ("GET", "faults") => Ok(self.passing.state().faults.to_json()),
            ("POST", "quirks") => self.quirks(&read(body)?).map_err(Failed::Wrong),
            ("GET", "quirks") => Ok(self.passing.state().quirks.to_json()),
            ("POST", "key") => self.key(read(body)?).map_err(Failed::Wrong),
            ("GET", "key") => self.key(KeyChange::default()).map_err(Failed::Wrong),
            ("POST", "forward") => read::<Forward>(body)?.send(self.address).await,
            ("GET", "journal") => Ok(self.journal()),
            ("GET", "ledger") => Ok(self.ledger()),
            ("GET", "callbacks") => Ok(self.callbacks()),
            _ => Err(Failed::Wrong(String::new())),
        }
    }

    /// Every request so far.
    pub(crate) fn journal(&self) -> Value {
        let mut state = self.passing.state();
        state.catch_up();
        state.journal.to_json()
    }

    /// Every movement of money so far.
    pub(crate) fn ledger(&self) -> Value {
        let mut state = self.passing.state();
        state.catch_up();
        state.world.ledger()
    }

    /// Every callback so far.
    pub(crate) fn callbacks(&self) -> Value {
        let mut state = self.passing.state();
        state.catch_up();
        state.world.callbacks()
    }

    fn pay(&self, body: &[u8]) -> Result<Value, String> {
        let fields = lenient::body(body, "application/json")?;
        let payment = Payment::read(&fields)?;
        let mut state = self.passing.state();
        state.catch_up();
        let clock = state.clock.clone();
        state.world.pay(&payment, &clock).map_err(|refusal| {
            let details: Vec<String> = refusal
                .details
                .iter()
                .map(|detail| format!(": {} {}", detail.target, detail.message))
                .collect();
            format!("the payment cannot be made: {}{}", refusal.message, details.concat())
        })
    }

    /// Lets time pass, or makes the server's clock wrong; gives both scales afterwards.
    ///
    /// # Errors
    /// A sentence if nothing was asked for.
    pub(crate) async fn clock(&self, change: ClockChange) -> Result<Value, String> {
        if change.advance_ms.is_none() && change.skew_ms.is_none() {
            return Err("clock takes advance_ms, skew_ms or both".to_owned());
        }
        if let Some(ms) = change.skew_ms {
            self.passing.state().clock.skew(ms);
        }
        if let Some(ms) = change.advance_ms {
            self.passing.advance(ms).await;
        }
        let state = self.passing.state();
        Ok(json!({"now_ms": state.clock.now_ms(), "wall_ms": state.clock.wall_ms()}))
    }

    /// Adds rules; gives all that stand. A refusal that acts at once has begun when this returns.
    ///
    /// # Errors
    /// A sentence that names the rule and what is wrong with it.
    pub(crate) async fn faults(&self, rules: Vec<Rule>) -> Result<Value, String> {
        let (refuse_now, standing) = {
            let mut state = self.passing.state();
            (state.faults.add(rules)?, state.faults.to_json())
        };
        if let Some(ms) = refuse_now {
            self.refuse(ms).await;
        }
        Ok(standing)
    }

    /// Sets switches; gives all of them.
    ///
    /// # Errors
    /// A sentence that names the switch and its values.
    pub(crate) fn quirks(&self, switches: &Map<String, Value>) -> Result<Value, String> {
        let mut state = self.passing.state();
        state.quirks.set(switches)?;
        Ok(state.quirks.to_json())
    }

    /// Changes what the key may do; gives it without its secret.
    ///
    /// # Errors
    /// A sentence that names a permission that does not exist.
    pub(crate) fn key(&self, change: KeyChange) -> Result<Value, String> {
        if let Some(unknown) = change.permissions.iter().flatten().find(|name| !Key::is_permission(name)) {
            return Err(format!(
                "there is no permission {unknown:?}; there are read, write, resources like invoices, and invoices.read"
            ));
        }
        let mut state = self.passing.state();
        let key = &mut state.gate.key;
        key.permissions = change.permissions.unwrap_or_else(|| key.permissions.clone());
        key.ips = change.ips.unwrap_or_else(|| key.ips.clone());
        Ok(json!({"permissions": key.permissions, "ips": key.ips}))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failed> {
    serde_json::from_slice(body).map_err(|wrong| Failed::Wrong(format!("the body cannot be read: {wrong}")))
}

fn read_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Failed> {
    if body.trim_ascii().is_empty() { Ok(T::default()) } else { read(body) }
}

/// A list of rules, or one.
fn rules(body: &[u8]) -> Result<Vec<Rule>, Failed> {
    if body.trim_ascii_start().starts_with(b"[") { read(body) } else { Ok(vec![read(body)?]) }
}
