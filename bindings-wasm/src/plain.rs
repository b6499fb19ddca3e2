//! How values cross: out as plain objects with `null` for what is absent, times in as JavaScript numbers.

use serde::Serialize;
use wasm_bindgen::JsValue;

/// A value of the border as a plain object.
pub(crate) fn out(value: &impl Serialize) -> JsValue {
    // What this serialiser refuses (a whole number that no JavaScript number holds exactly) goes the way of all JSON.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or_else(|_| {
        js_sys::JSON::parse(&cryptopay_core::border::text(value)).unwrap_or(JsValue::NULL)
    })
}

/// A time in ms; what is no time counts as 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and NaN becomes 0"
)]
pub(crate) fn ms(number: f64) -> u64 {
    number as u64
}
