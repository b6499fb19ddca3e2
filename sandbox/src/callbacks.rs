//! Callbacks: bodies, signatures and the schedule of their deliveries.
//!
//! When something is worth a callback is decided by the resources; `post` sends the bytes.

use std::collections::BTreeSet;

use ring::hmac;
use serde_json::{Value, json};

/// Deliveries are tried once and then again up to this many times.
pub(crate) const RETRIES: u64 = 20;

/// One POST to make now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Handed back to `World::delivered`.
    pub id: u64,
    /// Where to.
    pub url: String,
    /// The exact body.
    pub body: String,
    /// The value of `X-Cryptopay-Signature`.
    pub signature: String,
}

#[derive(Debug)]
struct Callback {
    kind: &'static str,
    event: &'static str,
    body: String,
    attempts: Vec<(u64, Option<u16>)>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NoUrl,
    Waiting,
    Sending,
    Delivered,
    GivenUp,
}

/// Every callback that was ever due.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    url: Option<String>,
    secret: String,
    all: Vec<Callback>,
    due: BTreeSet<(u64, u64)>,
}

impl Callbacks {
    /// Where callbacks go (`None`: they are only recorded) and what signs them.
    pub(crate) fn set(&mut self, url: Option<&str>, secret: &str) {
        self.url = url.map(str::to_owned);
        secret.clone_into(&mut self.secret);
    }

    /// Records a callback and makes it due at once.
    pub(crate) fn add(&mut self, now_ms: u64, kind: &'static str, event: &'static str, data: &Value) {
        let body = json!({"type": kind, "event": event, "data": data}).to_string();
        let id = u64::try_from(self.all.len()).unwrap_or(u64::MAX);
        let state = if self.url.is_some() { State::Waiting } else { State::NoUrl };
        self.all.push(Callback { kind, event, body, attempts: Vec::new(), state });
        if state == State::Waiting {
            self.due.insert((now_ms, id));
        }
    }

    /// Takes the deliveries that are due by now, in order; each must be reported back.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Vec<Delivery> {
        let Some(url) = self.url.clone() else { return Vec::new() };
        let mut deliveries = Vec::new();
        while let Some((_, id)) = self.due.first().copied().filter(|(due_ms, _)| *due_ms <= now_ms) {
            self.due.pop_first();
            let secret = self.secret.clone();
            let Some(callback) = self.at(id) else { continue };
            callback.state = State::Sending;
            callback.attempts.push((now_ms, None));
            let signature = sign(&secret, callback.body.as_bytes());
            deliveries.push(Delivery { id, url: url.clone(), body: callback.body.clone(), signature });
        }
        deliveries
    }

    /// What came of a delivery: exactly 200 is a success, everything else is tried again later.
    pub(crate) fn delivered(&mut self, id: u64, status: Option<u16>, now_ms: u64) {
        let Some(callback) = self.at(id).filter(|callback| callback.state == State::Sending) else { return };
        if let Some(attempt) = callback.attempts.last_mut() {
            attempt.1 = status;
        }
        let tried = u64::try_from(callback.attempts.len()).unwrap_or(u64::MAX);
        callback.state = match status {
            Some(200) => State::Delivered,
            _ if tried > RETRIES => State::GivenUp,
            _ => State::Waiting,
        };
        if callback.state == State::Waiting {
            self.due.insert((now_ms.saturating_add(wait_ms(tried.saturating_sub(1))), id));
        }
    }

    /// When the next delivery is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.due.first().map(|(due_ms, _)| *due_ms)
    }

    /// `GET /_sandbox/callbacks`.
    pub(crate) fn to_json(&self) -> Value {
        let one = |(id, callback): (usize, &Callback)| {
            let attempts =
                callback.attempts.iter().map(|(at_ms, status)| json!({"at_ms": at_ms, "status": status}));
            json!({
                "id": id,
                "type": callback.kind,
                "event": callback.event,
                "body": callback.body,
                "signature": sign(&self.secret, callback.body.as_bytes()),
                "attempts": attempts.collect::<Vec<_>>(),
                "state": match callback.state {
                    State::NoUrl => "no_url",
                    State::Waiting => "waiting",
                    State::Sending => "sending",
                    State::Delivered => "delivered",
                    State::GivenUp => "given_up",
                },
            })
        };
        self.all.iter().enumerate().map(one).collect()
    }

    fn at(&mut self, id: u64) -> Option<&mut Callback> {
        self.all.get_mut(usize::try_from(id).ok()?)
    }
}

