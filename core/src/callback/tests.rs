//! Signatures published by the vendor (API, "Callbacks", and its clients' tests), and what happens to everything else.

use super::*;

fn secret(text: &str) -> Secret {
    Secret::new("callback_secret", text).unwrap()
}

/// Published in the tests of the API's Java client.
const PUBLISHED: [(&str, &str, &str); 2] = [
    (
        r#"{"amount":"4","price":"2.0","item":"jeans"}"#,
        "gkgkGG6834KJC7JJks7Df3-8JJFeiv72H53DFggg3",
        "93ab032f2eeefbbd3205b25ce7062b0fef8b96c1c83f6dfd8bd85acd4983f4f7",
    ),
    (
        r#"{"event":"transaction_created","status":"success"}"#,
        "dsgFEG8Ef663J7ff31-KFW9jf66w0K",
        "48f6618904af38a6457c9ad037fc2bde58b85bacafb07dda3d9f2be03e659b4d",
    ),
];

#[test]
fn published_signatures_fit_in_any_case() {
    for (body, key, signature) in PUBLISHED {
        assert_eq!(sign_callback(body.as_bytes(), &secret(key)), signature);
        for header in [signature.to_owned(), signature.to_uppercase(), format!(" {signature} ")] {
            assert_eq!(verify(body.as_bytes(), Some(&header), &[secret(key)]).unwrap().secret, 0);
        }
    }
}

#[test]
fn the_published_wrong_signature_does_not_fit() {
    let wrong = "ae87cf6b1cbe8775cef11e824495ea282fa822f4df99a37a4736f43c4687ba1e";
    let body = br#"{"event":"transaction_created","status":"failure"}"#;
    assert_eq!(verify(body, Some(wrong), &[secret("YH6gf8Kh_yJJD863jdHgf8K")]), Err(CallbackError::Mismatch));
}

#[test]
fn without_a_secret_the_setting_and_the_variable_are_named() {
    let said = verify(b"{}", Some("00"), &[]).unwrap_err().to_string();
    assert!(said.starts_with("no callback secret was given, give the client"), "{said}");
    assert!(said.contains("CRYPTOPAY_CALLBACK_SECRET"), "{said}");
}

#[test]
fn an_old_secret_fits_during_a_rotation() {
    let (body, key, signature) = PUBLISHED[0];
    let secrets = [secret("new"), secret(key)];
    assert_eq!(verify(body.as_bytes(), Some(signature), &secrets).unwrap().secret, 1);
    assert_eq!(verify(body.as_bytes(), Some(signature), &secrets[..1]), Err(CallbackError::Mismatch));
}

#[test]
fn one_changed_byte_or_digit_does_not_fit() {
    let (body, key, signature) = PUBLISHED[0];
    let secrets = [secret(key)];
    for at in 0..body.len() {
        let mut changed = body.as_bytes().to_vec();
        changed[at] ^= 1;
        assert!(verify(&changed, Some(signature), &secrets).is_err());
    }
    for at in 0..64 {
        let mut changed = signature.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let header = String::from_utf8(changed).unwrap();
        assert_eq!(verify(body.as_bytes(), Some(&header), &secrets), Err(CallbackError::Mismatch));
    }
}

#[test]
fn every_refusal_says_why() {
    let (body, key, signature) = PUBLISHED[0];
    let check = |body: &[u8], header: Option<&str>| verify(body, header, &[secret(key)]).unwrap_err();
    let body = body.as_bytes();
    assert_eq!(check(body, None), CallbackError::MissingHeader);
    assert_eq!(check(body, Some(" ")), CallbackError::MissingHeader);
    assert_eq!(check(body, Some(&signature[1..])), CallbackError::WrongLength);
    assert_eq!(check(body, Some("")), CallbackError::MissingHeader);
    for header in [format!("sha256={signature}"), signature.replace('9', "g"), signature.replace('9', "é")] {
        assert_eq!(check(body, Some(&header)), CallbackError::NotHex);
    }
    for parsed in ["", "[object Object]", "{'type': 'Invoice'}", "{\"type\"=>\"Invoice\"}", "{type=Invoice}"]
    {
        assert_eq!(check(parsed.as_bytes(), Some(signature)), CallbackError::BodyParsed, "{parsed}");
    }
    assert_eq!(check(&vec![b' '; MAX_BODY + 1], Some(signature)), CallbackError::TooLarge);
    assert_eq!(check(&vec![b' '; MAX_BODY], Some(signature)), CallbackError::Mismatch);
    assert_eq!(verify(body, Some(signature), &[]), Err(CallbackError::NoSecret));
    let padded = CallbackError::from(Secret::new("callback_secret", "abc\n").unwrap_err());
    assert_eq!(padded.code(), Code::Configuration);
    assert!(padded.to_string().contains("whitespace") && !padded.to_string().contains("abc"));
}

#[test]
fn a_signed_body_that_is_no_json_is_no_event() {
    let key = secret("k");
    let signature = sign_callback(b"{\"type\":", &key);
    let error = verify(b"{\"type\":", Some(&signature), &[key]).unwrap_err();
    assert_eq!((error.code(), error), (Code::InvalidResponse, CallbackError::NotAnEvent));
}

#[test]
fn recorded_callbacks_are_verified() {
    let Some(folder) = std::env::var_os("CRYPTOPAY_RECORDINGS") else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&folder).join("callbacks")).unwrap() {
        let file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let body = file["body"].as_str().unwrap();
        let check = |key: &str, signature: &str| match verify(
            body.as_bytes(),
            file[signature].as_str(),
            &[secret(file[key].as_str().unwrap())],
        ) {
            Ok(verified) => {
                let kind = verified.event.kind.as_str();
                assert!(verified.event.is_known() || kind.is_empty(), "{}", file["name"]);
            }
            Err(error) => assert_eq!(error, CallbackError::NotAnEvent, "{}", file["name"]),
        };
        check("test_secret", "test_signature");
        if file["signature_published"] == true && file["computed_matches_published"] == true {
            check("secret", "signature");
        }
        seen += 1;
    }
    assert!(seen > 10, "only {seen} recorded callbacks");
}
