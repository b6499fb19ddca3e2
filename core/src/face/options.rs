//! What can be set for one call of the typed client. Durations here, ms in the machine.

use core::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Answer;
use super::answer::RECEIVED;
use crate::call::options::Options;
use crate::drive::in_ms;
use crate::json::{Fractions, value};

/// The options of one call; what is not set is the client's.
#[derive(Clone, Debug, Default)]
pub struct CallOptions(pub(super) Options);

impl CallOptions {
    /// The client's own settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the whole call may take: waits, attempts and recovery.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.deadline_ms = Some(in_ms(timeout));
        self
    }

    /// How long one attempt may take.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.0.attempt_timeout_ms = Some(in_ms(timeout));
        self
    }

    /// How often the operation may be sent again; 0 means one request.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.0.max_retries = Some(retries);
        self
    }

    /// Whether the client makes a `custom_id` where the parameters have none (W3). Creates that move money need one of
    /// yours, or `true` here; with `false` the other creates go without, and cannot be found again when in doubt.
    #[must_use]
    pub fn generated_custom_id(mut self, generated: bool) -> Self {
        self.0.generated_custom_id = Some(generated);
        self
    }

    /// For a commit: the answer of the create that it commits. It tells when the quote lapses, and lets a recalculation's
    /// commit be recognised when its answer is lost.
    #[must_use]
    pub fn quote<A: Serialize>(mut self, create: &Answer<A>) -> Self {
        // A model that came from JSON goes back into it; were it otherwise, the commit would do without. What it is compared by
        // and what a record keeps of it is text: no fraction becomes a float.
        let text = serde_json::to_string(&**create).ok();
        if let Some(Value::Object(mut quote)) = text.and_then(|text| value(&text, Fractions::AsText)) {
            quote.insert(RECEIVED.to_owned(), create.received_ms().into());
            self.0.quote = Some(quote);
        }
        self
    }

    /// For a read: answer only what differs from the version with this `ETag`, which
    /// [`Outcome::etag`](crate::outcome::Outcome::etag) told. Ask with [`Changed`](super::Changed). For single objects: the
    /// pages of a list have a version each.
    #[must_use]
    pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.0.if_none_match = Some(etag.into());
        self
    }

    /// For a read: answer only what was changed after this time, as [`Outcome::last_modified`] told it. Ask with
    /// [`Changed`](super::Changed).
    ///
    /// [`Outcome::last_modified`]: crate::outcome::Outcome::last_modified
    #[must_use]
    pub fn if_modified_since(mut self, last_modified: impl Into<String>) -> Self {
        self.0.if_modified_since = Some(last_modified.into());
        self
    }
}
