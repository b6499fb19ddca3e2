//! Amounts as exact text (rule P2): the grammar, equality by value, one canonical text, and JSON numbers written out.
//! Nothing here computes and nothing is ever a float. Decimal types of each language are made by its face.

use std::borrow::Cow;

/// The longest plain text that a JSON number with an exponent is written out to; far beyond any amount of money.
const LONGEST: usize = 64;

/// Whether `text` is a plain decimal: `-?\d+(\.\d+)?` in ASCII digits.
#[must_use]
pub fn is_amount(text: &str) -> bool {
    Parts::read(text).is_some()
}

/// Whether two amounts are the same number, `1.50` and `01.5` for example. `false` when either is not an amount.
#[must_use]
pub fn same_amount(a: &str, b: &str) -> bool {
    matches!((Parts::read(a), Parts::read(b)), (Some(a), Some(b)) if a == b)
}

/// The one text of an amount's value: no leading zeros, no trailing zeros after the point, no point without digits, `0` for
/// every zero. `None` when it is not an amount.
#[must_use]
pub fn normalise(text: &str) -> Option<String> {
    let Parts { negative, whole, fraction } = Parts::read(text)?;
    let sign = if negative { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some([sign, whole, point, fraction].concat())
}

/// A JSON number's source text as a plain decimal: unchanged without an exponent, else written out exactly (`1.5e-3` is
/// `0.0015`). `None` when it is no JSON number or its text would be longer than 64 characters.
#[must_use]
pub fn number_text(text: &str) -> Option<Cow<'_, str>> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return (is_json_plain(text)).then_some(Cow::Borrowed(text));
    };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !is_json_plain(mantissa) || !is_digits(digits) {
        return None;
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // An exponent too long for a number is absurd, unless it is all zeros; those are trimmed.
    let size: usize = match digits.trim_start_matches('0') {
        "" => 0,
        digits => usize::try_from(crate::json::whole(digits)?).ok().filter(|&size| size <= LONGEST)?,
    };
    if whole.len() + fraction.len() + size > LONGEST {
        return None;
    }
    let zeros = "0".repeat(size);
    let (all, point) = if exponent.starts_with('-') {
        let all = [&zeros, whole, fraction].concat();
        (all, whole.len()) // the point moves left by `size`, and `size` zeros were put in front
    } else {
        let all = [whole, fraction, &zeros].concat();
        (all, whole.len() + size)
    };
    let (whole, fraction) = all.split_at_checked(point)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(Cow::Owned([sign, whole, point, fraction].concat()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// JSON's own grammar without an exponent: an amount without superfluous leading zeros.
fn is_json_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    is_amount(text) && (!digits.starts_with('0') || digits == "0" || digits.starts_with("0."))
}

/// An amount's value: without superfluous zeros two are equal exactly when their parts are.
#[derive(PartialEq, Eq)]
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = match digits.split_once('.') {
            None => (digits, ""),
            Some((whole, fraction)) => (whole, is_digits(fraction).then_some(fraction)?),
        };
        if !is_digits(whole) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        Some(Self { negative: minus && !(whole.is_empty() && fraction.is_empty()), whole, fraction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_a_plain_decimal() {
        for text in ["0", "100.0", "-9.9", "0.00275953", "5428660.0", "007"] {
            assert!(is_amount(text), "{text}");
        }
        for text in [
            "", "-", ".5", "5.", "+1", "1e3", "1_000.0", "1,5", " 1", "1 ", "--1", "1.2.3", "NaN", "١",
            "12abc",
        ] {
            assert!(!is_amount(text), "{text}");
        }
    }

    // The canonical texts were computed with Python: format(Decimal(text).normalize(), "f"), "-0" written as "0".
    #[test]
    fn the_same_value_has_one_text() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("000", "0"),
            ("100.0", "100"),
            ("100", "100"),
            ("0100.5000", "100.5"),
            ("-0.10", "-0.1"),
            ("123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
        ] {
            assert_eq!(normalise(text).as_deref(), Some(canonical));
        }
        assert_eq!(normalise("1e3"), None);
    }

    #[test]
    fn amounts_are_equal_by_value_and_never_by_rounding() {
        assert!(same_amount("1.50", "01.5"));
        assert!(same_amount("-0", "0.0"));
        assert!(!same_amount("1", "-1"));
        assert!(!same_amount("0.1", "0.10000000000000000000000000000000000001"));
        assert!(!same_amount("9007199254740993", "9007199254740992"));
        assert!(!same_amount("x", "x"));
    }

    // Computed with Python: format(Decimal(text), "f").
    #[test]
    fn json_numbers_are_written_out_exactly() {
        for (text, plain) in [
            ("10.50", "10.50"),
            ("-0", "-0"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1.5e-3", "0.0015"),
            ("-12.345e1", "-123.45"),
            ("12345e-2", "123.45"),
            ("1e-8", "0.00000001"),
            ("1e00", "1"),
            ("0.1e1", "1"),
            ("0e9", "0"),
        ] {
            assert_eq!(number_text(text).as_deref(), Some(plain), "{text}");
        }
    }

    #[test]
    fn absurd_exponents_and_texts_that_are_no_numbers_are_refused() {
        for text in [
            "1e65",
            "1e-65",
            "1e99999999999999999999",
            "1e",
            "e3",
            "1e+",
            "1e1.0",
            "01",
            "01e2",
            ".5",
            "\"1\"",
            "",
            "NaN",
        ] {
            assert_eq!(number_text(text), None, "{text}");
        }
    }
}
