//! The stable words for what went wrong. They are the same in every language; each maps them to its own exception classes.

/// The stable code of an error (rules K). The text of a code never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// 400: the request itself is malformed.
    BadRequest,
    /// 401: keys, signature, environment or clock.
    Unauthenticated,
    /// 403: the key lacks the permission.
    Forbidden,
    /// 403 or 422 with that body code: the caller's address is not on the key's whitelist.
    IpNotAllowed,
    /// 403 without JSON: the CDN in front of the API refused.
    EdgeBlocked,
    /// 404.
    NotFound,
    /// 409 for a `custom_id` that was used before.
    DuplicateCustomId,
    /// 409 for any other reason.
    Conflict,
    /// 422: well-formed, but wrong in meaning.
    Validation,
    /// 429, or a wait for the rate limit that does not fit into the deadline.
    RateLimited,
    /// 5xx other than 503.
    ServerError,
    /// 503.
    Maintenance,
    /// A status that the API does not document.
    UnexpectedStatus,
    /// A success of a read or a quote without what it must carry.
    InvalidResponse,
    /// No connection, and nothing was sent, or a read.
    Connection,
    /// The deadline, and nothing was sent, or a read.
    Timeout,
    /// A write that may have been applied, or was and its object cannot be read (rule W2).
    OutcomeUnknown,
    /// Recovery found another object under the same `custom_id`.
    ParameterMismatch,
    /// The caller cancelled, and nothing can have been applied.
    Cancelled,
    /// An argument is wrong; nothing was sent.
    InvalidArgument,
    /// The client is configured wrongly.
    Configuration,
    /// The host drove the call wrongly.
    Misuse,
    /// A callback whose signature does not fit.
    InvalidSignature,
}

/// Every code with its text, in the order of the enum.
pub const CODES: [(Code, &str); 23] = [
    (Code::BadRequest, "bad_request"),
    (Code::Unauthenticated, "unauthenticated"),
    (Code::Forbidden, "forbidden"),
    (Code::IpNotAllowed, "ip_not_allowed"),
    (Code::EdgeBlocked, "edge_blocked"),
    (Code::NotFound, "not_found"),
    (Code::DuplicateCustomId, "duplicate_custom_id"),
    (Code::Conflict, "conflict"),
    (Code::Validation, "validation"),
    (Code::RateLimited, "rate_limited"),
    (Code::ServerError, "server_error"),
    (Code::Maintenance, "maintenance"),
    (Code::UnexpectedStatus, "unexpected_status"),
    (Code::InvalidResponse, "invalid_response"),
    (Code::Connection, "connection"),
    (Code::Timeout, "timeout"),
    (Code::OutcomeUnknown, "outcome_unknown"),
    (Code::ParameterMismatch, "parameter_mismatch"),
    (Code::Cancelled, "cancelled"),
    (Code::InvalidArgument, "invalid_argument"),
    (Code::Configuration, "configuration"),
    (Code::Misuse, "misuse"),
    (Code::InvalidSignature, "invalid_signature"),
];

impl Code {
    /// The stable text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self).map_or("misuse", |(_, text)| text)
    }

    /// The code with this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        CODES.iter().find(|(_, known)| *known == text).map(|(code, _)| *code)
    }
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}
