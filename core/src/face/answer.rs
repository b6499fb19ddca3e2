//! What a typed call hands back: the model, and how the call went.

use core::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::ApiError;
use crate::outcome::Outcome;

/// What a quote says beside its object: when it was received.
pub(super) const RECEIVED: &str = "received_ms";

/// A model with the outcome of the call that it came from. Its fields are those of the model.
#[derive(Clone, Debug)]
pub struct Answer<A> {
    value: A,
    outcome: Outcome,
    received_ms: u64,
}

impl<A> Answer<A> {
    /// How the call went: status, request id, sends, waits, *recovered*, *accepted*, fields that could not be verified,
    /// `ETag`, and the text of `data` as it came.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// When the answer was received, ms since 1970 on this machine's clock.
    #[must_use]
    pub fn received_ms(&self) -> u64 {
        self.received_ms
    }

    /// The model alone.
    #[must_use]
    pub fn into_inner(self) -> A {
        self.value
    }

    /// The model and how the call went.
    #[must_use]
    pub fn into_parts(self) -> (A, Outcome) {
        (self.value, self.outcome)
    }
}

impl<A> Deref for Answer<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.value
    }
}

impl<A: DeserializeOwned> Answer<A> {
    /// Reads the model of a call that succeeded; what cannot be handed back is told in the core's words.
    pub(super) fn read(
        call: &Call,
        outcome: Outcome,
        quote: Option<&Map<String, Value>>,
        received_ms: u64,
    ) -> Result<Self, ApiError> {
        let read = match (outcome.data(), quote) {
            (Some(data), _) => serde_json::from_str(data),
            // A recovered recalculation has no object of its own to be read: it is the quote that was committed.
            (None, Some(quote)) if outcome.recovered => {
                let mut quote = quote.clone();
                quote.remove(RECEIVED);
                A::deserialize(quote)
            }
            (None, _) => return Err(call.unfit(None, "")),
        };
        match read {
            Ok(value) => Ok(Self { value, outcome, received_ms }),
            Err(misfit) => Err(call.unfit(Some(&misfit.to_string()), outcome.data().unwrap_or_default())),
        }
    }
}
