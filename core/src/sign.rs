//! The request signature (rule S1; API, "Authentication"): HMAC-SHA1 over method, body MD5, content type, date and path.
//! The keyed state is prepared once per client. Which bytes are sent and when is decided elsewhere.

use core::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

use crate::{http::Method, invalid::InvalidConfig, secret::Secret};

/// The `Content-Type` of every request, with and without a body (API, "Authentication").
pub const CONTENT_TYPE: &str = "application/json";

/// Signs requests for one API key.
#[derive(Clone)]
pub struct Signer {
    /// `HMAC <api_key>:`
    prefix: String,
    keyed: Hmac<Sha1>,
}

/// A signature, and on demand the text under it. It has no `Debug`: whoever holds a signature can send the request again.
#[derive(Clone)]
pub struct Signature<'a> {
    /// The signature in standard base64.
    pub text: String,
    /// Method, MD5, content type, date, path.
    parts: [&'a str; 5],
    md5: Option<[u8; 32]>,
}

impl Signer {
    /// Prepares signing.
    ///
    /// # Errors
    /// When the key is empty, or has a colon or anything but visible ASCII: it would break or split the header.
    pub fn new(api_key: &str, secret: &Secret) -> Result<Self, InvalidConfig> {
        let wrong = |reason| InvalidConfig { name: "api_key", reason };
        if api_key.is_empty() {
            return Err(wrong("is empty, set it to the API key shown in the dashboard"));
        }
        if api_key.bytes().any(|b| !b.is_ascii_graphic() || b == b':') {
            return Err(wrong("has a colon, whitespace or an invisible character, copy the API key alone"));
        }
        let keyed = Hmac::new_from_slice(secret.expose().as_bytes())
            .map_err(|_| InvalidConfig { name: "api_secret", reason: "cannot be used as a key" })?;
        Ok(Self { prefix: ["HMAC ", api_key, ":"].concat(), keyed })
    }

    /// Signs one request. `path_and_query` is what follows the base URL, percent-encoded as sent; `date` is the `Date` header,
    /// byte for byte. A missing body is not hashed, an empty one (`Some(b"")`) is.
    #[must_use]
    pub fn sign<'a>(
        &self,
        method: Method,
        body: Option<&[u8]>,
        content_type: &'a str,
        date: &'a str,
        path_and_query: &'a str,
    ) -> Signature<'a> {
        let mut signature = Signature {
            text: String::new(),
            parts: [method.as_str(), "", content_type, date, path_and_query],
            md5: body.map(|bytes| lower_hex(&Md5::digest(bytes))),
        };
        let mut mac = self.keyed.clone();
        signature.feed(|bytes| mac.update(bytes));
        signature.text = STANDARD.encode(mac.finalize().into_bytes());
        signature
    }

    /// The value of the `Authorization` header.
    #[must_use]
    pub fn authorization(&self, signature: &Signature<'_>) -> String {
        [self.prefix.as_str(), &signature.text].concat()
    }
}

impl Signature<'_> {
    /// The text that was signed: what a person needs to find out why a 401 came. It holds no secret.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        let mut text = Vec::new();
        self.feed(|bytes| text.extend_from_slice(bytes));
        String::from_utf8_lossy(&text).into_owned()
    }

    fn feed(&self, mut take: impl FnMut(&[u8])) {
        let [method, _, content_type, date, path_and_query] = self.parts.map(str::as_bytes);
        let md5 = self.md5.as_ref().map_or(&b""[..], |hex| &hex[..]);
        take(method);
        for part in [md5, content_type, date, path_and_query] {
            take(b"\n");
            take(part);
        }
    }
}

/// Whose requests they are: 16 hex digits made of the API key, which they do not tell.
pub(crate) fn account(api_key: &str) -> String {
    lower_hex(&Sha256::digest(api_key)).iter().take(16).map(|digit| char::from(*digit)).collect()
}

