//! The sandbox from outside, over real sockets: what every fault looks like on the wire, who is let in, what broken
//! HTTP does, what the control API answers, how the program starts and ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what goes wrong in a test is the test's failure"
)]

mod control;
mod faults;
mod gate;
mod malformed;
mod program;
mod raw;
mod storm;
