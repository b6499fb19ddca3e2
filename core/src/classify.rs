//! One response becomes one classification (rules K1–K4): code, meaning, hint, advice, and what the body adds to them. The
//! status decides; a known body code only refines a 4xx. What a call does next is decided elsewhere.

use core::ops::Range;

use crate::{
    code::Code,
    envelope::{Envelope, FieldError, Unreadable},
    http::Response,
    json,
    retry_after::retry_after_ms,
    status::{self, Advice, Class, Meaning},
};

/// The largest body that is read unless the caller says otherwise: 16 MiB (rule K4).
pub const MAX_BODY: usize = 16 << 20;

/// What `data` of a success must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// One object.
    Object,
    /// An array.
    List,
    /// An object of names and values, such as the rates by pair.
    Map,
    /// Whatever comes, also nothing.
    Anything,
}

/// What the request asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// What a success must carry.
    pub data: Data,
    /// Whether the request carried `If-None-Match` or `If-Modified-Since`.
    pub conditional: bool,
    /// Whether the request writes: a 204 without its object is then a success that has to be looked up.
    pub write: bool,
}

/// What a response means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Classification {
    /// The first digit of the status.
    pub class: Class,
    /// The status as it came.
    pub status: u16,
    /// `None` for a success.
    pub code: Option<Code>,
    /// A 202, or a 204 to a write, without the object that was expected.
    pub accepted: bool,
    /// A 304 to a conditional request.
    pub not_modified: bool,
    /// What happened, in plain English.
    pub meaning: &'static str,
    /// What to do about it, in plain English.
    pub hint: &'static str,
    /// Whether the same request is worth sending again.
    pub advice: Advice,
    /// `meta.request_id`, else `cf-ray`.
    pub request_id: Option<String>,
    /// `error.code` as it came.
    pub api_code: Option<String>,
    /// `error.message` as it came.
    pub api_message: Option<String>,
    /// The values that the API refused.
    pub fields: Vec<FieldError>,
    /// Where `data` lies in the body; only for a success that carries what was expected.
    pub data: Option<Range<usize>>,
    /// Where `meta` lies in the body.
    pub meta: Option<Range<usize>>,
    /// The wait that the response asks for, in ms.
    pub retry_after_ms: Option<u64>,
}

impl Classification {
    /// Whether a write that got this answer may have been applied without the proof of it (rule W2).
    #[must_use]
    pub fn may_have_applied(&self) -> bool {
        status::may_have_applied(self.status, self.code.is_none() && !self.accepted)
    }

    /// Whether the API refused the id that a create was to have: most likely something has it. Of any other value a 409 says nothing
    /// of another object (K2).
    pub(crate) fn names_the_id(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.target.as_str(), "custom_id" | "id"))
    }
}

/// Classifies a response. Never fails: every status and every body means something.
#[must_use]
pub fn classify(response: &Response, expect: Expect, max_body: usize) -> Classification {
    let status = response.status;
    let class = Class::of(status);
    let body = Envelope::read(&response.body, max_body);
    let own = status::meaning(status);
    let not_modified = status == 304 && expect.conditional;
    let mut accepted = false;
    let Meaning { code, advice, meaning, hint } = match class {
        Class::Success => match success(status, &body, &response.body, expect) {
            Ok(complete) => {
                accepted = !complete;
                own
            }
            Err(flaw) => flaw,
        },
        Class::ClientError => refined(status, &body).unwrap_or(own),
        _ if status == 304 && !not_modified => &NOT_ASKED,
        _ => own,
    };
    let envelope = body.unwrap_or_default();
    let error = envelope.error.unwrap_or_default();
    let whole = class == Class::Success && code.is_none() && !accepted;
    Classification {
        class,
        status,
        code: *code,
        accepted,
        not_modified,
        meaning,
        hint,
        advice: *advice,
        request_id: envelope.request_id.or_else(|| response.header("cf-ray").map(str::to_owned)),
        api_code: error.code,
        api_message: error.message,
        fields: error.details,
        data: envelope.data.filter(|_| whole),
        meta: envelope.meta,
        retry_after_ms: retry_after_ms(response),
    }
}

/// Whether a 2xx is complete. `false`: without the object that was expected (a 202, or a 204 to a write), which is to be looked for.
fn success(
    status: u16,
    body: &Result<Envelope, Unreadable>,
    bytes: &[u8],
    expect: Expect,
) -> Result<bool, &'static Meaning> {
    let needed = expect.data != Data::Anything;
    let may_lack = !needed || status == 202 || (status == 204 && expect.write);
    let complete_without = !needed && status != 202;
    let envelope = match body {
        Ok(envelope) => envelope,
        Err(Unreadable::Empty) if may_lack => return Ok(complete_without),
        Err(why) => return Err(unreadable(*why)),
    };
    if envelope.error.is_some() {
        return Err(&ERROR_INSIDE);
    }
    let Some(data) = envelope.data.as_ref() else {
        return if may_lack { Ok(complete_without) } else { Err(&NO_DATA) };
    };
    let data = bytes.get(data.clone()).unwrap_or_default();
    match (expect.data, data.first()) {
        // Without an id nobody could say what was made of the write.
        (Data::Object, Some(b'{')) if expect.write && !has_id(data) => Err(&NO_ID),
        (Data::Object | Data::Map, Some(b'{')) | (Data::List, Some(b'[')) | (Data::Anything, _) => Ok(true),
        _ => Err(&WRONG_DATA),
    }
}

