//! What a host reports to a call, and when it happened. Time comes in here and nowhere else.

use crate::http::Response;

/// One moment on both clocks of the host, in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock, ms since 1970. Only written into headers and compared with the server's (T1).
    pub unix_ms: u64,
    /// A monotonic clock with any origin. Deadlines, waits, limits and quotas are measured with it.
    pub tick_ms: u64,
}

/// What happened since the last step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The shared limit lets the request go after this wait; the place is reserved (L5).
    Permitted {
        /// How long to wait first, in ms.
        wait_ms: u64,
    },
    /// The shared limit could not be asked: the client's own decides.
    PermitFailed,
    /// A response came, complete.
    Response(Response),
    /// No complete response came.
    Failed(Failure),
    /// A sleep is over.
    Woken,
    /// The caller gives up; whether the request on its way, if there is one, can have left (W1).
    Cancelled(Sent),
}

impl Event {
    /// The word of the event, for [`Misuse`].
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Permitted { .. } => "permitted",
            Self::PermitFailed => "permit_failed",
            Self::Response(_) => "response",
            Self::Failed(_) => "failed",
            Self::Woken => "woken",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// Whether the request can have left (W1). Whatever a transport cannot tell apart is [`Sent::Maybe`].
    pub sent: Sent,
    /// One line for people; never a header value.
    pub detail: String,
}

/// The kinds of transport failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection was had.
    Connect,
    /// The attempt's time was over.
    Timeout,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// The body was larger than allowed.
    TooLarge,
}

/// Whether a request can have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Certainly not: no new connection came about.
    No,
    /// Possibly.
    Maybe,
}

impl Sent {
    /// What a host says with this word: `no`, or whatever else. What it cannot tell apart may have been sent (W1).
    #[must_use]
    pub fn parse(word: &str) -> Self {
        if word == "no" { Self::No } else { Self::Maybe }
    }
}

impl FailureKind {
    /// The word used in transcripts and on the border.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::TooLarge => "too_large",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Connect, Self::Timeout, Self::Broken, Self::TooLarge]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// An event that does not fit the state of the call. The call is unchanged; the host has a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misuse {
    /// What the call was waiting for.
    pub state: &'static str,
    /// What it was told.
    pub event: &'static str,
}

impl core::fmt::Display for Misuse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the call is {}, so '{}' cannot happen now", self.state, self.event)
    }
}

impl core::error::Error for Misuse {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the transcripts (`tests/README.md`).
    #[test]
    fn whoever_tells_the_wrong_thing_reads_what_was_told_and_what_was_awaited() {
        let failure = Failure { kind: FailureKind::Broken, sent: Sent::Maybe, detail: String::new() };
        for (event, word) in [
            (Event::Permitted { wait_ms: 0 }, "permitted"),
            (Event::PermitFailed, "permit_failed"),
            (Event::Response(Response::default()), "response"),
            (Event::Failed(failure), "failed"),
            (Event::Woken, "woken"),
            (Event::Cancelled(Sent::Maybe), "cancelled"),
        ] {
            let told = Misuse { state: "asleep", event: event.as_str() }.to_string();
            assert_eq!(told, format!("the call is asleep, so '{word}' cannot happen now"));
        }
    }
}
