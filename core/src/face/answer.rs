//! What a typed call hands back: the model, and how the call went.

use core::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::code::Code;
use crate::error::ApiError;
use crate::http::Method;
use crate::operation::Operation;
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
    pub(super) fn read(
        operation: &'static Operation,
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
            (None, _) => return Err(no_object(operation, outcome)),
        };
        match read {
            Ok(value) => Ok(Self { value, outcome, received_ms }),
            Err(error) => Err(no_model(operation, outcome, &error)),
        }
    }
}

/// A success without an object: a 202 whose work is not finished, or a 304. A typed call has nothing to hand back for it.
fn no_object(operation: &Operation, outcome: Outcome) -> ApiError {
    let (code, message, hint) = if outcome.accepted {
        let hint = match outcome.record {
            Some(_) => "do not repeat it: give the record to resolve later, it finds out how the write ended",
            None => "nothing has moved: ask again later",
        };
        (Code::OutcomeUnknown, "the API took the request, but has not finished it", hint)
    } else if outcome.not_modified {
        let hint = "keep the version you have: ask with .changed(), which answers None for this";
        (Code::InvalidResponse, "nothing has changed since the version that the request named", hint)
    } else {
        (Code::InvalidResponse, "the answer has no object", "use call for requests that may answer none")
    };
    told(ApiError::new(code, operation.name, message, hint), outcome)
}

/// The call succeeded, but what came does not fit the model of this version.
fn no_model(operation: &Operation, outcome: Outcome, error: &serde_json::Error) -> ApiError {
    let hint = if operation.method == Method::Get {
        "use call, which hands back what came, and report this"
    } else {
        "the API applied the request: do not repeat it, read the object with call, and report this"
    };
    let message = format!("the answer does not fit its model: {error}");
    let mut refused = ApiError::new(Code::InvalidResponse, operation.name, message, hint);
    refused.existing_id = outcome.data().and_then(id_of);
    told(refused, outcome)
}

fn told(mut error: ApiError, outcome: Outcome) -> ApiError {
    error.status = Some(outcome.status);
    error.request_id = outcome.request_id;
    error.record = outcome.record;
    error.trace = outcome.trace;
    error
}

fn id_of(data: &str) -> Option<String> {
    let object: Value = serde_json::from_str(data).ok()?;
    object.get("id")?.as_str().map(str::to_owned)
}