fn has_id(object: &[u8]) -> bool {
    let members = core::str::from_utf8(object).ok().and_then(json::members);
    let id = members.as_deref().and_then(|members| json::string(json::member(members, "id")?));
    id.is_some_and(|id| !id.is_empty())
}

/// What a known body code, or the lack of JSON, makes of a 4xx (rule K2).
fn refined(status: u16, body: &Result<Envelope, Unreadable>) -> Option<&'static Meaning> {
    match body {
        Ok(envelope) => {
            let code = envelope.error.as_ref()?.code.as_deref()?;
            REFINED
                .iter()
                .find(|(statuses, known, _)| statuses.contains(&status) && *known == code)
                .map(|(.., row)| row)
        }
        Err(Unreadable::Empty | Unreadable::Html | Unreadable::NotJson) if status == 403 => {
            Some(&EDGE_BLOCKED)
        }
        Err(_) => None,
    }
}

/// Body codes that say more than their status (API, "Responses", and the tests of its clients): statuses, `error.code`, what it
/// then means.
static REFINED: [(&[u16], &str, Meaning); 5] = [
    (&[403, 422], "ip_not_allowed", IP_NOT_ALLOWED),
    (&[409], "duplicate_custom_id", DUPLICATE_CUSTOM_ID),
    // A refused value once came with a 409: neither is a conflict with another object.
    (&[409], "invalid", INVALID),
    (&[409], "must_be_uuid", INVALID),
    (&[422], "high_risk_address", HIGH_RISK),
];

const IP_NOT_ALLOWED: Meaning = Meaning {
    code: Some(Code::IpNotAllowed),
    advice: Advice::Never,
    meaning: "the request came from an address that is not on the API key's whitelist",
    hint: "add the public address of this machine to the API key's whitelist in the dashboard",
};
const DUPLICATE_CUSTOM_ID: Meaning = Meaning {
    code: Some(Code::DuplicateCustomId),
    advice: Advice::Look,
    meaning: "an object with this custom_id exists already",
    hint: "read the object by its custom_id; use a new custom_id only for something that is really new",
};
const INVALID: Meaning = Meaning {
    code: Some(Code::Validation),
    advice: Advice::Never,
    meaning: "the API refused a value of the request",
    hint: "correct the values that the error's fields name",
};
const HIGH_RISK: Meaning = Meaning {
    code: Some(Code::Validation),
    advice: Advice::Never,
    meaning: "the payout's address was screened as high risk",
    hint: "pay to another address, or ask Cryptopay's support about this one",
};
static EDGE_BLOCKED: Meaning = Meaning {
    code: Some(Code::EdgeBlocked),
    advice: Advice::Never,
    meaning: "the network in front of the API refused the request before the API saw it",
    hint: "check where this machine's traffic comes from, and give the cf-ray id to Cryptopay's support",
};
static NOT_ASKED: Meaning = Meaning {
    code: Some(Code::UnexpectedStatus),
    advice: Advice::Look,
    meaning: "unchanged, though the request named no version to compare with",
    hint: "look for a proxy or a cache between here and the API",
};

/// Of a write that gets it nothing is said here: it ends as a success or as `outcome_unknown`, which has hints of its own.
const fn invalid(meaning: &'static str) -> Meaning {
    let hint = "look for a proxy between here and the API";
    Meaning { code: Some(Code::InvalidResponse), advice: Advice::Look, meaning, hint }
}

static ERROR_INSIDE: Meaning = invalid("the status says done, but the body holds an error");
static NO_DATA: Meaning = invalid("the status says done, but the body holds no data");
static WRONG_DATA: Meaning =
    invalid("the status says done, but the data is not of the type that this operation returns");
static NO_ID: Meaning = invalid("the status says done, but the object has no id");
static EMPTY: Meaning = invalid("the status says done, but the body is empty");
static HTML: Meaning = invalid("the status says done, but the body is a page instead of JSON");
static NOT_JSON: Meaning = invalid("the status says done, but the body is not JSON");
static TRUNCATED: Meaning = invalid("the status says done, but the body's JSON ends too early");
static WRONG_TYPE: Meaning =
    invalid("the status says done, but the body is not a JSON object with unique names");
static TOO_LARGE: Meaning =
    Meaning { hint: LARGER, ..invalid("the status says done, but the body is larger than the client reads") };
/// What to do about an answer that is too large.
pub(crate) const LARGER: &str = "let the client read larger answers, if this one is meant";

const fn unreadable(why: Unreadable) -> &'static Meaning {
    match why {
        Unreadable::Empty => &EMPTY,
        Unreadable::Html => &HTML,
        Unreadable::NotJson => &NOT_JSON,
        Unreadable::Truncated => &TRUNCATED,
        Unreadable::WrongType => &WRONG_TYPE,
        Unreadable::TooLarge => &TOO_LARGE,
    }
}

#[cfg(test)]
mod tests;
