//! Says why a signature or a date was refused: the sandbox's own string to sign, what would have matched instead, the
//! difference of the clocks, and what is likely wrong. It decides nothing, and it never repeats a secret or the
//! signature that would have been right.

use serde_json::{Value, json};

use crate::signature::{Signed, base64, content_md5, hex, hmac_sha1, same};

/// What the explanation looks at.
pub(crate) struct Refused<'a> {
    /// The request as it came.
    pub signed: Signed<'a>,
    /// The signature as it came, without scheme and key.
    pub signature: &'a str,
    /// The secret of the key.
    pub secret: &'a str,
    /// Milliseconds by which the request's date is ahead of the server; `None` if it could not be read.
    pub clock_difference_ms: Option<i64>,
}

/// The member `explain` for a signature that does not fit.
pub(crate) fn wrong_signature(refused: &Refused<'_>) -> Value {
    let found = mistakes(&refused.signed).into_iter().find_map(|mistake| {
        encoding_of(refused, refused.secret.as_bytes(), &mistake.text).map(|how| (mistake, how))
    });
    let (matched, likely) = match found {
        Some((mistake, encoding)) => {
            let likely: Vec<&str> =
                [mistake.likely, encoding].into_iter().filter(|text| !text.is_empty()).collect();
            (Value::String(mistake.text), likely.join("; "))
        }
        None => (Value::Null, other_key(refused).unwrap_or_else(|| no_idea(refused))),
    };
    json!({
        "string_to_sign": refused.signed.string_to_sign(),
        "would_have_matched": matched,
        "clock_difference_ms": refused.clock_difference_ms,
        "likely": likely,
    })
}

/// The member `explain` for everything else that is wrong with the authentication.
pub(crate) fn other(signed: &Signed<'_>, clock_difference_ms: Option<i64>, likely: &str) -> Value {
    json!({
        "string_to_sign": signed.string_to_sign(),
        "would_have_matched": null,
        "clock_difference_ms": clock_difference_ms,
        "likely": likely,
    })
}

/// A way of building the string to sign that people get wrong.
struct Mistake {
    text: String,
    likely: &'static str,
}

/// The right text first (its signature may only be badly encoded), then the wrong ones that are known to happen.
fn mistakes(signed: &Signed<'_>) -> Vec<Mistake> {
    let Signed { method, body, content_type, date, target } = *signed;
    let hash = content_md5(body);
    let line = |method: &str, hash: &str, content_type: &str, date: &str, target: &str, likely| Mistake {
        text: format!("{method}\n{hash}\n{content_type}\n{date}\n{target}"),
        likely,
    };
    let path = target.split('?').next().unwrap_or(target);
    let encoded_slash = target.replacen("%2F", "/", 1);
    let digest = base64(&md5::compute(body).0);
    vec![
        line(method, &hash, content_type, date, target, ""),
        line(
            method,
            &hash,
            content_type,
            date,
            path,
            "the query was left out of the signed path: sign path and query",
        ),
        line(
            method,
            &hash,
            "",
            date,
            target,
            "the content type was left out: sign the text of the Content-Type header",
        ),
        line(
            method,
            &hash,
            "application/json",
            date,
            target,
            "application/json was signed, but another Content-Type or none was sent",
        ),
        line(
            method,
            &hash,
            "application/json; charset=utf-8",
            date,
            target,
            "a content type with a charset was signed, but another one was sent",
        ),
        line(
            method,
            "d41d8cd98f00b204e9800998ecf8427e",
            content_type,
            date,
            target,
            "the hash of an empty string was signed: without a body that part stays empty",
        ),
        line(method, "", content_type, date, target, "the hash of the body was left out"),
        line(
            method,
            "99914b932bd37a50b983c5e7c90ae93b",
            content_type,
            date,
            target,
            "the hash of {} was signed, but another body or none was sent",
        ),
        line(
            method,
            &digest,
            content_type,
            date,
            target,
            "the hash of the body is base64: it must be lower-case hex",
        ),
        line(
            method,
            &hash.to_uppercase(),
            content_type,
            date,
            target,
            "the hash of the body is upper-case hex: it must be lower case",
        ),
        line(
            &method.to_lowercase(),
            &hash,
            content_type,
            date,
            target,
            "the method was signed in lower case",
        ),
        line(
            method,
            &hash,
            content_type,
            "",
            target,
            "the date was left out: sign the text of the Date header",
        ),
        line(
            method,
            &hash,
            content_type,
            date,
            &encoded_slash,
            "an encoded slash was signed decoded: sign the path as sent",
        ),
        Mistake {
            text: format!("{}\n", signed.string_to_sign()),
            likely: "the signed text ends with a newline: the path is its last character",
        },
        line(
            method,
            &hash,
            content_type,
            date,
            path.strip_prefix("/api").unwrap_or(path),
            "the signed path lacks /api",
        ),
    ]
}

