//! What the printers of several languages do alike: the open enums of all models, and text wrapped for a comment.

use cryptopay_core::api::models;
use cryptopay_core::schema::Kind;
use std::collections::BTreeMap;

/// An open enum.
pub(crate) struct Choice {
    /// The known texts.
    pub(crate) values: &'static [&'static str],
    /// What it tells, and that it is open, in one paragraph.
    pub(crate) doc: String,
}

/// Every open enum by its name.
pub(crate) fn choices() -> BTreeMap<&'static str, Choice> {
    let mut all = BTreeMap::new();
    models().iter().flat_map(|model| model.fields).for_each(|field| collect(&field.kind, &mut all));
    all
}

fn collect(kind: &Kind, all: &mut BTreeMap<&'static str, Choice>) {
    match kind {
        Kind::Choice { name, values, doc } => {
            let doc = format!("{} Known texts; one that the API adds later arrives as itself.", doc.trim());
            all.insert(name, Choice { values, doc });
        }
        Kind::List(inner) => collect(inner, all),
        _ => {}
    }
}

/// The words in lines of at most `room` characters; a longer word has a line of its own.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn every_open_enum_says_what_it_tells_and_that_it_is_open() {
        let choices = choices();
        assert_eq!(
            choices["InvoiceStatus"].doc,
            "Where an invoice stands. Known texts; one that the API adds later arrives as itself."
        );
        for (name, choice) in choices {
            assert!(!choice.doc.starts_with(" Known"), "{name}");
        }
    }
}
