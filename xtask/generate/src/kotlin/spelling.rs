//! How Kotlin spells and lays out what the tables say: names, types, heads of functions, KDoc.

use cryptopay_core::schema::Kind;
use std::fmt::Write;

use crate::shared::wrapped;

/// The longest line.
const WIDTH: usize = 120;

/// `coin_withdrawals` as `coinWithdrawals`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut raise = false;
    for c in name.chars() {
        match (c, raise) {
            ('_', _) => raise = true,
            (c, true) => {
                out.push(c.to_ascii_uppercase());
                raise = false;
            }
            (c, false) => out.push(c),
        }
    }
    out
}

pub(super) fn constant(value: &str) -> String {
    value.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// A function's head, with one parameter a line unless there is none.
pub(super) fn signature(out: &mut String, indent: &str, head: &str, takes: &[String], tail: &str) {
    let _ = if takes.is_empty() {
        write!(out, "{indent}{head}(){tail}")
    } else {
        let inner = takes.iter().map(|one| format!("{indent}    {one},\n")).collect::<String>();
        write!(out, "{indent}{head}(\n{inner}{indent}){tail}")
    };
}

/// A KDoc: the words, then the tags, wrapped.
pub(super) fn doc(out: &mut String, indent: &str, text: &str, tags: &[(&str, String, &str)]) {
    if indent.is_empty() {
        out.push('\n');
    }
    let text = text.trim();
    let room = WIDTH.saturating_sub(indent.len());
    if tags.is_empty() && !text.contains('\n') && text.chars().count() + 7 <= room {
        let _ = writeln!(out, "{indent}/** {text} */");
        return;
    }
    let mut lines: Vec<String> = Vec::new();
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.extend(wrapped(paragraph, room.saturating_sub(3)));
    }
    if !tags.is_empty() {
        lines.push(String::new());
    }
    for (tag, name, words) in tags {
        let text = format!("@{tag} {name} {}", words.trim());
        for (at, line) in wrapped(&text, room.saturating_sub(5)).into_iter().enumerate() {
            lines.push(if at == 0 { line } else { format!("  {line}") });
        }
    }
    let _ = writeln!(out, "{indent}/**");
    for line in lines {
        let _ =
            if line.is_empty() { writeln!(out, "{indent} *") } else { writeln!(out, "{indent} * {line}") };
    }
    let _ = writeln!(out, "{indent} */");
}

pub(super) fn type_of(kind: &Kind) -> String {
    match kind {
        Kind::Text => "String".into(),
        Kind::Uuid => "UUID".into(),
        Kind::Amount => "BigDecimal".into(),
        Kind::Time => "Instant".into(),
        Kind::Bool => "Boolean".into(),
        Kind::Integer => "Long".into(),
        Kind::Float => "Double".into(),
        Kind::Choice { name, .. } => (*name).into(),
        Kind::Object(model) => model.name.into(),
        Kind::List(inner) => format!("List<{}>", type_of(inner)),
        Kind::TextMap => "Map<String, String>".into(),
    }
}

/// What reads a value of a kind.
pub(super) fn reader_of(kind: &Kind) -> String {
    match kind {
        Kind::Text => "Read.text".into(),
        Kind::Uuid => "Read.uuid".into(),
        Kind::Amount => "Read.amount".into(),
        Kind::Time => "Read.time".into(),
        Kind::Bool => "Read.bool".into(),
        Kind::Integer => "Read.integer".into(),
        Kind::Float => "Read.float".into(),
        Kind::Choice { name, .. } => format!("Read.open(::{name})"),
        Kind::Object(model) => model.name.into(),
        Kind::List(inner) => format!("Read.list({})", reader_of(inner)),
        Kind::TextMap => "Read.textMap".into(),
    }
}
