//! An object written as JSON text, member by member, in the order given: all that leaves over the border. One small
//! function for each kind of member is a fraction of what a serialiser made anew for every structure weighs in wasm.

use super::tree::{push_number, write_text};
use core::ops::Range;

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    /// An object without members yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        let mut text = String::with_capacity(256);
        text.push('{');
        Self(text)
    }

    /// The text of the object.
    #[must_use]
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// A member whose value is JSON already.
    pub(crate) fn json(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    /// A member that is a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        write_text(text, &mut self.0);
    }

    /// A member that is a text, or `null`.
    pub(crate) fn text_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.json(name, "null"),
        }
    }

    /// A member that is a list of texts.
    pub(crate) fn texts(&mut self, name: &str, texts: &[String]) {
        self.list(name, texts.iter().map(|text| quoted(text)));
    }

    /// A member that is a list of values that are JSON already.
    pub(crate) fn list(&mut self, name: &str, items: impl IntoIterator<Item = String>) {
        self.name(name);
        let mut before = '[';
        for item in items {
            self.0.push(before);
            self.0.push_str(&item);
            before = ',';
        }
        self.0.push_str(if before == '[' { "[]" } else { "]" });
    }

    /// A member that is a list of pairs of texts.
    pub(crate) fn pairs<'a>(&mut self, name: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.name(name);
        self.0.push('[');
        for (at, (one, other)) in pairs.into_iter().enumerate() {
            self.0.push_str(if at == 0 { "[" } else { ",[" });
            write_text(one, &mut self.0);
            self.0.push(',');
            write_text(other, &mut self.0);
            self.0.push(']');
        }
        self.0.push(']');
    }

    /// A member that is a whole number.
    pub(crate) fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        push_number(number, &mut self.0);
    }

    /// A member that is a whole number, or `null`.
    pub(crate) fn number_or_null(&mut self, name: &str, number: Option<u64>) {
        match number {
            Some(number) => self.number(name, number),
            None => self.json(name, "null"),
        }
    }

    /// A member that is a whole number of either sign, or `null`.
    pub(crate) fn signed_or_null(&mut self, name: &str, number: Option<i64>) {
        self.number_or_null(name, number.map(i64::unsigned_abs));
        if number.is_some_and(i64::is_negative) {
            let digits = self.0.rfind(':').map_or(0, |colon| colon + 1);
            self.0.insert(digits, '-');
        }
    }

    /// A member that is `true` or `false`.
    pub(crate) fn truth(&mut self, name: &str, truth: bool) {
        self.json(name, if truth { "true" } else { "false" });
    }

    /// A member that is `[start, end]`, or `null`.
    pub(crate) fn range(&mut self, name: &str, range: Option<&Range<usize>>) {
        match range {
            Some(range) => self.json(name, &range_text(range)),
            None => self.json(name, "null"),
        }
    }

    /// The names of members are words, which need no escapes.
    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.len() == 1 { "\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

/// A range of bytes as `[start,end]`.
#[must_use]
pub(crate) fn range_text(range: &Range<usize>) -> String {
    let mut text = String::from("[");
    push_number(range.start as u64, &mut text);
    text.push(',');
    push_number(range.end as u64, &mut text);
    text.push(']');
    text
}

/// A text with its quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    write_text(text, &mut quoted);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // `serde_json` is the other implementation of the same grammar.
    #[test]
    fn an_object_is_the_text_that_serde_json_writes() {
        let odd = "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é☕\u{10ffff}";
        let mut object = Object::new();
        object.text("a", odd);
        object.text_or_null("b", None);
        object.texts("c", &[]);
        object.texts("d", &[odd.to_owned(), String::new()]);
        object.number("e", u64::MAX);
        object.number_or_null("f", Some(0));
        object.signed_or_null("g", Some(i64::MIN));
        object.signed_or_null("h", Some(7));
        object.signed_or_null("i", None);
        object.truth("j", true);
        object.range("k", Some(&(3..40)));
        object.pairs("l", []);
        object.pairs("m", [(odd, ""), ("", odd)]);
        let same = json!({
            "a": odd, "b": null, "c": [], "d": [odd, ""], "e": u64::MAX, "f": 0, "g": i64::MIN, "h": 7, "i": null, "j": true,
            "k": [3, 40], "l": [], "m": [[odd, ""], ["", odd]],
        });
        assert_eq!(object.end(), same.to_string());
        assert_eq!(Object::new().end(), "{}");
    }
}
