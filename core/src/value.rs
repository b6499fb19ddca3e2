//! The types that fields of models have beyond Rust's own: ids, amounts, times, maps, changes, unknown fields. Without
//! the feature `typed` the first three are names that only say what they hold, so that request checks cost no crate.

#[cfg(feature = "typed")]
mod amount;
#[cfg(feature = "typed")]
mod extra;
#[cfg(feature = "typed")]
mod timestamp;
#[cfg(feature = "typed")]
mod update;

#[cfg(feature = "typed")]
pub use amount::{Amount, NotAnAmount};
#[cfg(feature = "typed")]
pub use extra::Extra;
#[cfg(feature = "typed")]
pub(crate) use extra::Key;
#[cfg(feature = "typed")]
pub use timestamp::Timestamp;
#[cfg(feature = "typed")]
pub use update::Update;
#[cfg(feature = "typed")]
pub use uuid::Uuid;

use crate::schema::{Described, Kind};

/// Texts by name, as an invoice's `metadata`.
pub type TextMap = std::collections::BTreeMap<String, String>;

/// A UUID.
#[cfg(not(feature = "typed"))]
#[derive(Clone, Copy, Debug)]
pub enum Uuid {}

/// An exact decimal.
#[cfg(not(feature = "typed"))]
#[derive(Clone, Copy, Debug)]
pub enum Amount {}

/// An RFC 3339 time.
#[cfg(not(feature = "typed"))]
#[derive(Clone, Copy, Debug)]
pub enum Timestamp {}

impl Described for Uuid {
    const KIND: Kind = Kind::Uuid;
}

impl Described for Amount {
    const KIND: Kind = Kind::Amount;
}

impl Described for Timestamp {
    const KIND: Kind = Kind::Time;
}

/// Reads a text and makes something of it, without a copy where the text needs none.
#[cfg(feature = "typed")]
pub(crate) fn text<'de, D: serde::Deserializer<'de>, T>(
    deserializer: D,
    make: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    struct Text<F>(F);

    impl<T, F: FnOnce(&str) -> T> serde::de::Visitor<'_> for Text<F> {
        type Value = T;

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, text: &str) -> Result<T, E> {
            Ok((self.0)(text))
        }
    }

    deserializer.deserialize_str(Text(make))
}
