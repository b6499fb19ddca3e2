//! What a verified callback says (API, "Callbacks"): type, event, and the id and status of the object. The object itself
//! stays text for the models of each language. Types and events that nobody knows yet are kept.

use core::ops::Range;
use std::borrow::Cow;

use crate::json::{member, members, string};

/// Every callback that is known, type and event: those of the API's tables and those that only its clients name.
pub const EVENTS: [(&str, &[&str]); 4] = [
    (
        "Invoice",
        &[
            "created",
            "refunded",
            "recalculated",
            "status_changed",
            "transaction_created",
            "transaction_confirmed",
        ],
    ),
    ("ChannelPayment", &["created", "on_hold", "completed", "refunded", "cancelled"]),
    ("CoinWithdrawal", &["created", "status_changed"]),
    ("Subscription", &["paid", "cancelled"]),
];

/// One callback. Texts that are missing, or no text, are `None`; `kind` and `event` are then empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The `type`, such as `Invoice`; an open set.
    pub kind: String,
    /// The `event`, such as `status_changed`; an open set.
    pub event: String,
    /// `data.id`.
    pub id: Option<String>,
    /// `data.status`.
    pub status: Option<String>,
    /// `data.status_context`.
    pub status_context: Option<String>,
    /// Where the JSON text of `data` lies in the body, in bytes; `None` when it is missing or `null`.
    pub data: Option<Range<usize>>,
}

impl Event {
    /// Reads a body; `None` when it is not a JSON object. It is to be believed only after [`verify`](super::verify).
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let outer = members(str::from_utf8(body).ok()?)?;
        let data = member(&outer, "data").filter(|data| *data != "null");
        let inner = data.and_then(members).unwrap_or_default();
        let text =
            |members: &[(Cow<'_, str>, &str)], name| Some(string(member(members, name)?)?.into_owned());
        Some(Self {
            kind: text(&outer, "type").unwrap_or_default(),
            event: text(&outer, "event").unwrap_or_default(),
            id: text(&inner, "id"),
            status: text(&inner, "status"),
            status_context: text(&inner, "status_context"),
            data: data.map(|data| {
                let start = data.as_ptr().addr() - body.as_ptr().addr();
                start..start + data.len()
            }),
        })
    }

    /// Whether type and event are in [`EVENTS`]. A callback that is not known is answered with 200 all the same (rule B3).
    #[must_use]
    pub fn is_known(&self) -> bool {
        EVENTS.iter().any(|(kind, events)| *kind == self.kind && events.contains(&self.event.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_what_its_object_is() {
        let body = br#"{"data": {"id":"a-1","status":"unresolved","status_context":"underpaid"}, "event":"status_changed","type":"Invoice"}"#;
        let event = Event::read(body).unwrap();
        assert_eq!((event.kind.as_str(), event.event.as_str()), ("Invoice", "status_changed"));
        assert_eq!((event.id.as_deref(), event.status.as_deref()), (Some("a-1"), Some("unresolved")));
        assert_eq!(event.status_context.as_deref(), Some("underpaid"));
        let data = br#"{"id":"a-1","status":"unresolved","status_context":"underpaid"}"#;
        assert_eq!(&body[event.data.clone().unwrap()], data);
        assert!(event.is_known());
    }

    #[test]
    fn unknown_and_odd_events_are_kept() {
        let event =
            Event::read(br#"{"type":"Lottery","event":"won","data":{"id":7,"status":null}}"#).unwrap();
        assert_eq!((event.kind.as_str(), event.event.as_str()), ("Lottery", "won"));
        assert_eq!((event.id.as_deref(), event.status.as_deref()), (None, None));
        assert!(!event.is_known());
        assert!(!Event::read(br#"{"type":"Invoice","event":"paid"}"#).unwrap().is_known());
        assert_eq!(Event::read(b"{}"), Some(Event::default()));
        assert_eq!(Event::read(br#"{"data":null}"#), Some(Event::default()));
        assert_eq!(Event::read(br#"{"type":"Invoice","data":[1]}"#).unwrap().data, Some(25..28));
    }

    #[test]
    fn what_is_no_object_is_no_event() {
        for body in [&b""[..], b"[]", b"null", b"{", b"\xff", b"{\"data\":{\"id\":1}"] {
            assert_eq!(Event::read(body), None);
        }
    }
}
