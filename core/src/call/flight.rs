//! A request on its way, and what is remembered of the sends of a write.

use crate::event::Moment;
use crate::limiter::Place;
use crate::operation::Operation;

/// A request on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) place: Option<Place>,
    pub(super) operation: &'static Operation,
    pub(super) sent: Moment,
    /// The sends before this one.
    pub(super) sent_before: Option<SentAt>,
    pub(super) signed_ms: u64,
    pub(super) signed_offset_ms: i64,
    pub(super) date: String,
    pub(super) path_and_query: String,
    pub(super) has_body: bool,
}

/// The sends of a write.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentAt {
    pub(super) first: Moment,
    pub(super) last: Moment,
    /// The latest `Date` that was signed, ms since 1970: the server counts a request's age from it.
    pub(super) signed_ms: u64,
    /// The least and the greatest offset that one was signed with, ms.
    pub(super) offsets_ms: (i64, i64),
}

impl SentAt {
    /// These sends and a later one.
    pub(super) fn and(self, later: Self) -> Self {
        let (least, most) = self.offsets_ms;
        Self {
            first: self.first,
            last: later.last,
            signed_ms: self.signed_ms.max(later.signed_ms),
            offsets_ms: (least.min(later.offsets_ms.0), most.max(later.offsets_ms.1)),
        }
    }
}
