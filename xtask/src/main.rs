//! The one list of tasks.
#![forbid(unsafe_code)]
fn main() {}
