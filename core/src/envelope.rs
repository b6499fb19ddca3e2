//! The envelope of every body: `data`, `meta` and `error` (API, "Responses"), found without building the whole in memory.
//! `data` stays untouched text: only its place in the body is told. Says why a body is no envelope, and never fails otherwise.
//! What that means for a call is `classify.rs`.

use core::ops::Range;

use std::borrow::Cow;

use crate::json::{self, Flaw, Shape};

/// What a body holds. An entry that is `null` counts as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Where the JSON text of `data` lies in the body, in bytes.
    pub data: Option<Range<usize>>,
    /// Where the JSON text of `meta` lies in the body, in bytes.
    pub meta: Option<Range<usize>>,
    /// The error, when there is one.
    pub error: Option<ErrorBody>,
    /// `meta.request_id`.
    pub request_id: Option<String>,
}

/// What the API says about a refusal. Parts that are missing or of another type are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The machine code, such as `not_found`; an open set.
    pub code: Option<String>,
    /// A sentence in English; not to be matched on.
    pub message: Option<String>,
    /// One entry for each refused value.
    pub details: Vec<FieldError>,
}

/// One refused value (API, "Possible errors"). Texts are empty when the API left them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The parameter, such as `received_amount`.
    pub target: String,
    /// The machine code, such as `must_be_uuid`; an open set.
    pub code: String,
    /// A sentence in English; not to be matched on.
    pub message: String,
    /// JSON text of an object such as `{"value":"5.0"}`; `{}` when there is none.
    pub args: String,
}

/// Why a body is no envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing, or only whitespace.
    Empty,
    /// It begins like a page.
    Html,
    /// Some other text or bytes.
    NotJson,
    /// JSON that ends too early.
    Truncated,
    /// JSON, but not an object, or one that names an entry twice.
    WrongType,
    /// Longer than allowed.
    TooLarge,
}

impl Envelope {
    /// Reads a body of at most `max_body` bytes.
    ///
    /// # Errors
    /// Why it is no envelope. An object without any of the entries is one, an empty one.
    pub fn read(body: &[u8], max_body: usize) -> Result<Self, Unreadable> {
        if body.len() > max_body {
            return Err(Unreadable::TooLarge);
        }
        match body.trim_ascii_start().first() {
            None => return Err(Unreadable::Empty),
            Some(b'<') => return Err(Unreadable::Html),
            Some(_) => {}
        }
        let mut places: [Option<Range<usize>>; ENTRIES.len()] = [None, None, None];
        let mut twice = false;
        let shape = json::read(body, &mut |name, value| {
            let place = body.get(name).and_then(entry).and_then(|entry| places.get_mut(entry));
            if let Some(place) = place {
                twice |= place.replace(value).is_some();
            }
        })
        .map_err(Unreadable::from)?;
        let text = core::str::from_utf8(body).map_err(|_| Unreadable::NotJson)?;
        if shape != Shape::Object || twice {
            return Err(Unreadable::WrongType);
        }
        let [data, meta, error] =
            places.map(|place| place.filter(|place| text.get(place.clone()) != Some("null")));
        let told = |place: &Option<Range<usize>>| text.get(place.clone()?);
        Ok(Self {
            request_id: told(&meta).and_then(|meta| text_of(&json::members(meta)?, "request_id")),
            error: told(&error).map(ErrorBody::read),
            data,
            meta,
        })
    }
}

/// The entries of an envelope.
const ENTRIES: [&str; 3] = ["data", "meta", "error"];

/// Which of the entries has this name.
fn entry(name: &[u8]) -> Option<usize> {
    let name = json::decoded(core::str::from_utf8(name).ok()?)?;
    ENTRIES.iter().position(|entry| *entry == name)
}

impl ErrorBody {
    /// Anything but `null` under `error` is an error, whatever its type.
    fn read(error: &str) -> Self {
        let Some(members) = json::members(error) else {
            return Self { message: json::string(error).map(Cow::into_owned), ..Self::default() };
        };
        let details = json::member(&members, "details").and_then(json::items).unwrap_or_default();
        Self {
            code: text_of(&members, "code"),
            message: text_of(&members, "message"),
            details: details.into_iter().filter_map(FieldError::read).collect(),
        }
    }
}

impl FieldError {
    fn read(detail: &str) -> Option<Self> {
        let members = json::members(detail)?;
        let args = json::member(&members, "args").filter(|args| *args != "null");
        Some(Self {
            target: text_of(&members, "target").unwrap_or_default(),
            code: text_of(&members, "code").unwrap_or_default(),
            message: text_of(&members, "message").unwrap_or_default(),
            args: args.unwrap_or("{}").to_owned(),
        })
    }
}

