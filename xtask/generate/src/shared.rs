//! What the printers of several languages do alike: the open enums of all models, and text wrapped for a comment.

use cryptopay_core::api::models;
use cryptopay_core::schema::Kind;
use std::collections::BTreeMap;

/// Every open enum by its name, with its known values.
pub(crate) fn choices() -> BTreeMap<&'static str, &'static [&'static str]> {
    let mut all = BTreeMap::new();
    models().iter().flat_map(|model| model.fields).for_each(|field| collect(&field.kind, &mut all));
    all
}

fn collect(kind: &Kind, all: &mut BTreeMap<&'static str, &'static [&'static str]>) {
    match kind {
        Kind::Choice { name, values } => {
            all.insert(name, values);
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
