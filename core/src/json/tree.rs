//! Whole values: JSON read into the tree that parameters are, and written again. For what crosses the border and is small;
//! answers stay text. Small in wasm, which is why it is not `serde_json`'s own reader and writer.

use super::{Shape, decoded, read, string, truth, whole};
use serde_json::{Map, Number, Value};

/// The deepest value that is read; `serde_json` stops there too.
const DEEPEST: u32 = 127;
/// The largest whole number that every language holds exactly; a larger one counts as none.
const LARGEST: u64 = (1 << 53) - 1;

/// What becomes of a number that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fractions {
    /// It stays a number, rounded: for parameters, which are refused with one in them.
    Rounded,
    /// It becomes its own text, exactly: for what is compared later.
    AsText,
}

/// The value in this text; `None`: it is no JSON, or too deep.
pub(crate) fn value(text: &str, fractions: Fractions) -> Option<Value> {
    read(text.as_bytes(), &mut |_, _| ()).ok()?;
    tree(text.trim_matches([' ', '\n', '\r', '\t']), fractions, DEEPEST)
}

/// The value in a text that is known to be JSON.
fn tree(text: &str, fractions: Fractions, depth: u32) -> Option<Value> {
    match text.as_bytes().first()? {
        b'{' | b'[' => {}
        b'"' => return string(text).map(|text| Value::String(text.into_owned())),
        b't' | b'f' => return truth(text).map(Value::Bool),
        b'n' => return Some(Value::Null),
        _ => return read_number(text, fractions),
    }
    let (mut members, mut items, mut whole) = (Map::new(), Vec::new(), true);
    let within = depth.checked_sub(1)?;
    let shape = read(text.as_bytes(), &mut |name, value| {
        let is_item = name.end == 0;
        let value = text.get(value).and_then(|value| tree(value, fractions, within));
        match (text.get(name).and_then(decoded), value) {
            (Some(_), Some(value)) if is_item => items.push(value),
            (Some(name), Some(value)) => {
                members.insert(name.into_owned(), value);
            }
            _ => whole = false,
        }
    })
    .ok()?;
    whole.then_some(if shape == Shape::Object { Value::Object(members) } else { Value::Array(items) })
}

fn read_number(text: &str, fractions: Fractions) -> Option<Value> {
    let digits = text.strip_prefix('-');
    let exact = whole(digits.unwrap_or(text)).filter(|whole| *whole <= LARGEST);
    if let Some(whole) = exact.and_then(|whole| i64::try_from(whole).ok()) {
        return Some(if digits.is_some() { -whole } else { whole }.into());
    }
    match fractions {
        Fractions::AsText => Some(text.into()),
        Fractions::Rounded => Number::from_f64(rounded(text)).map(Value::Number),
    }
}

/// About the number in this text, by the plainest arithmetic: the tables of an exact one are larger than all of this.
fn rounded(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digit = |digit: char| digit.to_digit(10).map(f64::from);
    let whole = whole.chars().filter_map(digit).fold(0.0, |sum, digit| sum * 10.0 + digit);
    let part = fraction.chars().rev().filter_map(digit).fold(0.0, |sum, digit| (sum + digit) / 10.0);
    let small = exponent.strip_prefix('-');
    let size = super::whole(small.unwrap_or(exponent.strip_prefix('+').unwrap_or(exponent)));
    let step = if small.is_some() { 0.1 } else { 10.0 };
    let scaled = (0..size.unwrap_or(400).min(400)).fold(whole + part, |number, _| number * step);
    if mantissa.starts_with('-') { -scaled } else { scaled }
}

/// Appends a value, compact.
pub(crate) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&plain(number)),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => write_members(members, out),
    }
}

/// A value as text, compact.
pub(crate) fn text_of(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// An object as text, compact.
pub(crate) fn object_text(members: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_members(members, &mut text);
    text
}

/// Appends an object, compact.
fn write_members(members: &Map<String, Value>, out: &mut String) {
    out.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

/// Appends a text with its quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    let special = |byte| matches!(byte, b'"' | b'\\' | 0..0x20);
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    // Nearly every text is plain, which is seen soonest when all of it is looked at.
    let any = text.bytes().fold(false, |any, byte| any | special(byte));
    while any && let Some(at) = rest.bytes().position(special) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (special, after) = after.split_at_checked(1).unwrap_or_default();
        match special {
            "\u{8}" => out.push_str("\\b"),
            "\u{c}" => out.push_str("\\f"),
            "\n" => out.push_str("\\n"),
            "\r" => out.push_str("\\r"),
            "\t" => out.push_str("\\t"),
            "\"" => out.push_str("\\\""),
            "\\" => out.push_str("\\\\"),
            control => {
                let digit = |of: u32| char::from_digit(of & 15, 16).unwrap_or('0');
                let code = control.chars().next().map_or(0, u32::from);
                out.extend(['\\', 'u', '0', '0', digit(code >> 4), digit(code)]);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

/// The text of a number. Parameters hold whole ones only, and what comes over the border no others; only a Rust
/// program may bring a fraction along, and has its printer anyway.
pub(crate) fn plain(number: &Number) -> String {
    let mut text = String::new();
    match (number.as_u64(), number.as_i64()) {
        (Some(whole), _) => push_number(whole, &mut text),
        (_, Some(whole)) => {
            text.push('-');
            push_number(whole.unsigned_abs(), &mut text);
        }
        #[cfg(not(target_family = "wasm"))]
        _ => text = number.to_string(),
        #[cfg(target_family = "wasm")]
        _ => text.push_str("null"),
    }
    text
}

/// A whole number as text.
pub(crate) fn number(number: u64) -> String {
    let mut text = String::new();
    push_number(number, &mut text);
    text
}

/// Appends a whole number. The formatter of the standard library is larger than all of this file.
pub(crate) fn push_number(number: u64, out: &mut String) {
    if number > 9 {
        push_number(number / 10, out);
    }
    let digit = u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10));
    out.push(digit.unwrap_or('0'));
}
