//! What is wrong with something the caller gave, before anything is sent: a setting of the client, or an argument of a call.
//! The text says what to do; it never repeats a secret. Who turns it into the error of a call is decided elsewhere.

use core::fmt;

/// A setting of the client that cannot work (`configuration`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig {
    /// The setting, as its documentation names it, such as `api_secret`.
    pub name: &'static str,
    /// What is wrong and what to do: lower case, no full stop.
    pub reason: &'static str,
}

/// An argument of a call that cannot be sent (`invalid_argument`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidArgument {
    /// The parameter, such as `invoice_id` or `beneficiary.address.country`.
    pub field: String,
    /// What is wrong and what to do: lower case, no full stop.
    pub message: String,
}

impl InvalidArgument {
    /// The parameter and what is wrong with it.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl InvalidConfig {
    /// The setting and what is wrong with it.
    #[must_use]
    pub fn sentence(&self) -> String {
        [self.name, ": ", self.reason].concat()
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl fmt::Display for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl core::error::Error for InvalidConfig {}
impl core::error::Error for InvalidArgument {}
