//! How values cross: out as plain objects with `null` for what is absent, times in as JavaScript numbers.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// JavaScript's own reader: one crossing for a whole object.
    #[wasm_bindgen(js_namespace = JSON)]
    fn parse(text: &str) -> JsValue;
}

/// A value of the border, which is JSON text, as a plain object.
pub(crate) fn out(json: &str) -> JsValue {
    parse(json)
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
