//! What each status of the API means: one table for the 14 documented statuses (page "Responses" of the API's guide), a row each
//! for 408 and 425, which HTTP means to be repeated, and one row a class for every other number. Also the two decisions that
//! rest on the status alone (rule K2): whether it is repeated, and whether the request may have been applied. What the body
//! adds is `classify.rs`.

use crate::code::Code;

/// The first digit of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 1xx.
    Informational,
    /// 2xx.
    Success,
    /// 3xx.
    Redirection,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// No status of HTTP, such as 0 or 999.
    Other,
}

impl Class {
    /// The class of a status.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            100..=199 => Self::Informational,
            200..=299 => Self::Success,
            300..=399 => Self::Redirection,
            400..=499 => Self::ClientError,
            500..=599 => Self::ServerError,
            _ => Self::Other,
        }
    }

    /// The class as it is written: `1xx` to `5xx`, or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Other => "other",
        }
    }
}

/// Whether the same request is worth sending again. Whether a *write* may be sent again is decided by the rules W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// It succeeded.
    NotNeeded,
    /// The same request gets the same answer: change something first.
    Never,
    /// Read the object first: it may exist, or have changed.
    Look,
    /// After a growing, random delay.
    Backoff,
    /// After the wait that the answer names, or when the rate limit has room.
    Wait,
}

impl Advice {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Never => "never",
            Self::Look => "look",
            Self::Backoff => "backoff",
            Self::Wait => "wait",
        }
    }
}

/// What a status means as far as the status alone can tell.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// `None` for a success.
    pub code: Option<Code>,
    /// Whether to send the same request again.
    pub advice: Advice,
    /// What happened.
    pub meaning: &'static str,
    /// What to do about it.
    pub hint: &'static str,
}

const fn row(code: Option<Code>, advice: Advice, meaning: &'static str, hint: &'static str) -> Meaning {
    Meaning { code, advice, meaning, hint }
}

/// The statuses that the API documents, with their reason phrases.
pub static DOCUMENTED: [(u16, &str, Meaning); 14] = [
    (200, "OK", row(None, Advice::NotNeeded, "done", "nothing to do")),
    (201, "Created", row(None, Advice::NotNeeded, "done, and a new object exists", "keep its id")),
    (
        202,
        "Accepted",
        row(
            None,
            Advice::NotNeeded,
            "accepted for processing, which is not finished",
            "read the object later, or wait for its callback, before relying on the result",
        ),
    ),
    (204, "No Content", row(None, Advice::NotNeeded, "done, with nothing to return", "nothing to do")),
    (
        304,
        "Not Modified",
        row(
            None,
            Advice::NotNeeded,
            "unchanged since the version that the request named",
            "use the copy that you kept",
        ),
    ),
    (
        400,
        "Bad Request",
        row(
            Some(Code::BadRequest),
            Advice::Never,
            "the API could not make sense of the request",
            "compare path, parameters and JSON with the API's reference and correct the request",
        ),
    ),
    (
        401,
        "Unauthorized",
        row(
            Some(Code::Unauthenticated),
            Advice::Never,
            "the signature was not accepted",
            "check the API key and secret, that they belong to this environment, and the clock of this machine",
        ),
    ),
    (
        403,
        "Forbidden",
        row(
            Some(Code::Forbidden),
            Advice::Never,
            "the API key may not do this",
            "give the API key the permission in the dashboard, and check its IP whitelist",
        ),
    ),
    (
        404,
        "Not Found",
        row(
            Some(Code::NotFound),
            Advice::Never,
            "there is no such object",
            "check the id, and that it was created in this environment with this account",
        ),
    ),
    (
        409,
        "Conflict",
        row(
            Some(Code::Conflict),
            Advice::Look,
            "the request contradicts the state of an object",
            "read the object: most likely its custom_id was used before, or it is past the state that the request needs",
        ),
    ),
    (
        422,
        "Unprocessable Entity",
        row(
            Some(Code::Validation),
            Advice::Never,
            "the request is well-formed, but the API refused its values",
            "correct the values that the error's fields name; where it names none, its message says what is wrong: of a commit, most likely that its quote has lapsed",
        ),
    ),
    (
        429,
        "API rate limit exceeded",
        row(
            Some(Code::RateLimited),
            Advice::Wait,
            "more than 200 requests in a minute came with this API key",
            "send fewer requests, and let every process that uses this key share one limit",
        ),
    ),
    (
        500,
        "Internal Server Error",
        row(
            Some(Code::ServerError),
            Advice::Backoff,
            "the API failed while handling the request",
            "try again later, and give the request id to Cryptopay's support if it persists",
        ),
    ),
    (
        503,
        "Service Unavailable",
        row(
            Some(Code::Maintenance),
            Advice::Backoff,
            "the API is offline for maintenance for a while",
            "try again later",
        ),
    ),
];

