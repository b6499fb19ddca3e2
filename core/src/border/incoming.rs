//! What comes in over the border: starts and events as JSON, the body of a response as bytes beside them.

use crate::call::options::Options;
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

/// An event in this JSON, `{unix_ms, tick_ms, response: {status, headers} | failed: {kind, sent, detail} | woken: {} |
/// cancelled: {} | permitted: {wait_ms} | permit_failed: {}}`; the body of a response comes beside it.
///
/// # Errors
/// A sentence that says what is wrong; the driver has a defect then.
pub(super) fn event(json: &[u8], body: &[u8]) -> Result<(Moment, Event), String> {
    let wire: EventWire = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let at = Moment { unix_ms: wire.unix_ms, tick_ms: wire.tick_ms };
    let event = match wire {
        EventWire { response: Some(ResponseWire { status, headers }), .. } => {
            Event::Response(Response { status, headers, body: body.to_vec() })
        }
        EventWire { failed: Some(FailedWire { kind, sent, detail }), .. } => Event::Failed(Failure {
            kind: FailureKind::parse(&kind).ok_or("'kind' must be connect, timeout, broken or too_large")?,
            // What a driver cannot tell apart may have been sent (W1).
            sent: if sent == "no" { Sent::No } else { Sent::Maybe },
            detail,
        }),
        EventWire { permitted: Some(PermittedWire { wait_ms }), .. } => Event::Permitted { wait_ms },
        EventWire { permit_failed: Some(_), .. } => Event::PermitFailed,
        EventWire { woken: Some(_), .. } => Event::Woken,
        EventWire { cancelled: Some(_), .. } => Event::Cancelled,
        _ => {
            return Err(
                "the event names none of response, failed, woken, cancelled, permitted, permit_failed".into(),
            );
        }
    };
    Ok((at, event))
}

#[derive(Deserialize)]
pub(super) struct Start {
    unix_ms: u64,
    tick_ms: u64,
    pub(super) entropy: Entropy,
    #[serde(default)]
    pub(super) params: Map<String, Value>,
    #[serde(default)]
    options: Value,
}

impl Start {
    pub(super) fn parse(json: &[u8]) -> Result<(Self, Options), (&'static str, String)> {
        let start: Self = serde_json::from_slice(json).map_err(|error| ("params", error.to_string()))?;
        let options =
            Options::from_json(&start.options).map_err(|(name, message)| (name, message.to_owned()))?;
        Ok((start, options))
    }

    pub(super) const fn moment(&self) -> Moment {
        Moment { unix_ms: self.unix_ms, tick_ms: self.tick_ms }
    }
}

/// 16 bytes as 32 hex digits.
pub(super) struct Entropy(pub(super) [u8; 16]);

impl<'de> Deserialize<'de> for Entropy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("entropy must be 32 hex digits");
        let bits = u128::from_str_radix(&text, 16).map_err(|_| wrong())?;
        if text.len() == 32 { Ok(Self(bits.to_be_bytes())) } else { Err(wrong()) }
    }
}

#[derive(Deserialize)]
struct EventWire {
    unix_ms: u64,
    tick_ms: u64,
    response: Option<ResponseWire>,
    failed: Option<FailedWire>,
    permitted: Option<PermittedWire>,
    permit_failed: Option<serde::de::IgnoredAny>,
    woken: Option<serde::de::IgnoredAny>,
    cancelled: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ResponseWire {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct FailedWire {
    kind: String,
    sent: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct PermittedWire {
    wait_ms: u64,
}
