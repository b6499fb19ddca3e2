//! How values cross: out as plain objects with `null` for what is absent, times in as JavaScript numbers.

use serde::Serialize;
use wasm_bindgen::JsValue;

/// A value of the border as a plain object.
pub(crate) fn out(value: &impl Serialize) -> JsValue {
    // It refuses only whole numbers that no JavaScript number holds exactly; none comes in, and the core makes none.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

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
