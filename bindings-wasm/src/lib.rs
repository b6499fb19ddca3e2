//! The core for JavaScript: the border (`cryptopay_core::border`) as a few functions over text and bytes. Starts come in
//! as JSON text, bodies as bytes, steps leave as JSON text. No rule and no model lives here, and nothing here is
//! public to the users of the npm package: they see its TypeScript.
//!
//! Nothing leaves as a JavaScript object: V8 before 12 (Node 20 and 21) ends the process when it gives up optimised code
//! in which a function that returns one was inlined, while that function runs. What returns a text is not inlined there.

pub mod callbacks;
pub mod client;
#[cfg(feature = "host")]
pub mod host;
mod ms;
pub mod pager;
#[cfg(feature = "pure")]
pub mod pure;

use wasm_bindgen::prelude::wasm_bindgen;

/// The names of the response headers that the core reads, separated by commas.
#[wasm_bindgen]
#[must_use]
pub fn response_headers() -> String {
    cryptopay_core::http::RESPONSE_HEADERS.join(",")
}
