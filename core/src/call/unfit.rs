//! A success that the host cannot hand back: there is no object in it, or one that does not fit its model. What the caller is
//! told then is decided here, for every language alike.

use super::Call;
use super::pending::Record;
use super::same::Found;
use crate::code::Code;
use crate::error::ApiError;
use crate::http::Method;
use crate::outcome::Outcome;

/// What stays known of the answer that a call succeeded with.
#[derive(Debug)]
pub(super) struct Success {
    status: u16,
    request_id: Option<String>,
    accepted: bool,
    not_modified: bool,
}

impl Success {
    pub(super) fn of(outcome: &Outcome) -> Self {
        Self {
            status: outcome.status,
            request_id: outcome.request_id.clone(),
            accepted: outcome.accepted,
            not_modified: outcome.not_modified,
        }
    }
}

impl Call {
    /// The error of a call that succeeded with what its host cannot hand back. `misfit` says what does not fit the model, in a
    /// phrase; `None`: there is no object. `data` is the text of the answer's `data`, empty where there is none.
    ///
    /// A write whose object cannot be read was applied all the same: it ends as `outcome_unknown` with its record, so that nobody
    /// takes it for a payment that was not made (W2).
    #[must_use]
    pub fn unfit(&self, misfit: Option<&str>, data: &str) -> ApiError {
        let mut error = match misfit {
            Some(misfit) => self.no_model(misfit),
            None => self.no_object(),
        };
        error.existing_id = Found::parse(data).and_then(|found| found.text("id"));
        error
    }

    fn no_model(&self, misfit: &str) -> ApiError {
        let unread = "answer does not fit its model: ";
        let hint = match self.plan.operation.method {
            Method::Get => "report this: the raw answer can be read without the model",
            _ => "nothing moves before the commit: report this",
        };
        let invalid = self.about(Code::InvalidResponse, &["the ", unread, misfit].concat(), hint);
        if !self.plan.writes() {
            return invalid;
        }
        let cause = invalid.to_cause();
        let mut error = self.about(
            Code::OutcomeUnknown,
            &["the request was applied, but its ", unread, misfit].concat(),
            "do not send it again: read the object or resolve the record, and report this",
        );
        error.record = self.record().map(|record| Box::new(Record { cause: Some(cause.clone()), ..record }));
        error.cause = Some(cause);
        error
    }

    fn no_object(&self) -> ApiError {
        let known = self.success.as_ref();
        if known.is_some_and(|success| success.accepted) {
            let record = if self.plan.writes() { self.record() } else { None };
            let hint = match record {
                Some(_) => "do not send it again: store the record and resolve it later",
                None => "nothing has moved: ask again later",
            };
            let message = "the API accepted the request, but has not finished it";
            let mut error = self.about(Code::OutcomeUnknown, message, hint);
            error.record = record.map(Box::new);
            return error;
        }
        let (message, hint) = if known.is_some_and(|success| success.not_modified) {
            ("nothing has changed since the version that the request named", "keep the version that you have")
        } else {
            ("the answer has no object", "report this: the raw answer can be read without the model")
        };
        self.about(Code::InvalidResponse, message, hint)
    }

    /// An error about the answer that the call succeeded with.
    fn about(&self, code: Code, message: &str, hint: &str) -> ApiError {
        let mut error = ApiError::new(code, self.plan.operation.name, message, hint);
        if let Some(success) = &self.success {
            error.status = Some(success.status);
            error.request_id.clone_from(&success.request_id);
        }
        error.trace = self.trace.clone();
        error
    }
}

#[cfg(test)]
mod tests;
