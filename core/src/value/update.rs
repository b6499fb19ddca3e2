//! A field of an update: left as it is, emptied, or set. `Option` could not tell the first two apart.

use serde::Serialize;
use serde::ser::SerializeMap;

/// What an update does to a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update<T> {
    /// The field is not sent and stays as it is.
    #[default]
    Unchanged,
    /// `null` is sent.
    Null,
    /// The value is sent.
    Value(T),
}

impl<T> From<T> for Update<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Update<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl<T: Serialize> Update<T> {
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M, name: &'static str) -> Result<(), M::Error> {
        match self {
            Self::Unchanged => Ok(()),
            Self::Null => map.serialize_entry(name, &()),
            Self::Value(value) => map.serialize_entry(name, value),
        }
    }
}