/// How the signature is written if it is one of `text`: empty for the right way.
fn encoding_of(refused: &Refused<'_>, secret: &[u8], text: &str) -> Option<&'static str> {
    let raw = hmac_sha1(secret, text);
    let standard = base64(&raw);
    let forms = [
        (standard.clone(), ""),
        (hex(&raw), "the signature is hex: it must be base64"),
        (base64(hex(&raw).as_bytes()), "the signature is base64 of hex: it must be base64 of the raw bytes"),
        (
            standard.replace('+', "-").replace('/', "_"),
            "the signature is URL-safe base64: it must be standard base64",
        ),
        (standard.trim_end_matches('=').to_owned(), "the signature lacks its padding ="),
    ];
    forms.into_iter().find(|(form, _)| same(form, refused.signature)).map(|(_, how)| how)
}

/// The right text under a secret that was changed on its way: trimmed, or not.
fn other_key(refused: &Refused<'_>) -> Option<String> {
    let text = refused.signed.string_to_sign();
    let changed = [
        (format!("{}\n", refused.secret), "the secret was used with a newline at its end"),
        (format!(" {}", refused.secret), "the secret was used with a space before it"),
        (format!("{} ", refused.secret), "the secret was used with a space at its end"),
        (format!("\"{}\"", refused.secret), "the secret was used with quotes around it"),
        (String::new(), "the secret was empty"),
    ];
    changed
        .into_iter()
        .find(|(secret, _)| encoding_of(refused, secret.as_bytes(), &text).is_some())
        .map(|(_, likely)| likely.to_owned())
}

fn no_idea(refused: &Refused<'_>) -> String {
    let shape = match refused.signature.len() {
        28 => "",
        40 => "the signature is 40 characters long, as hex would be: it must be base64; ",
        44 => "the signature is 44 characters long, as HMAC-SHA256 would be: it must be HMAC-SHA1; ",
        _ => "the signature is not the base64 of 20 bytes; ",
    };
    let date = if refused.clock_difference_ms.is_none() { "the date could not be read; " } else { "" };
    format!(
        "{shape}{date}another secret was used, or another text was signed: compare it with string_to_sign"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::sign;

    const SECRET: &str = "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg";

    fn signed(body: &'static str) -> Signed<'static> {
        Signed {
            method: "POST",
            body: body.as_bytes(),
            content_type: "application/json",
            date: "Tue, 15 Nov 1994 08:12:31 GMT",
            target: "/api/transactions?currency=EUR%2FX",
        }
    }

    fn explained(body: &'static str, signature: &str) -> Value {
        let refused =
            Refused { signed: signed(body), signature, secret: SECRET, clock_difference_ms: Some(5) };
        wrong_signature(&refused)
    }

    /// Every text is what a client that makes this mistake would have signed, written out by hand.
    #[test]
    fn a_known_mistake_is_named() {
        let date = "Tue, 15 Nov 1994 08:12:31 GMT";
        let target = "/api/transactions?currency=EUR%2FX";
        let rows = [
            ("", format!("POST\n\napplication/json\n{date}\n/api/transactions"), "query"),
            ("", format!("POST\n\n\n{date}\n{target}"), "content type"),
            (
                "",
                format!("POST\nd41d8cd98f00b204e9800998ecf8427e\napplication/json\n{date}\n{target}"),
                "empty string",
            ),
            ("", format!("post\n\napplication/json\n{date}\n{target}"), "lower case"),
            (
                "",
                format!("POST\n\napplication/json\n{date}\n/api/transactions?currency=EUR/X"),
                "encoded slash",
            ),
            ("", format!("POST\n\napplication/json\n{date}\n{target}\n"), "newline"),
            ("{}", format!("POST\nmZFLkyvTelC5g8XnyQrpOw==\napplication/json\n{date}\n{target}"), "base64"),
        ];
        for (body, text, word) in rows {
            let explained = explained(body, &sign(SECRET, &text));
            assert!(explained["likely"].as_str().unwrap().contains(word), "{explained}");
            assert_eq!(explained["would_have_matched"], text);
        }
    }

    #[test]
    fn a_hex_signature_is_recognised() {
        let right = signed("{}").string_to_sign();
        let explained = explained("{}", &hex(&hmac_sha1(SECRET.as_bytes(), &right)));
        assert_eq!(explained["likely"], "the signature is hex: it must be base64");
        assert_eq!(explained["would_have_matched"], right);
        assert_eq!(explained["string_to_sign"], right);
    }

    #[test]
    fn a_secret_with_a_newline_is_recognised() {
        let right = signed("{}").string_to_sign();
        let explained = explained("{}", &sign(&format!("{SECRET}\n"), &right));
        assert_eq!(explained["likely"], "the secret was used with a newline at its end");
    }

    #[test]
    fn neither_the_secret_nor_the_right_signature_is_told() {
        for signature in ["", "x", &sign("other", "text"), &sign(SECRET, "text")] {
            let told = explained("{}", signature).to_string();
            assert!(!told.contains(SECRET) && !told.contains(&sign(SECRET, &signed("{}").string_to_sign())));
            assert!(told.contains("another secret was used"));
        }
    }
}
