//! The `Retry-After` header as a wait (rule T5): seconds, or a date measured against the same response's `Date`, so that the
//! clock of this machine plays no part. Whether the wait fits is decided elsewhere.

use crate::{date::parse_http_date, http::Response};

/// The longest wait that is told, in ms: the largest integer that every language holds exactly.
pub const LONGEST_MS: u64 = (1 << 53) - 1;

/// The wait that a response asks for, in ms; zero for a date in the past. Nonsense, and a date without a `Date` to measure
/// it against, are ignored.
#[must_use]
pub fn retry_after_ms(response: &Response) -> Option<u64> {
    let text = response.header("retry-after")?.trim_ascii();
    let is_seconds = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let ms = if is_seconds {
        crate::json::whole(text).unwrap_or(u64::MAX).saturating_mul(1000)
    } else {
        parse_http_date(text)?.saturating_sub(parse_http_date(response.header("date")?)?)
    };
    Some(ms.min(LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = vec![("Retry-After".to_owned(), retry_after.to_owned())];
        headers.extend(date.map(|date| ("date".to_owned(), date.to_owned())));
        retry_after_ms(&Response { status: 429, headers, body: Vec::new() })
    }

    #[test]
    fn seconds_need_no_clock() {
        assert_eq!(wait("120", None), Some(120_000));
        assert_eq!(wait(" 0 ", None), Some(0));
        // What JavaScript calls Number.MAX_SAFE_INTEGER.
        assert_eq!(wait("99999999999999999999999999", None), Some(9_007_199_254_740_991));
    }

    #[test]
    fn a_date_is_measured_against_the_same_response() {
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        assert_eq!(wait(later, Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(30_000));
        assert_eq!(wait(later, Some("Sun Nov  6 08:51:00 1994")), Some(0));
        assert_eq!(wait(later, None), None);
        assert_eq!(wait(later, Some("now")), None);
        assert_eq!(
            wait("Fri, 31 Dec 9999 23:59:59 GMT", Some("Thu, 01 Jan 1970 00:00:00 GMT")),
            Some(253_402_300_799_000)
        );
    }

    #[test]
    fn nonsense_is_ignored() {
        for text in ["", "soon", "-1", "+5", "1.5", "5s", "0x10", "1,2"] {
            assert_eq!(wait(text, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{text}");
        }
        assert_eq!(retry_after_ms(&Response::default()), None);
    }
}