/// What a member says, if it is a text.
fn text_of(members: &[(Cow<'_, str>, &str)], name: &str) -> Option<String> {
    json::string(json::member(members, name)?).map(Cow::into_owned)
}

impl From<Flaw> for Unreadable {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Truncated => Self::Truncated,
            Flaw::Wrong => Self::NotJson,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Envelope, Unreadable> {
        Envelope::read(body.as_bytes(), 1000)
    }

    #[test]
    fn data_and_meta_are_places_in_the_body() {
        let body =
            r#" { "meta" : {"total": 2, "has_more": false}, "x": [1], "data": [ {"id": "é"} , {} ] } "#;
        let envelope = read(body).unwrap();
        assert_eq!(&body[envelope.data.unwrap()], r#"[ {"id": "é"} , {} ]"#);
        assert_eq!(&body[envelope.meta.unwrap()], r#"{"total": 2, "has_more": false}"#);
        assert_eq!((envelope.error, envelope.request_id), (None, None));
    }

    #[test]
    fn null_counts_as_absent() {
        assert_eq!(read(r#"{"data":null,"meta":null,"error":null}"#), Ok(Envelope::default()));
        assert_eq!(read("{}"), Ok(Envelope::default()));
    }

    #[test]
    fn an_error_is_read_with_its_fields() {
        // The shape and the codes of the API's page "Possible errors".
        let body = r#"{"error":{"code":"invalid","message":"invalid","details":[
            {"code":"must_be_greater_than_or_equal","target":"charged_amount_to_send","message":"m","args":{"value":"5.0"}},
            {"code":"must_be_uuid"}, "odd", null, 7]},"meta":{"request_id":"01c662e30f28b67518b87dfdc4358257"}}"#;
        let envelope = read(body).unwrap();
        assert_eq!(envelope.request_id.as_deref(), Some("01c662e30f28b67518b87dfdc4358257"));
        let error = envelope.error.unwrap();
        assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("invalid"), Some("invalid")));
        assert_eq!(error.details.len(), 2);
        assert_eq!(error.details[0].target, "charged_amount_to_send");
        assert_eq!(error.details[0].args, r#"{"value":"5.0"}"#);
        assert_eq!((error.details[1].code.as_str(), error.details[1].args.as_str()), ("must_be_uuid", "{}"));
    }

    #[test]
    fn odd_errors_lose_what_is_odd_and_nothing_else() {
        let error = |body| read(body).unwrap().error.unwrap();
        assert_eq!(error(r#"{"error":"boom"}"#).message.as_deref(), Some("boom"));
        assert_eq!(error(r#"{"error":["a","b"]}"#), ErrorBody::default());
        assert_eq!(error(r#"{"error":{"code":7,"message":"m","details":{}}}"#).message.as_deref(), Some("m"));
        assert_eq!(read(r#"{"meta":["x"]}"#).unwrap().request_id, None);
        assert_eq!(read(r#"{"meta":{"request_id":7}}"#).unwrap().request_id, None);
    }

    #[test]
    fn every_other_body_says_why() {
        for (body, why) in [
            ("", Unreadable::Empty),
            (" \r\n", Unreadable::Empty),
            ("<!DOCTYPE html><title>502</title>", Unreadable::Html),
            ("Bad gateway", Unreadable::NotJson),
            ("no healthy upstream", Unreadable::NotJson),
            ("\u{feff}{}", Unreadable::NotJson),
            (r#"{"data":{}} trailing"#, Unreadable::NotJson),
            (r#"{"data": undefined}"#, Unreadable::NotJson),
            (r#"{"data":[1,2"#, Unreadable::Truncated),
            (r#"{"data":"#, Unreadable::Truncated),
            (r#""text"#, Unreadable::Truncated),
            ("[]", Unreadable::WrongType),
            ("null", Unreadable::WrongType),
            ("\"denied\"", Unreadable::WrongType),
            (r#"{"data":1,"data":2}"#, Unreadable::WrongType),
        ] {
            assert_eq!(read(body), Err(why), "{body}");
        }
        assert_eq!(Envelope::read(b"{}", 1), Err(Unreadable::TooLarge));
        assert_eq!(Envelope::read(b"{\"data\":\"\xff\"}", 100), Err(Unreadable::NotJson));
    }

    #[test]
    fn depth_is_no_danger() {
        let body = format!(r#"{{"data":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(Envelope::read(body.as_bytes(), usize::MAX).is_ok());
    }
}
