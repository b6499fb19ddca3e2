//! A success that the host cannot hand back: there is no object in it, or one that does not fit its model. What the caller is
//! told then is decided here, for every language alike.

use super::Call;
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
        if let Some(success) = &self.success {
            error.status = Some(success.status);
            error.request_id.clone_from(&success.request_id);
        }
        error.trace = self.trace.clone();
        error
    }

    fn no_model(&self, misfit: &str) -> ApiError {
        let name = self.plan.operation.name;
        let invalid = |hint| {
            let message = ["the answer does not fit its model: ", misfit].concat();
            ApiError::new(Code::InvalidResponse, name, message, hint)
        };
        if !self.plan.writes() {
            return invalid(match self.plan.operation.method {
                Method::Get => "report this: the raw answer can be read without the model",
                _ => "nothing moves before the commit: report this",
            });
        }
        let mut error = ApiError::new(
            Code::OutcomeUnknown,
            name,
            ["the request was applied, but its answer does not fit its model: ", misfit].concat(),
            "do not send it again: read the object or resolve the record, and report this",
        );
        let mut cause = invalid("").to_cause();
        if let Some(success) = &self.success {
            cause.status = Some(success.status);
            cause.request_id.clone_from(&success.request_id);
        }
        error.record =
            self.record().map(|record| Box::new(super::Record { cause: Some(cause.clone()), ..record }));
        error.cause = Some(cause);
        error
    }

    fn no_object(&self) -> ApiError {
        let name = self.plan.operation.name;
        let (accepted, not_modified) =
            self.success.as_ref().map_or((false, false), |success| (success.accepted, success.not_modified));
        if accepted {
            let record = if self.plan.writes() { self.record() } else { None };
            let hint = match record {
                Some(_) => "do not send it again: store the record and resolve it later",
                None => "nothing has moved: ask again later",
            };
            let message = "the API accepted the request, but has not finished it";
            let mut error = ApiError::new(Code::OutcomeUnknown, name, message, hint);
            error.record = record.map(Box::new);
            return error;
        }
        let (message, hint) = if not_modified {
            ("nothing has changed since the version that the request named", "keep the version that you have")
        } else {
            ("the answer has no object", "report this: the raw answer can be read without the model")
        };
        ApiError::new(Code::InvalidResponse, name, message, hint)
    }
}

#[cfg(test)]
mod tests;