/// Undocumented, but with a meaning of their own in HTTP that makes them worth a repetition (rule T4).
pub static REPEATED: [(u16, &str, Meaning); 2] = [
    (
        408,
        "Request Timeout",
        row(
            Some(Code::UnexpectedStatus),
            Advice::Backoff,
            "a server on the way gave up waiting for the request",
            "try again",
        ),
    ),
    (
        425,
        "Too Early",
        row(
            Some(Code::UnexpectedStatus),
            Advice::Backoff,
            "a server on the way would not take a request sent so early on a connection",
            "try again",
        ),
    ),
];

/// Every other number falls back to its class.
pub static FALLBACK: [(Class, Meaning); 6] = [
    (
        Class::Informational,
        row(
            Some(Code::UnexpectedStatus),
            Advice::Look,
            "the answer was provisional, and the final one is missing",
            "look for a proxy between here and the API",
        ),
    ),
    (
        Class::Success,
        row(None, Advice::NotNeeded, "done, with a status that the API does not document", "nothing to do"),
    ),
    (
        Class::Redirection,
        row(
            Some(Code::UnexpectedStatus),
            Advice::Look,
            "the answer points elsewhere, and redirects are never followed: a signature holds for one address",
            "check the environment's URL, and look for a proxy between here and the API",
        ),
    ),
    (
        Class::ClientError,
        row(
            Some(Code::UnexpectedStatus),
            Advice::Never,
            "the request was refused with a status that the API does not document",
            "look for a proxy between here and the API, and give the request id to Cryptopay's support",
        ),
    ),
    (
        Class::ServerError,
        row(
            Some(Code::ServerError),
            Advice::Backoff,
            "the API, or a server in front of it, failed",
            "try again later",
        ),
    ),
    (
        Class::Other,
        row(
            Some(Code::UnexpectedStatus),
            Advice::Look,
            "the response has no valid HTTP status",
            "look for a proxy between here and the API",
        ),
    ),
];

/// What a status means: its own row, else its class's.
#[must_use]
pub fn meaning(status: u16) -> &'static Meaning {
    static NOTHING: Meaning = row(Some(Code::UnexpectedStatus), Advice::Look, "unknown", "read the object");
    let class = Class::of(status);
    let own =
        DOCUMENTED.iter().chain(&REPEATED).find(|(number, ..)| *number == status).map(|(_, _, row)| row);
    own.or_else(|| FALLBACK.iter().find(|(of, _)| *of == class).map(|(_, row)| row)).unwrap_or(&NOTHING)
}

/// Whether an answer with this status is repeated (rule T4): 408, 425, 429 and every 5xx. For writes only as W allows.
#[must_use]
pub const fn is_retried(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// Whether a write that got this status may have been applied (rule W2): a 5xx, 3xx, 408, 425, or a 2xx without the object that
/// it should carry. *Assumed*: also 1xx and numbers that are no status, which prove nothing.
#[must_use]
pub const fn may_have_applied(status: u16, has_expected_object: bool) -> bool {
    match Class::of(status) {
        Class::Success => !has_expected_object,
        Class::ClientError => matches!(status, 408 | 425),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_documented_statuses_have_a_meaning_and_a_hint_of_their_own() {
        let numbers: Vec<u16> = DOCUMENTED.iter().map(|(number, ..)| *number).collect();
        assert_eq!(numbers, [200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 422, 429, 500, 503]);
        for (number, _, row) in &DOCUMENTED {
            assert_eq!(meaning(*number), row);
            let others = DOCUMENTED.iter().filter(|(other, ..)| other != number);
            assert!(others.clone().all(|(.., other)| other.meaning != row.meaning), "{number}");
            assert!(!row.hint.is_empty() && !row.hint.ends_with('.') && !row.meaning.ends_with('.'));
        }
    }

    #[test]
    fn every_number_means_something_and_the_advice_agrees_with_the_lists() {
        for status in 0..=u16::MAX {
            let row = meaning(status);
            assert_ne!(row.meaning, "unknown");
            assert_eq!(matches!(row.advice, Advice::Backoff | Advice::Wait), is_retried(status), "{status}");
            assert_eq!(row.code.is_none(), status == 304 || Class::of(status) == Class::Success, "{status}");
        }
    }

    #[test]
    fn the_words_of_the_advice_are_stable() {
        for (status, word) in
            [(200, "not_needed"), (400, "never"), (409, "look"), (500, "backoff"), (429, "wait")]
        {
            assert_eq!(meaning(status).advice.as_str(), word);
        }
    }

    #[test]
    fn only_listed_statuses_are_repeated() {
        let repeated: Vec<u16> = (0..500).filter(|status| is_retried(*status)).collect();
        assert_eq!(repeated, [408, 425, 429]);
        assert!((500..600).all(is_retried) && !is_retried(600));
    }

    #[test]
    fn only_a_definite_refusal_or_the_object_itself_leaves_no_doubt() {
        for status in 400..500 {
            assert_eq!(may_have_applied(status, false), matches!(status, 408 | 425), "{status}");
        }
        for status in [0, 100, 301, 304, 500, 502, 503, 524, 600, 999] {
            assert!(may_have_applied(status, true), "{status}");
        }
        assert!(!may_have_applied(201, true));
        assert!(may_have_applied(200, false) && may_have_applied(202, false) && may_have_applied(204, false));
    }
}
