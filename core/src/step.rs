//! What a call asks its host to do next.

use crate::error::ApiError;
use crate::http::Request;
use crate::limiter::Priority;
use crate::outcome::Outcome;

/// The next thing to do. After `Done` the call is over.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this request, once, and report `Response` or `Failed`.
    Fetch(Request),
    /// Wait, then report `Woken`.
    Sleep {
        /// How long, in ms.
        ms: u64,
        /// What for.
        reason: Wait,
    },
    /// Ask the shared limit for a place, then report `Permitted` or `PermitFailed` (L5).
    Permit {
        /// Places needed: 2 for a create whose commit follows, else 1.
        cost: u8,
        /// How urgent it is.
        priority: Priority,
        /// A pause that the last 429 asked for, in ms; else 0.
        frozen_ms: u64,
        /// How long asking may take, in ms; then it has failed.
        timeout_ms: u64,
    },
    /// The call has ended.
    Done(Box<Result<Outcome, ApiError>>),
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Backoff after an attempt that failed (T4).
    Retry,
    /// The server said when to come back (T5).
    RetryAfter,
    /// The rate limit (L).
    Limit,
    /// Time for a lost write to show (W5, the Scan rows).
    Look,
}

impl Wait {
    /// The word used in transcripts, traces and by observers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::RetryAfter => "retry_after",
            Self::Limit => "limit",
            Self::Look => "look",
        }
    }
}
