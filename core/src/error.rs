//! The one error of the core: what a person needs to act, the same in every language. Its text is made here;
//! a face repeats its form only for what it refuses before the core is asked. It never holds a secret or an `Authorization` header.

use crate::call::pending::Record;
use crate::code::Code;
pub use crate::envelope::FieldError;
use crate::invalid::sentence;
use crate::json::number;
use crate::outcome::Trace;
use core::fmt;

/// Why a call ended without success.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The stable code.
    pub code: Code,
    /// The operation, `invoices.create`.
    pub operation: String,
    /// The status of the response that decided, if one did.
    pub status: Option<u16>,
    /// `meta.request_id` of the body, else the CDN's `cf-ray`.
    pub request_id: Option<String>,
    /// What happened, in one phrase.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The API's own `error.code`.
    pub api_code: Option<String>,
    /// What the API said about single fields (422), or the field of an `invalid_argument`.
    pub fields: Vec<FieldError>,
    /// The id of the object that stands in the way, where one was read, or of the last good row of a list.
    pub existing_id: Option<String>,
    /// The fields in which a found object differs from the request.
    pub differing: Vec<String>,
    /// When to come back, ms since 1970 on the host's clock.
    pub retry_at_ms: Option<u64>,
    /// What `resolve` takes, whenever the write may have been applied.
    pub record: Option<Box<Record>>,
    /// What stopped a call whose outcome is unknown.
    pub cause: Option<Cause>,
    /// For a 401: what was signed.
    pub signed: Option<Signed>,
    /// How the call went.
    pub trace: Trace,
}

/// The last thing that went wrong before a call ended in doubt.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cause {
    /// The code that this alone would have had.
    pub code: Code,
    /// The status, if a response was had.
    pub status: Option<u16>,
    /// The request id of that response.
    pub request_id: Option<String>,
    /// One phrase for people.
    pub message: String,
}

/// What was signed in a request that the server refused with 401. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Signed {
    /// The exact text whose HMAC was sent; its lines are method, body hash, content type, date and path.
    pub string_to_sign: String,
    /// Server time minus signed time in ms, where the response had a usable `Date`.
    pub clock_difference_ms: Option<i64>,
    /// Which part is most likely wrong.
    pub likely: String,
}

impl ApiError {
    /// An error that only says what happened and what to do.
    #[must_use]
    pub fn new(code: Code, operation: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            operation: operation.into(),
            status: None,
            request_id: None,
            message: message.into(),
            hint: hint.into(),
            api_code: None,
            fields: Vec::new(),
            existing_id: None,
            differing: Vec::new(),
            retry_at_ms: None,
            record: None,
            cause: None,
            signed: None,
            trace: Trace::default(),
        }
    }

    /// An argument that was refused before anything was sent.
    #[must_use]
    pub fn invalid_argument(operation: &str, field: &str, message: &str) -> Self {
        let text = sentence(field, message);
        let mut error =
            Self::new(Code::InvalidArgument, operation, text, "nothing was sent: correct the argument");
        error.fields.push(FieldError {
            target: field.into(),
            code: Code::InvalidArgument.as_str().into(),
            message: message.into(),
            args: "{}".into(),
        });
        error
    }

    /// This error as the cause inside an `outcome_unknown`.
    #[must_use]
    pub fn to_cause(&self) -> Cause {
        Cause {
            code: self.code,
            status: self.status,
            request_id: self.request_id.clone(),
            message: self.message.clone(),
        }
    }
}

impl ApiError {
    /// The whole sentence that every language shows:
    /// `invoices.create: validation (status 422, request 7f…, 1 attempt): what happened; what to do`
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut text = String::new();
        let mut say = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
        say(&[&self.operation, ": ", self.code.as_str(), " ("]);
        if let Some(status) = self.status {
            say(&["status ", &number(status.into()), ", "]);
        }
        if let Some(id) = &self.request_id {
            say(&["request ", id, ", "]);
        }
        let attempts = if self.trace.sends == 1 { " attempt" } else { " attempts" };
        say(&[&number(self.trace.sends.into()), attempts, "): ", &self.message]);
        if self.code == Code::Validation {
            for field in &self.fields {
                say(&["; ", &field.target, " ", &field.message]);
            }
        }
        if let Some(cause) = &self.cause {
            say(&["; cause: ", &cause.message, " (", cause.code.as_str(), ")"]);
        }
        if let Some(signed) = &self.signed {
            say(&["; most likely ", &signed.likely]);
        }
        say(&["; ", &self.hint]);
        text
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl core::error::Error for ApiError {}
