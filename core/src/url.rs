//! Paths and queries exactly as they go on the wire and are signed (rules S1, S2). Everything but RFC 3986's unreserved
//! characters is percent-encoded, so that no HTTP client finds anything to normalise. Base URLs are `environment.rs`.

use crate::invalid::InvalidArgument;

/// Appends `text` percent-encoded: every byte of its UTF-8 except `A-Z a-z 0-9 - . _ ~`, with upper-case hex.
pub fn push_encoded(url: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or('0');
    for byte in text.bytes() {
        if is_unreserved(byte) {
            url.push(char::from(byte));
        } else {
            url.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
}

/// Whether a byte stands for itself in every part of a URL (RFC 3986 §2.3).
#[must_use]
pub const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Fills a template such as `/api/invoices/{invoice_id}/refunds` with `params` (name and value).
///
/// # Errors
/// When a value is missing, empty, `.` or `..`: the path would name something else.
pub fn path(template: &str, params: &[(&str, &str)]) -> Result<String, InvalidArgument> {
    let mut path = String::with_capacity(template.len() + 36);
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, open)| Some((before, open.split_once('}')?)))
    {
        let wrong = |message: &str| Err(InvalidArgument::new(name, message));
        path.push_str(before);
        match params.iter().find(|(key, _)| *key == name) {
            None => return wrong("is missing, it is part of the path"),
            Some((_, "")) => return wrong("is empty, it is part of the path"),
            Some((_, "." | "..")) => return wrong("cannot be `.` or `..`, a path would lose it"),
            Some((_, value)) => push_encoded(&mut path, value),
        }
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// Builds a query in the order of `declared`, whatever the order of `params`; `""` when there is nothing to say, else it
/// begins with `?`. Names that are not declared are left out: refusing them is the argument check's work.
#[must_use]
pub fn query(declared: &[&str], params: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for name in declared {
        if let Some((_, value)) = params.iter().find(|(key, _)| key == name) {
            query.push(if query.is_empty() { '?' } else { '&' });
            push_encoded(&mut query, name);
            query.push('=');
            push_encoded(&mut query, value);
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with Python: urllib.parse.quote(text, safe="").
    #[test]
    fn everything_but_unreserved_is_encoded_as_python_quotes_it() {
        for (text, encoded) in [
            ("ORDER /42", "ORDER%20%2F42"),
            ("2023-07-01T00:00:00+00:00", "2023-07-01T00%3A00%3A00%2B00%3A00"),
            ("a-b.c_d~e", "a-b.c_d~e"),
            ("\"19069\"", "%2219069%22"),
            ("Café ☕", "Caf%C3%A9%20%E2%98%95"),
            ("$&`\\%!'()*", "%24%26%60%5C%25%21%27%28%29%2A"),
            ("\r\n\0", "%0D%0A%00"),
        ] {
            let mut out = String::new();
            push_encoded(&mut out, text);
            assert_eq!(out, encoded);
        }
    }

    #[test]
    fn a_value_cannot_leave_its_segment() {
        let fill = |id| path("/api/invoices/{invoice_id}/refunds", &[("invoice_id", id)]);
        assert_eq!(fill("a/../b").unwrap(), "/api/invoices/a%2F..%2Fb/refunds");
        assert_eq!(fill("...").unwrap(), "/api/invoices/.../refunds");
        assert_eq!(fill("{x}").unwrap(), "/api/invoices/%7Bx%7D/refunds");
        for id in ["", ".", ".."] {
            assert_eq!(fill(id).unwrap_err().field, "invoice_id");
        }
        assert_eq!(path("/api/rates/{a}/{b}", &[("b", "EUR"), ("a", "BTC")]).unwrap(), "/api/rates/BTC/EUR");
        assert_eq!(path("/api/rates/{a}/{b}", &[("a", "BTC")]).unwrap_err().field, "b");
        assert_eq!(path("/api/coins", &[]).unwrap(), "/api/coins");
    }

    #[test]
    fn a_query_has_the_declared_order() {
        let declared = ["created_at_from", "currency", "status"];
        assert_eq!(query(&declared, &[]), "");
        assert_eq!(
            query(
                &declared,
                &[("currency", "EUR"), ("unknown", "1"), ("created_at_from", "2023-07-01T00:00:00+00:00")]
            ),
            "?created_at_from=2023-07-01T00%3A00%3A00%2B00%3A00&currency=EUR"
        );
        assert_eq!(query(&declared, &[("status", "")]), "?status=");
    }
}
