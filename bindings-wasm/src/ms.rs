//! How times come in: as JavaScript's numbers.

/// The largest whole number that JavaScript holds exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// A time in ms; what is no time counts as 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and NaN becomes 0"
)]
pub(crate) fn ms(number: f64) -> u64 {
    (number as u64).min(LARGEST)
}