fn lower_hex(digest: &[u8]) -> [u8; 32] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    let mut text = [b'0'; 32];
    for ([high, low], byte) in text.as_chunks_mut().0.iter_mut().zip(digest) {
        (*high, *low) = (digit(byte >> 4), digit(byte & 15));
    }
    text
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S1: &str = "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg";
    const S2: &str = "kJFE6jF6f97FFsfeYhfw_73KJDlf73kF7J";
    const OLD: &str = "Tue, 15 Nov 1994 08:12:31 GMT";

    type Vector = (&'static str, Method, Option<&'static str>, &'static str, &'static str, &'static str);

    /// The first two are published (the API's code samples, the Java client's tests); the rest was computed with Python's
    /// hmac and hashlib.
    #[rustfmt::skip]
    const VECTORS: [Vector; 13] = [
        (S1, Method::Post, Some(r#"{"amount":"100"}"#), "2019-01-09T11:24:40+00:00", "/api/auth/test", "fVYzUdYqZO1ozBeP3KQHFp9/Kno="),
        (S2, Method::Post, Some(r#"{"count":"1"}"#), "Thu, 6 Jan 2022 12:09:25 GMT", "/api/items", "tji3k+LpWAnLuv6t109mwdQ16zs="),
        (S1, Method::Get, None, OLD, "/api/invoices", "/7tDL2mRNeLYOKrrPuuQwhNLE70="),
        (S1, Method::Get, None, OLD, "/api/transactions?reference_type=Invoice", "/8r0WrNfLnWqsgGs0PwGYLJfhvA="),
        (S1, Method::Get, None, OLD, "/api/transactions?created_at_from=2023-07-01T00%3A00%3A00%2B00%3A00&currency=EUR", "/yprsJ1tkkOqKUrhGe+GjbUxUp4="),
        (S1, Method::Get, None, OLD, "/api/invoices/custom_id/ORDER%20%2F42", "qe+jX/j2f3B28jSYsM2P8egCCI8="),
        (S1, Method::Get, None, OLD, "/api/rates/BTC/EUR", "9xp3y2f2ZRm2eoechmUGzLeBPwQ="),
        (S1, Method::Post, Some(r#"{"price_amount":"100.0","price_currency":"EUR","pay_currency":"BTC"}"#), OLD, "/api/invoices", "UrIEbbQml8/X2mC4mI7tDpS/wJQ="),
        (S1, Method::Post, Some(r#"{"name":"Café ☕"}"#), OLD, "/api/channels", "/79wJu2Ye6slVdaP66F83ZUki8E="),
        (S1, Method::Post, None, OLD, "/api/coin_withdrawals/06a54ccb-889f-4c1f-8a59-086a84a1e2dd/commit", "c4Isk552aY/168JCTfXFxa3TuFY="),
        (S1, Method::Post, Some("{}"), OLD, "/api/invoices/c8233d57-78c8-4c36-b35e-940ae9067c78/recalculations", "xshPI7Lxl+VDQO+o0MIq9ow3xR4="),
        (S1, Method::Patch, Some(r#"{"status":"disabled"}"#), OLD, "/api/channels/15d0bb11-1e9f-4295-bec5-abd9d5a906a1", "p1Lt9R1J2qqBy6rXtaC+cS5n6xE="),
        (S1, Method::Post, Some(r#"{"status":"disabled"}"#), "Wed, 12 Jul 2023 07:50:22 +0000", "/api/channels", "TRvfL+E4u69lb4C4LO7uA50b/lM="),
    ];

    #[test]
    fn published_and_computed_vectors_hold() {
        for (secret, method, body, date, path, expected) in VECTORS {
            let signer = Signer::new("key", &Secret::new("api_secret", secret).unwrap()).unwrap();
            let signature = signer.sign(method, body.map(str::as_bytes), CONTENT_TYPE, date, path);
            assert_eq!(signature.text, expected, "{path}");
            assert_eq!(signer.authorization(&signature), format!("HMAC key:{expected}"));
        }
    }

    #[test]
    fn the_string_to_sign_is_the_published_one() {
        let signer = Signer::new("key", &Secret::new("api_secret", S1).unwrap()).unwrap();
        let body = br#"{"amount":"100"}"#;
        let post = signer.sign(
            Method::Post,
            Some(body),
            CONTENT_TYPE,
            "2019-01-09T11:24:40+00:00",
            "/api/auth/test",
        );
        let expected = "POST\n5173e4d02d8a761679b0165b87d9ee5f\napplication/json\n2019-01-09T11:24:40+00:00\n/api/auth/test";
        assert_eq!(post.string_to_sign(), expected);
        let get = signer.sign(Method::Get, None, CONTENT_TYPE, OLD, "/api/invoices");
        assert_eq!(get.string_to_sign(), format!("GET\n\napplication/json\n{OLD}\n/api/invoices"));
    }

    #[test]
    fn a_key_that_would_break_the_header_is_refused() {
        let secret = Secret::new("api_secret", S1).unwrap();
        for key in ["", "a:b", "a\r\nb", "a\0b", "a b", "é", "a\u{7f}"] {
            assert_eq!(Signer::new(key, &secret).unwrap_err().name, "api_key", "{key:?}");
        }
        assert_eq!(format!("{:?}", Signer::new("DjlHuWlApznJ7vrhPBL0fA", &secret).unwrap()), "Signer(…)");
    }
}
