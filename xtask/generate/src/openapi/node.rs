//! JSON whose objects keep the order in which they were written: a reader of the document finds what it is before what it
//! consists of, and fields in the order of the API's reference.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value of JSON, as far as a document needs it.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The object with one more entry at its end. Only objects have entries.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<Node>) -> Self {
        if let Self::Object(entries) = &mut self {
            entries.push((name.into(), value.into()));
        }
        self
    }

    /// The object with one more entry, if there is one.
    pub(super) fn with_some(self, name: &str, value: Option<Node>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The text of the document.
    pub(super) fn text(&self) -> String {
        // Names are texts and nothing else can fail, so there is a text.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Node>> From<Vec<T>> for Node {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Node>, const N: usize> From<[T; N]> for Node {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

/// An array of its items.
impl<T: Into<Node>> FromIterator<T> for Node {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

/// An object of its entries.
impl FromIterator<(String, Node)> for Node {
    fn from_iter<I: IntoIterator<Item = (String, Node)>>(entries: I) -> Self {
        Self::Object(entries.into_iter().collect())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// An object: `object! { "type" => "string" }`.
macro_rules! object {
    ($($name:expr => $value:expr),* $(,)?) => {
        $crate::openapi::node::Node::Object(vec![$(($name.to_owned(), $crate::openapi::node::Node::from($value))),*])
    };
}

pub(super) use object;
