//! One request and one response as the host sees them: plain data, nothing is sent from here.
//! Header names are in any case in responses. `Debug` never shows `Authorization`.

use crate::classify::MAX_BODY;
use core::fmt;

/// The HTTP methods that the API uses (API, "Authentication").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates and acts.
    Post,
    /// Changes.
    Patch,
}

impl Method {
    /// The method as it is written on the wire and signed: upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// What a request is for, as observers and journals see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// The operation itself.
    Send,
    /// Finding out how a write ended.
    Look,
    /// A read that must come before the first send (rows `by_ledger`, `by_listing`).
    Before,
}

impl Purpose {
    /// The word used in transcripts and by observers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Look => "look",
            Self::Before => "before",
        }
    }
}

/// A request, signed and complete. The host sends exactly these bytes, follows no redirect and repeats nothing.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, percent-encoded as signed. A host must not normalise it.
    pub url: String,
    /// Header names and values, in the order to send them.
    pub headers: Vec<(&'static str, String)>,
    /// The exact body bytes; `None` for a request without a body.
    pub body: Option<Vec<u8>>,
    /// How long the host may take until the last byte of the body, in ms.
    pub timeout_ms: u64,
    /// The largest body that the host may collect, in bytes; a longer one is `FailureKind::TooLarge`.
    pub max_body: usize,
    /// Whether the request must go over a new connection (rule W1): a stale keep-alive connection would leave a
    /// write that cannot be repeated in doubt.
    pub fresh: bool,
    /// What the request is for.
    pub purpose: Purpose,
}

impl Request {
    /// A request without headers and body, for the tests of a transport: a call makes and signs its own.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout_ms: 15_000,
            max_body: MAX_BODY,
            fresh: false,
            purpose: Purpose::Send,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| {
                (*name, if name.eq_ignore_ascii_case("authorization") { "…" } else { value })
            })
            .collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &headers)
            .field("body", &self.body.as_deref().map(String::from_utf8_lossy))
            .field("timeout_ms", &self.timeout_ms)
            .field("fresh", &self.fresh)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The response headers that the core reads; a host may pass on only these. Lower case.
pub const RESPONSE_HEADERS: [&str; 8] =
    ["age", "cf-ray", "content-type", "date", "etag", "last-modified", "location", "retry-after"];

/// A response as it came, body complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status; nonsense such as 0 or 999 is classified, never refused.
    pub status: u16,
    /// Names in any case and values; at least those of [`RESPONSE_HEADERS`].
    pub headers: Vec<(String, String)>,
    /// The body bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of the header with this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
