//! Any text at the border that every language crosses: a configuration, the start of a call, a record to resolve, an event.
//! The first byte chooses; what cannot be read is refused with a sentence.
#![no_main]

use cryptopay_core::api;
use cryptopay_core::border;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "unspeakable";
const CONFIG: &[u8] = br#"{"environment":"sandbox","api_key":"key","api_secret":"unspeakable"}"#;
const START: &[u8] =
    br#"{"unix_ms":1700000000000,"tick_ms":0,"entropy":"00000000000000000000000000000000","params":{}}"#;

fuzz_target!(|input: &[u8]| {
    let [which, text @ ..] = input else { return };
    let client = border::client(CONFIG).expect("a client");
    let operation = api::OPERATIONS[usize::from(*which >> 2) % api::OPERATIONS.len()].name;
    let told = match which & 3 {
        0 => border::client(text).map_or_else(|refused| refused.to_string(), |client| format!("{client:?}")),
        1 => border::text(&border::begin(&client, operation, text).1),
        2 => border::text(&border::resolve(&client, text).1),
        _ => {
            let (mut call, _) = border::begin(&client, "coins.list", START);
            let line = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
            let (event, body) = text.split_at(line);
            border::advance(&mut call, event, body.get(1..).unwrap_or_default())
        }
    };
    assert!(!told.is_empty());
    // Names of parameters are told back, and random input learns the word; an escape hides it.
    let given = text.contains(&b'\\') || text.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
    assert!(given || !told.contains(SECRET), "the secret is told");
});
