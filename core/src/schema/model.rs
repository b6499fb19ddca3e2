//! `model!` states an object of the API once: its fields in the reference's order, their types and what they mean.
//! From that come the description that argument checks and printers read, and, with the feature `typed`, the Rust
//! struct with its (de)serialisation. It is written by hand and not derived, because `#[serde(flatten)]` would read
//! unknown fields through a float; here they keep their exact text in `extra`.

/// States a model. Its word before the name says where it occurs:
///
/// * `answer Name { … }`: the API answers it. `answer Name / CallbackName { … }` also makes the form in which callbacks
///   carry it: older and hand-made bodies lack almost anything, so there everything but `id` and `status` is optional,
///   while in answers only what the reference or a recording says.
/// * `params Name { … }`: a request's fields. `one_of [a] [b c]` after the block names exclusive groups.
/// * `shared Name { … }`: in both.
///
/// Types of fields: `T` is required (an answer without it is not understood, a request refused), `Option<T>` may be
/// absent, `Nullable<T>` may be absent and `null` may be passed on in untyped parameters, `Update<T>` tells unchanged,
/// null and a value apart.
macro_rules! model {
    ($(#[doc = $doc:literal])* answer $name:ident / $loose:ident { $($fields:tt)* }) => {
        $crate::schema::model!(@split (callback [$($doc)*] $name $loose []) [] [] { $($fields)* });
    };
    ($(#[doc = $doc:literal])* $place:ident $name:ident { $($fields:tt)* } $(one_of $($group:tt)+)?) => {
        $crate::schema::model!(@split ($place [$($doc)*] $name $name [$($($group)+)?]) [] [] { $($fields)* });
    };

    // Sorts the fields, one after the other, into { [docs] name mode type }; the second list is the callbacks' form.
    (@split ($place:ident $doc:tt $name:ident $loose:ident $groups:tt) $strict:tt $lenient:tt {}) => {
        $crate::schema::model!(@$place $doc $name $loose $groups $strict $lenient);
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* $f:ident: Option<$t:ty>, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] $f opt $t }] [$($l)* { [$($d)*] $f opt $t }] { $($rest)* });
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* $f:ident: Nullable<$t:ty>, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] $f nul $t }] [$($l)* { [$($d)*] $f nul $t }] { $($rest)* });
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* $f:ident: Update<$t:ty>, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] $f upd $t }] [$($l)* { [$($d)*] $f upd $t }] { $($rest)* });
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* id: $t:ty, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] id req $t }] [$($l)* { [$($d)*] id req $t }] { $($rest)* });
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* status: $t:ty, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] status req $t }] [$($l)* { [$($d)*] status req $t }] { $($rest)* });
    };
    (@split $to:tt [$($s:tt)*] [$($l:tt)*] { $(#[doc = $d:literal])* $f:ident: $t:ty, $($rest:tt)* }) => {
        $crate::schema::model!(@split $to [$($s)* { [$($d)*] $f req $t }] [$($l)* { [$($d)*] $f opt $t }] { $($rest)* });
    };

    // What each place makes of the fields.
    (@answer $doc:tt $name:ident $loose:ident $groups:tt $strict:tt $lenient:tt) => {
        $crate::schema::model!(@describe $doc $name $groups $strict);
        $crate::schema::model!(@object [#[non_exhaustive]] $doc $name $strict);
    };
    (@callback [$($doc:literal)*] $name:ident $loose:ident $groups:tt $strict:tt $lenient:tt) => {
        $crate::schema::model!(@answer [$($doc)*] $name $name $groups $strict $lenient);
        $crate::schema::model!(@answer [$($doc)* "" " As callbacks carry it: everything except `id` and `status` may be missing."]
            $loose $loose $groups $lenient $lenient);
    };
    (@shared $doc:tt $name:ident $loose:ident $groups:tt $strict:tt $lenient:tt) => {
        $crate::schema::model!(@describe $doc $name $groups $strict);
        $crate::schema::model!(@object [#[derive(Default)]] $doc $name $strict);
    };
    (@params $doc:tt $name:ident $loose:ident $groups:tt $strict:tt $lenient:tt) => {
        $crate::schema::model!(@describe $doc $name $groups $strict);
        $crate::schema::model!(@request $doc $name $strict);
    };

    // The description, always compiled; without `typed` the name stands for nothing else.
    (@describe [$($doc:literal)*] $name:ident [$([$($group:ident)*])*]
        [$({ [$($d:literal)*] $f:ident $mode:ident $t:ty })*]
    ) => {
        #[cfg(not(feature = "typed"))]
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        const _: () = {
            static MODEL: $crate::schema::Model = $crate::schema::Model {
                name: stringify!($name),
                fields: &[$($crate::schema::Field {
                    name: $crate::schema::wire(stringify!($f)),
                    kind: <$t as $crate::schema::Described>::KIND,
                    required: $crate::schema::model!(@required $mode),
                    nullable: $crate::schema::model!(@nullable $mode),
                    #[cfg(feature = "describe")]
                    doc: concat!($($d, "\n"),*),
                }),*],
                one_of: &[$(&[$(stringify!($group)),*]),*],
                #[cfg(feature = "describe")]
                doc: concat!($($doc, "\n"),*),
            };

            impl $name {
                /// What the object consists of.
                pub const MODEL: &'static $crate::schema::Model = &MODEL;
            }

            impl $crate::schema::Described for $name {
                const KIND: $crate::schema::Kind = $crate::schema::Kind::Object(&MODEL);
            }
        };
    };

    // A struct that can be read and written and keeps what it does not know.
    (@object [$($attribute:tt)*] [$($doc:literal)*] $name:ident [$({ [$($d:literal)*] $f:ident $mode:ident $t:ty })*]) => {
        #[cfg(feature = "typed")]
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        $($attribute)*
        pub struct $name {
            $(
                $(#[doc = $d])*
                pub $f: $crate::schema::model!(@type $mode $t),
            )*
            /// Fields that this version does not know, with their exact text.
            pub extra: $crate::value::Extra,
        }

        #[cfg(feature = "typed")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $($crate::schema::model!(@write map $mode $f self);)*
                self.extra.write(&mut map)?;
                serde::ser::SerializeMap::end(map)
            }
        }

        #[cfg(feature = "typed")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str(concat!("an object of the model ", stringify!($name)))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        $(let mut $f: Option<$crate::schema::model!(@type $mode $t)> = None;)*
                        let mut extra = $crate::value::Extra::default();
                        while let Some($crate::value::Key(key)) = map.next_key()? {
                            $(if key == const { $crate::schema::wire(stringify!($f)) } {
                                $f = Some(map.next_value()?);
                            } else)* {
                                extra.read(key, &mut map)?;
                            }
                        }
                        Ok($name {
                            $($f: $crate::schema::model!(@filled $mode $f),)*
                            extra,
                        })
                    }
                }

                deserializer.deserialize_map(Fields)
            }
        }
    };

    // A struct that can only be written.
    (@request [$($doc:literal)*] $name:ident [$({ [$($d:literal)*] $f:ident $mode:ident $t:ty })*]) => {
        #[cfg(feature = "typed")]
        $(#[doc = $doc])*
        ///
        /// Fill in what is needed and take the rest from `Default`; a required field that stays unset is refused
        /// before anything is sent.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $d])*
                pub $f: $crate::schema::model!(@type $mode $t),
            )*
        }

        #[cfg(feature = "typed")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $($crate::schema::model!(@write map $mode $f self);)*
                serde::ser::SerializeMap::end(map)
            }
        }
    };

    (@type req $t:ty) => { $t };
    (@type upd $t:ty) => { $crate::value::Update<$t> };
    (@type $mode:ident $t:ty) => { Option<$t> };

    (@required req) => { true };
    (@required $mode:ident) => { false };

    (@nullable upd) => { true };
    (@nullable nul) => { true };
    (@nullable $mode:ident) => { false };

    (@write $map:ident req $f:ident $of:ident) => {
        serde::ser::SerializeMap::serialize_entry(&mut $map, $crate::schema::wire(stringify!($f)), &$of.$f)?
    };
    (@write $map:ident upd $f:ident $of:ident) => {
        $of.$f.write(&mut $map, $crate::schema::wire(stringify!($f)))?
    };
    (@write $map:ident $mode:ident $f:ident $of:ident) => {
        if let Some(value) = &$of.$f {
            serde::ser::SerializeMap::serialize_entry(&mut $map, $crate::schema::wire(stringify!($f)), value)?
        }
    };

    (@filled req $f:ident) => {
        match $f {
            Some(value) => value,
            None => return Err(serde::de::Error::missing_field($crate::schema::wire(stringify!($f)))),
        }
    };
    (@filled $mode:ident $f:ident) => { $f.flatten() };
}

pub(crate) use model;
