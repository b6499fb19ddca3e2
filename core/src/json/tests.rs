//! JSON as it is read and written here, beside `serde_json`.

use super::*;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

/// What `serde_json`, the witness, says of a text that it passes over.
fn witness(text: &[u8]) -> Result<(), Flaw> {
    match serde_json::from_slice::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) if error.is_eof() => Err(Flaw::Truncated),
        Err(_) => Err(Flaw::Wrong),
    }
}

fn ours(text: &[u8]) -> Result<(), Flaw> {
    read(text, &mut |_, _| ()).map(|_| ())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i16>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
        "[ -~]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Texts that are nearly JSON: its own tokens in any order.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"a\"",
        "\"\"",
        "\"",
        "\\",
        "\\u",
        "00e9",
        "d83d",
        "\\n",
        "\"\\u00e9\"",
        "true",
        "false",
        "null",
        "nul",
        "-",
        "0",
        "1",
        "12",
        ".",
        "e",
        "E",
        "+",
        "é",
        "\u{1}",
        "\u{7f}",
        "\u{a0}",
        "/",
    ]);
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

/// The same value, fractions as their texts.
fn as_text(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.is_i64() => number.to_string().into(),
        Value::Array(items) => items.into_iter().map(as_text).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, as_text(value))).collect(),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_serde_writes_is_json_and_its_parts_are_the_same(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let parts: BTreeMap<String, Value> = members(&text)
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.into_owned(), serde_json::from_str(value).unwrap()))
                .collect();
            let wanted = value.as_object().cloned().unwrap_or_default();
            prop_assert_eq!(parts, wanted.into_iter().collect());
            let parts: Vec<Value> =
                items(&text).unwrap_or_default().into_iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            prop_assert_eq!(parts, value.as_array().cloned().unwrap_or_default());
            let said = string(&text);
            prop_assert_eq!(said.as_deref(), value.as_str());
        }
    }

    #[test]
    fn a_tree_is_read_and_written_as_serde_does(tree in json()) {
        let mut text = String::new();
        write(&tree, &mut text);
        prop_assert_eq!(&text, &tree.to_string());
        prop_assert_eq!(value(&serde_json::to_string_pretty(&tree).unwrap(), Fractions::AsText), Some(as_text(tree)));
    }

    #[test]
    fn every_beginning_of_an_object_is_truncated(value in json(), cut in any::<prop::sample::Index>()) {
        let text = Value::from_iter([("data", value)]).to_string();
        let cut = cut.index(text.len());
        prop_assert_eq!(ours(&text.as_bytes()[..cut]), Err(Flaw::Truncated));
    }

    #[test]
    fn tokens_in_any_order_are_judged_as_serde_judges_them(text in tokens()) {
        let (ours, witness) = (ours(text.as_bytes()), witness(text.as_bytes()));
        prop_assert_eq!(ours.is_ok(), witness.is_ok(), "{}", &text);
        // Of a number that ends too early serde says that it is wrong; a continuation could save it.
        if witness == Err(Flaw::Truncated) {
            prop_assert_eq!(ours, witness, "{}", &text);
        }
    }

    #[test]
    fn a_flipped_byte_is_judged_as_serde_judges_it(value in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = value.to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        prop_assert_eq!(ours(&text).is_ok(), witness(&text).is_ok(), "{:?}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn any_bytes_are_judged_as_serde_judges_them(text in prop::collection::vec(any::<u8>(), 0..24)) {
        prop_assert_eq!(ours(&text).is_ok(), witness(&text).is_ok());
    }

    #[test]
    fn texts_say_what_serde_reads(escaped in "(\\\\u(d8[0-3][0-9a-f]|dc[0-9A-F]{2}|00e9|0000|FFFF)|\\\\[nbrtf\"\\\\/]|[a-zé😀]){0,8}") {
        let text = ["\"", &escaped, "\""].concat();
        let witness: Option<String> = serde_json::from_str(&text).ok();
        let said = string(&text);
        prop_assert_eq!(said.as_deref(), witness.as_deref(), "{}", &text);
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = |count| ["[".repeat(count), "]".repeat(count)].concat();
    assert_eq!(ours(deep(200_000).as_bytes()), Ok(()));
    assert_eq!(ours("[{\"a\":".repeat(100_000).as_bytes()), Err(Flaw::Truncated));
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let members = members(r#"{"a":1,"\u0061":2}"#).unwrap();
    assert_eq!((member(&members, "a"), member(&members, "b")), (Some("2"), None));
}
