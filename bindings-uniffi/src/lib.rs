//! The core for Python, Kotlin and Swift: the border of the core as UniFFI functions over text and bytes. Holds no
//! business rule, no model and no callback into the host; everything that users see is the face of their language.
//! A panic would reach the host as an exception.
#![deny(missing_docs)]
// By hand only `direct` is written with `unsafe`.
#![allow(unsafe_code, reason = "UniFFI's scaffolding exports C symbols")]

mod call;
mod client;
pub mod direct;
pub mod functions;

pub use call::{Call, Pages};
pub use client::{Begun, Client, Refused};

uniffi::setup_scaffolding!("cryptopay");
