//! The core for JavaScript: the border (`cryptopay_core::border`) as a few functions over text and bytes. Starts come in
//! as JSON text, bodies as bytes, steps leave as plain objects. No rule and no model lives here, and nothing here is
//! public to the users of the npm package: they see its TypeScript.

pub mod callbacks;
pub mod client;
#[cfg(feature = "host")]
pub mod host;
pub mod pager;
mod plain;
#[cfg(feature = "pure")]
pub mod pure;

use wasm_bindgen::prelude::wasm_bindgen;

/// The names of the response headers that the core reads, separated by commas.
#[wasm_bindgen]
#[must_use]
pub fn response_headers() -> String {
    cryptopay_core::http::RESPONSE_HEADERS.join(",")
}
