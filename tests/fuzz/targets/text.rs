//! Any text as an amount, a time, an id in a path: read or refused, never rounded (P2, S2).
#![no_main]

use cryptopay_core::amount::{is_amount, normalise, number_text, same_amount};
use cryptopay_core::date::{format_imf, format_rfc3339, parse_http_date, parse_rfc3339};
use cryptopay_core::url::path;
use cryptopay_core::value::Amount;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let normal = normalise(text);
    assert_eq!(is_amount(text), normal.is_some());
    assert_eq!(is_amount(text), text.parse::<Amount>().is_ok());
    if let Some(normal) = &normal {
        assert_eq!(normalise(normal).as_ref(), Some(normal), "normalising twice changes it");
        assert!(same_amount(text, normal) && same_amount(normal, text));
        let amount: Amount = text.parse().expect("an amount");
        assert_eq!(normalise(amount.as_str()).as_ref(), Some(normal), "its value changed");
        let written = serde_json::to_string(&amount).expect("JSON");
        assert!(written.starts_with('"'), "an amount is a text on the wire");
    }
    let _ = number_text(text);
    match path("/api/customers/{id}", &[("id", text)]) {
        Ok(made) => {
            let sent = made.strip_prefix("/api/customers/").expect("the template");
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
            assert!(
                !sent.is_empty() && sent.chars().all(plain) && ![".", ".."].contains(&sent),
                "{sent} is sent"
            );
        }
        Err(_) => assert!(text.is_empty() || [".", ".."].contains(&text), "{text:?} is refused"),
    }
    for read in [parse_http_date(text), parse_rfc3339(text)].into_iter().flatten() {
        if read < 253_402_300_800_000 {
            let second = read / 1000 * 1000;
            assert_eq!(parse_http_date(&format_imf(read)), Some(second));
            assert_eq!(parse_rfc3339(&format_rfc3339(read)).map(|again| again / 1000 * 1000), Some(second));
        }
    }
});
