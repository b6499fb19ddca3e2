//! What a field of the API may hold, in the words that every language's printer and the argument check understand.
//! Which models and operations exist is said in `api/`; this file says only what such a statement consists of, and
//! `schema/` has the macros in which it is written.

mod choice;
mod model;

pub(crate) use choice::choice;
pub(crate) use model::model;

use crate::value::TextMap;

/// A type that a field may have. Its Rust form is compiled only with the feature `typed`; what it holds, always.
pub trait Described {
    /// What it holds.
    const KIND: Kind;
}

impl Described for String {
    const KIND: Kind = Kind::Text;
}

impl Described for bool {
    const KIND: Kind = Kind::Bool;
}

impl Described for i64 {
    const KIND: Kind = Kind::Integer;
}

impl Described for f64 {
    const KIND: Kind = Kind::Float;
}

impl Described for TextMap {
    const KIND: Kind = Kind::TextMap;
}

impl<T: Described> Described for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

/// A field of a request or of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a request without it is refused, or an answer always has it.
    pub required: bool,
    /// Whether `null` says something of its own (updates), rather than being the same as absent.
    pub nullable: bool,
    /// What it means, for documentation in every language.
    #[cfg(feature = "describe")]
    pub doc: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// A UUID as text.
    Uuid,
    /// A plain decimal as text, exact; never a JSON number in a request.
    Amount,
    /// An RFC 3339 time as text.
    Time,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A JSON number that is no money: `risk.score`.
    Float,
    /// One of these texts, or one that the API adds later.
    Choice {
        /// The name of the enumeration.
        name: &'static str,
        /// The known texts.
        values: &'static [&'static str],
        /// What it tells, for documentation in every language.
        #[cfg(feature = "describe")]
        doc: &'static str,
    },
    /// An object of this model.
    Object(&'static Model),
    /// An array.
    List(&'static Kind),
    /// An object from text to text.
    TextMap,
}

/// An object of the API.
#[derive(Debug)]
pub struct Model {
    /// The name in every language.
    pub name: &'static str,
    /// The fields in the reference's order.
    pub fields: &'static [Field],
    /// Groups of fields of which exactly one group is given: the ways to say an amount. Empty: no such choice.
    pub one_of: &'static [&'static [&'static str]],
    /// What the object is, for documentation in every language.
    #[cfg(feature = "describe")]
    pub doc: &'static str,
}

impl Model {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The name on the wire of a Rust name: `r#type` is `type`.
#[must_use]
pub(crate) const fn wire(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match core::str::from_utf8(rest) {
            Ok(bare) => bare,
            Err(_) => name,
        },
        _ => name,
    }
}

impl Kind {
    /// The model of an object, or of the objects of a list.
    #[must_use]
    pub const fn model(&self) -> Option<&'static Model> {
        let mut kind = self;
        while let Self::List(inner) = kind {
            kind = inner;
        }
        if let Self::Object(model) = kind { Some(model) } else { None }
    }
}

#[cfg(test)]
#[cfg(feature = "typed")]
mod tests;
