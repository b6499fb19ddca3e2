//! Any header and any body: up to the first line feed the signature, then the body. Only what was signed passes (B1), and
//! every body has a dedupe key and an event or none (B2).
#![no_main]

use cryptopay_core::callback::{dedupe_key, sign_callback, verify};
use cryptopay_core::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let line = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (header, body) = input.split_at(line);
    let body = body.get(1..).unwrap_or_default();
    let secret = |text: &str| Secret::new("callback_secrets", text).expect("a secret");
    let secrets = [secret("old"), secret("new")];
    let header = core::str::from_utf8(header).ok();
    let right = sign_callback(body, &secrets[1]);
    let signed = header.is_some_and(|text| text.trim().eq_ignore_ascii_case(&right));
    if let Ok(verified) = verify(body, header, &secrets) {
        assert!(signed || verified.secret == 0, "a forgery passed");
    }
    let passed = verify(body, Some(&right), &secrets);
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body).is_ok();
    if let Ok(verified) = &passed {
        assert_eq!(verified.secret, 1);
    }
    assert!(passed.is_ok() || !object || body.len() > 1 << 20, "a signed object was refused");
    assert!(verify(body, Some(&right), &[secret("other")]).is_err());
    assert_eq!(dedupe_key(body), dedupe_key(body));
    assert_eq!(dedupe_key(body).len(), 64);
});
