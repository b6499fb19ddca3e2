//! An amount of money as exact text. Nothing here ever becomes a float: a JSON number is read by its source text, and an
//! amount that does not fit into a decimal keeps its text and is never rounded (rule P2).

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::amount::{is_amount, number_text, same_amount};

/// An exact decimal with the text that the API wrote. Two amounts are equal when their values are: `1.0` is `1.00`.
///
/// Made from text (`"100.50".parse()`), a [`Decimal`] or a whole number; on purpose not from a float.
#[derive(Clone, Debug, Default)]
pub struct Amount(String);

/// The text is no plain decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAmount(String);

impl Amount {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The exact value; `None` when the text is no plain decimal, or has more digits than a [`Decimal`] holds exactly.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        if is_amount(&self.0) { Decimal::from_str_exact(&self.0).ok() } else { None }
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || same_amount(&self.0, &other.0)
    }
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        if is_amount(text) { Ok(Self(text.to_owned())) } else { Err(NotAnAmount(text.to_owned())) }
    }
}

impl fmt::Display for NotAnAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an amount: write a plain decimal such as \"100.50\"", self.0)
    }
}

impl core::error::Error for NotAnAmount {}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Self(value.to_string())
    }
}

macro_rules! from_whole_numbers {
    ($($whole:ty)*) => {
        $(impl From<$whole> for Amount {
            fn from(value: $whole) -> Self {
                Self(value.to_string())
            }
        })*
    };
}

from_whole_numbers!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: Box<RawValue> = serde::Deserialize::deserialize(deserializer)?;
        let source = raw.get();
        let wrong = || serde::de::Error::custom(format_args!("expected an amount, found {source}"));
        match source.as_bytes().first() {
            Some(b'"') => serde_json::from_str(source).map(Self).map_err(|_| wrong()),
            Some(b'-' | b'0'..=b'9') => {
                Ok(Self(number_text(source).map_or_else(|| source.to_owned(), Cow::into_owned)))
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    fn read(json: &str) -> Amount {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_number_keeps_its_source_text_and_never_passes_a_float() {
        assert_eq!(
            read("0.1000000000000000055511151231257827").as_str(),
            "0.1000000000000000055511151231257827"
        );
        assert_eq!(read("100.0").as_str(), "100.0");
        assert_eq!(read("-3").as_str(), "-3");
        assert_eq!(serde_json::to_string(&read("0.02038328")).unwrap(), "\"0.02038328\"");
    }

    #[test]
    fn equal_is_by_value() {
        assert_eq!(read("\"1.0\""), read("\"1.00\""));
        assert_eq!(read("\"0.0\""), read("\"-0\""));
        assert_eq!(read("\"007.5\""), read("7.50"));
        assert_ne!(read("\"1.0\""), read("\"-1.0\""));
        assert_ne!(read("\"10\""), read("\"1\""));
        assert_ne!(read("\"0.01\""), read("\"0.1\""));
    }

    #[test]
    fn one_that_does_not_fit_keeps_its_text_and_is_not_rounded() {
        let long = "0.00000000000000000000000000000000001";
        assert_eq!((read(&format!("\"{long}\"")).as_str(), read(long).decimal()), (long, None));
        assert_eq!(
            read("\"123456789.123456789\"").decimal().map(|d| d.to_string()).unwrap(),
            "123456789.123456789"
        );
        assert_eq!(read("1e500").as_str(), "1e500");
        assert_eq!(read("1e500").decimal(), None);
        // python3 -c 'from decimal import Decimal; print(f"{Decimal(\"1.5e-3\"):f}")'
        assert_eq!(read("1.5e-3").as_str(), "0.0015");
    }

    #[test]
    fn only_plain_decimals_are_taken_from_a_caller() {
        for text in [
            "", ".5", "5.", "+1", "1e5", "NaN", "1_000.0", "1,5", " 1", "1 ", "-", "--1", "٣", "0x1", "1.2.3",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text:?}");
        }
        for text in ["0", "-1", "100.50", "0.00000001"] {
            assert_eq!(text.parse::<Amount>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn something_else_is_an_error_that_shows_it() {
        let error = serde_json::from_str::<Amount>("[1]").unwrap_err().to_string();
        assert!(error.starts_with("expected an amount, found [1]"), "{error}");
    }
}
