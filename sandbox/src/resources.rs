//! One file for each kind of object: what its operations check, do and answer.

pub(crate) mod accounts;
pub(crate) mod rates;