/// Lower-case hex HMAC-SHA256 of the raw body.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The wait before retry `n` (from 0): `30 + n⁴ + n` seconds, counted from the try before.
pub(crate) fn wait_ms(n: u64) -> u64 {
    n.saturating_pow(4).saturating_add(n).saturating_add(30).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Callbacks {
        let mut callbacks = Callbacks::default();
        callbacks.set(Some("http://127.0.0.1:1/hook"), "secret");
        callbacks.add(0, "Invoice", "status_changed", &json!({"id": "x"}));
        callbacks
    }

    #[test]
    fn bodies_are_signed_like_the_published_vectors() {
        for (secret, body, signature) in [
            (
                "gkgkGG6834KJC7JJks7Df3-8JJFeiv72H53DFggg3",
                r#"{"amount":"4","price":"2.0","item":"jeans"}"#,
                "93ab032f2eeefbbd3205b25ce7062b0fef8b96c1c83f6dfd8bd85acd4983f4f7",
            ),
            (
                "dsgFEG8Ef663J7ff31-KFW9jf66w0K",
                r#"{"event":"transaction_created","status":"success"}"#,
                "48f6618904af38a6457c9ad037fc2bde58b85bacafb07dda3d9f2be03e659b4d",
            ),
        ] {
            assert_eq!(sign(secret, body.as_bytes()), signature);
        }
    }

    #[test]
    fn the_waits_are_the_published_ones() {
        let published = [
            30, 32, 48, 114, 290, 660, 1332, 2438, 4134, 6600, 10040, 14682, 20778, 28604, 38460, 50670,
            65582, 83568, 105_024, 130_370,
        ];
        assert_eq!((0..RETRIES).map(|n| wait_ms(n) / 1000).collect::<Vec<_>>(), published);
    }

    #[test]
    fn a_refused_callback_is_tried_twenty_times_more_and_then_given_up() {
        let mut callbacks = one();
        let (mut tries, mut last) = (0, 0);
        while let Some(due_ms) = callbacks.next_due() {
            if let Some(early) = due_ms.checked_sub(1) {
                assert!(callbacks.take_due(early).is_empty(), "nothing is sent before its time");
            }
            for delivery in callbacks.take_due(due_ms) {
                (tries, last) = (tries + 1, due_ms);
                // Another 2xx than 200 is a failure by the letter of the documentation.
                callbacks.delivered(delivery.id, if tries % 2 == 0 { Some(204) } else { None }, due_ms);
            }
        }
        assert_eq!((tries, last / 1000), (21, 563_456));
        assert_eq!(callbacks.to_json()[0]["state"], "given_up");
    }

    #[test]
    fn exactly_200_ends_the_deliveries() {
        let mut callbacks = one();
        let delivery = callbacks.take_due(5).remove(0);
        assert!(callbacks.take_due(5).is_empty(), "it is on its way");
        callbacks.delivered(delivery.id, Some(200), 9);
        assert_eq!(callbacks.next_due(), None);
        assert_eq!(callbacks.to_json()[0]["attempts"], json!([{"at_ms": 5, "status": 200}]));
        assert_eq!(callbacks.to_json()[0]["signature"], delivery.signature.as_str());
    }

    #[test]
    fn without_a_url_callbacks_are_only_recorded() {
        let mut callbacks = Callbacks::default();
        callbacks.add(0, "Invoice", "status_changed", &json!({}));
        assert!(callbacks.take_due(1).is_empty());
        assert_eq!(callbacks.to_json()[0]["state"], "no_url");
    }
}
