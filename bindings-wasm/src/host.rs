//! A host in JavaScript for Rust programs that are compiled to wasm: they run their calls with `drive()` or the typed
//! client, over a `fetch` and a timer that JavaScript gives. Left out of the npm package, whose driver is TypeScript.

mod fetch;
mod time;

pub use fetch::JsFetch;
pub use time::JsTime;
