//! JSON as places in a text: one pass says whether bytes are JSON and where the parts lie; nothing is copied, no number
//! becomes a float. As strict as `serde_json` is about what it passes over, without recursion, and a text that ends too
//! early is told from one that is wrong. What the parts mean is decided elsewhere.

mod object;
mod reader;
#[cfg(test)]
mod tests;
mod tree;

use core::ops::Range;
use reader::Reader;
use std::borrow::Cow;

pub(crate) use object::{Object, range_text};
pub(crate) use tree::{Fractions, number, object_text, plain, text_of, value, write};

/// Why bytes are no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// They end before the value does.
    Truncated,
    /// No continuation could make JSON of them.
    Wrong,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object; its parts are its members.
    Object,
    /// An array; its parts are its items, without names.
    Array,
    /// A text, a number or a word; it has no parts.
    Other,
}

/// Reads one value and shows where its parts lie: the source of a member's name, without quotes, and the value. Whether
/// the bytes are UTF-8 is not looked at.
///
/// # Errors
/// Why the bytes are no JSON; the parts before the flaw have been shown.
pub(crate) fn read(bytes: &[u8], part: &mut dyn FnMut(Range<usize>, Range<usize>)) -> Result<Shape, Flaw> {
    Reader::new(bytes).whole(part)
}

/// The members of an object: decoded names and the texts of the values, in their order. `None`: it is no object. A name
/// that says half of a surrogate pair is left out.
pub(crate) fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut members = Vec::new();
    let shape = read(text.as_bytes(), &mut |name, value| {
        members.extend(text.get(name).and_then(decoded).zip(text.get(value)));
    });
    (shape == Ok(Shape::Object)).then_some(members)
}

/// The value of the last member of this name.
pub(crate) fn member<'a>(members: &[(Cow<'a, str>, &'a str)], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
}

/// The texts of the items of an array. `None`: it is none.
pub(crate) fn items(text: &str) -> Option<Vec<&str>> {
    let mut items = Vec::new();
    let shape = read(text.as_bytes(), &mut |_, value| items.extend(text.get(value)));
    (shape == Ok(Shape::Array)).then_some(items)
}

/// What a value that is a text says. `None`: it is none, or says half of a surrogate pair.
pub(crate) fn string(value: &str) -> Option<Cow<'_, str>> {
    decoded(value.strip_prefix('"')?.strip_suffix('"')?)
}

/// What a value that is `true` or `false` says.
pub(crate) fn truth(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The whole number that these digits say; `None`: there are none, or others beside them, or too many.
pub(crate) fn whole(digits: &str) -> Option<u64> {
    let more = |number: u64, digit: char| number.checked_mul(10)?.checked_add(digit.to_digit(10)?.into());
    if digits.is_empty() { None } else { digits.chars().try_fold(0, more) }
}

/// What the source of a text, without quotes, says.
pub(crate) fn decoded(source: &str) -> Option<Cow<'_, str>> {
    let Some((plain, mut rest)) = source.split_once('\\') else { return Some(Cow::Borrowed(source)) };
    let mut text = String::with_capacity(source.len());
    text.push_str(plain);
    loop {
        let (escape, after) = rest.split_at_checked(1)?;
        rest = after;
        text.push(match escape {
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => match unit(&mut rest)? {
                high @ 0xD800..0xDC00 => {
                    rest = rest.strip_prefix("\\u")?;
                    let low = unit(&mut rest).filter(|low| (0xDC00..0xE000).contains(low))?;
                    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?
                }
                unit => char::from_u32(unit)?,
            },
            itself => itself.chars().next()?,
        });
        let Some((plain, after)) = rest.split_once('\\') else { break };
        text.push_str(plain);
        rest = after;
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// Four hex digits.
fn unit(rest: &mut &str) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    digits.chars().try_fold(0, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
}
