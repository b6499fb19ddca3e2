//! What a call that succeeded hands back: the untouched text of `data` and how the call went. Models are made of it
//! by each language's face.

use crate::call::pending::Record;
use crate::error::Cause;
use crate::step::Wait;
use core::ops::Range;

/// The end of a call that did not fail.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The status of the response that `data` stands in.
    pub status: u16,
    /// `meta.request_id` of the body, else the CDN's `cf-ray`.
    pub request_id: Option<String>,
    /// The body of the last response.
    pub body: Vec<u8>,
    /// Where `data` (or the one row of it that was looked for) stands in `body`; `None`: there is none.
    pub data: Option<Range<usize>>,
    /// Where `meta` stands in `body`.
    pub meta: Option<Range<usize>>,
    /// The answer of the send was lost; a later read proved that it was applied.
    pub recovered: bool,
    /// 202: the API has the request in hand, not finished (K3).
    pub accepted: bool,
    /// 304: unchanged since the version that the request named.
    pub not_modified: bool,
    /// Fields of the request that recovery could not compare (W7).
    pub unverified: Vec<String>,
    /// The `custom_id` of the call, the caller's or a generated one.
    pub custom_id: Option<String>,
    /// The response's `ETag`, for `if_none_match`.
    pub etag: Option<String>,
    /// The response's `Last-Modified`, for `if_modified_since`.
    pub last_modified: Option<String>,
    /// What `resolve` takes, when the write was accepted but not finished.
    pub record: Option<Box<Record>>,
    /// What `resolve` found; `None` for every other call.
    pub resolution: Option<Resolution>,
    /// How the call went.
    pub trace: Trace,
}

/// What `resolve` can say of an earlier write (W8).
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// It was applied; the object is the outcome's data. Applied says that the request was carried out, not that the money
    /// arrived: read the object's status.
    Applied,
    /// It never was and never will be: the request may be made again, under a new `custom_id` where a quote has lapsed.
    NotApplied,
    /// Not known yet, or not knowable: do not pay again. Without `retry_at_ms` and without a `cause` that passes or can be
    /// mended (no network, a 401, a 5xx, the rate limit), no later read will tell: look at the object and the transactions.
    #[non_exhaustive]
    Unknown {
        /// What stood in the way.
        cause: Option<Cause>,
        /// When asking again can give an answer, ms since 1970 on the host's clock.
        retry_at_ms: Option<u64>,
        /// The fields in which a found object differs from the request.
        differing: Vec<String>,
    },
}

impl Resolution {
    /// The word used in transcripts and on the border.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::NotApplied => "not_applied",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// How a call went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// How often the operation itself was sent: the attempts.
    pub sends: u32,
    /// How many rounds of looks there were.
    pub looks: u32,
    /// Every wait, in order.
    pub waits: Vec<Waited>,
}

/// One wait of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waited {
    /// How long, in ms.
    pub ms: u64,
    /// What for.
    pub reason: Wait,
}

impl Outcome {
    /// The text of `data`, untouched; `None` where there is none.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        self.text(self.data.as_ref())
    }

    /// The text of `meta`.
    #[must_use]
    pub fn meta(&self) -> Option<&str> {
        self.text(self.meta.as_ref())
    }

    fn text(&self, range: Option<&Range<usize>>) -> Option<&str> {
        core::str::from_utf8(self.body.get(range?.clone())?).ok()
    }
}
