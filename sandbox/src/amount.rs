//! Exact decimals: reading, writing, rounding, and arithmetic that refuses instead of overflowing.
//!
//! Which amounts are allowed is decided by the operation; how they are converted by `pricing`.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::refusal::Refusal;

/// No amount of a request may be larger; what is computed from smaller ones stays inside 28 digits.
pub(crate) const LARGEST: i64 = 1_000_000_000_000;

/// An amount as the API writes it: plain, without trailing zeros, at least one digit after the point.
pub(crate) fn plain(amount: Decimal) -> String {
    let text = amount.normalize().to_string();
    match text.as_str() {
        "0" | "-0" => "0.0".to_owned(),
        _ if text.contains('.') => text,
        _ => format!("{text}.0"),
    }
}

/// Reads a decimal exactly; also the exponents that a JSON number may have. `None` for anything else.
pub(crate) fn read(text: &str) -> Option<Decimal> {
    let digits = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E');
    if !text.chars().all(digits) || text.starts_with('+') || text.starts_with('.') || text.ends_with('.') {
        return None;
    }
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    // `from_scientific` rounds digits that do not fit and can overflow: the exponent only moves the point here.
    let digits = Decimal::from_str_exact(digits).ok()?;
    let scale =
        i64::from(digits.scale()) - exponent.parse::<i64>().ok().filter(|exponent| exponent.abs() < 100)?;
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(digits.mantissa(), scale).ok(),
        Err(_) => {
            let zeros = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            Decimal::try_from_i128_with_scale(digits.mantissa().checked_mul(zeros)?, 0).ok()
        }
    }
}

/// Rounds towards zero to `precision` digits after the point.
pub(crate) fn down(amount: Decimal, precision: u32) -> Decimal {
    amount.round_dp_with_strategy(precision, RoundingStrategy::ToZero)
}

/// Rounds away from zero to `precision` digits after the point.
pub(crate) fn up(amount: Decimal, precision: u32) -> Decimal {
    amount.round_dp_with_strategy(precision, RoundingStrategy::AwayFromZero)
}

/// `a + b`.
pub(crate) fn plus(a: Decimal, b: Decimal) -> Result<Decimal, Refusal> {
    a.checked_add(b).ok_or_else(out_of_range)
}

/// `a - b`.
pub(crate) fn minus(a: Decimal, b: Decimal) -> Result<Decimal, Refusal> {
    a.checked_sub(b).ok_or_else(out_of_range)
}

/// `a · b`.
pub(crate) fn times(a: Decimal, b: Decimal) -> Result<Decimal, Refusal> {
    a.checked_mul(b).ok_or_else(out_of_range)
}

/// `a / b`.
pub(crate) fn over(a: Decimal, b: Decimal) -> Result<Decimal, Refusal> {
    a.checked_div(b).ok_or_else(out_of_range)
}

fn out_of_range() -> Refusal {
    Refusal::new(422, "amount_out_of_range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_like_the_recorded_ones() {
        for (given, written) in [
            ("100", "100.0"),
            ("0", "0.0"),
            ("5428660.00", "5428660.0"),
            ("0.00331433", "0.00331433"),
            ("-10.090", "-10.09"),
        ] {
            assert_eq!(plain(read(given).unwrap()), written);
        }
        assert_eq!(plain(-Decimal::ZERO), "0.0");
    }

    #[test]
    fn only_numbers_are_amounts() {
        for (given, written) in
            [("1E+2", "100.0"), ("1.5e-3", "0.0015"), ("-25e0", "-25.0"), ("1.05e1", "10.5")]
        {
            assert_eq!(plain(read(given).unwrap()), written);
        }
        for wrong in [
            "",
            "abc",
            "1_000.0",
            "NaN",
            "1,5",
            ".5",
            "5.",
            "+5",
            "1e999",
            "9e28",
            "1e-29",
            "1e",
            "1e1e1",
            "1.00000000000000000000000000000000001",
            "1.00000000000000000000000000000000001e0",
            "12345678901234567890123456789.01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn overflow_is_refused() {
        assert_eq!(times(Decimal::MAX, Decimal::TEN).unwrap_err().status, 422);
        assert_eq!(over(Decimal::ONE, Decimal::ZERO).unwrap_err().code, "amount_out_of_range");
    }
}
