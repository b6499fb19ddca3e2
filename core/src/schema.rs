//! What a field of the API may hold, in the words that every language's printer and the argument check understand.
//! Which models and operations exist is said in `api/`; this file says only what such a statement consists of.

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
