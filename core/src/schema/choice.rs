//! `choice!` states an enumeration of the API once. Enumerations are open: a text that this version does not know
//! arrives as itself in `Other` and goes back as it came, it is never an error (rule P3).

/// States an open enumeration: `choice! { /// Doc. Name { Variant = "text", … } }`.
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        #[cfg(feature = "typed")]
        $(#[doc = $doc])*
        ///
        /// The enumeration is open: a text that this version does not know is kept in `Other`. As a default it is
        /// unset, which no request accepts.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )*
            /// A text that this version does not know.
            Other(String),
        }

        #[cfg(feature = "typed")]
        impl $name {
            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        #[cfg(feature = "typed")]
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        #[cfg(feature = "typed")]
        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        #[cfg(feature = "typed")]
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[cfg(feature = "typed")]
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        #[cfg(feature = "typed")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "typed")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::value::text(deserializer, |text| Self::from(text))
            }
        }

        #[cfg(not(feature = "typed"))]
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::schema::Described for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Choice {
                name: stringify!($name),
                values: &[$($text),*],
                #[cfg(feature = "describe")]
                doc: concat!($($doc, "\n"),*),
            };
        }
    };
}

pub(crate) use choice;
