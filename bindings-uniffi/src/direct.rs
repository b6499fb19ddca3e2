//! The two crossings of every call once more, for hosts whose cost is the crossing itself: bytes go in where they are, and
//! the step's text is read where it is. UniFFI's way to the same two takes nine foreign calls and seven structs; here it is
//! one foreign call each. Everything else, the end of a call too, goes through UniFFI, and the objects are UniFFI's own.

use crate::call::Call;
use crate::client::{Begun, Client};
use core::ffi::{c_char, c_void};
use core::fmt::Write as _;
use core::ptr;
use core::slice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Begins a call, or with the operation `resolve` finding out how one ended. Answers the call's handle as 16 hex digits and
/// its first step as JSON, until the call is advanced or freed; null: it panicked.
///
/// # Safety
/// `client` is the pointer behind the handle of a [`Client`], which somebody holds. The two texts are readable for the bytes
/// that are said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cryptopay_direct_begin(
    client: *const c_void,
    operation: *const u8,
    operation_len: usize,
    start: *const u8,
    start_len: usize,
) -> *const c_char {
    // SAFETY: the caller's promise, word for word.
    let (client, operation, start) = unsafe {
        (
            &*client.cast::<Client>(),
            slice::from_raw_parts(operation, operation_len),
            slice::from_raw_parts(start, start_len),
        )
    };
    caught(|| {
        let begun =
            if operation == b"resolve" { client.resolve(start) } else { client.begin(operation, start) };
        let Begun { call, step } = begun;
        let handle = Arc::as_ptr(&call) as usize;
        // One piece of memory: the handle, the step, and the zero.
        let mut text = String::with_capacity(step.len() + 17);
        let _ = write!(text, "{handle:016x}{step}");
        let text = call.says(text);
        // Whoever gets the handle frees the call.
        let _ = Arc::into_raw(call);
        text
    })
}

/// Takes in an event with the body that belongs to it. Answers the next step as JSON, until the call is advanced again or
/// freed; null: it panicked.
///
/// # Safety
/// `call` is the pointer behind the handle of a [`Call`], which somebody holds. The two texts are readable for the bytes that
/// are said. What is answered is read before any other thread advances this call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cryptopay_direct_advance(
    call: *const c_void,
    event: *const u8,
    event_len: usize,
    body: *const u8,
    body_len: usize,
) -> *const c_char {
    // SAFETY: the caller's promise, word for word.
    let (call, event, body) = unsafe {
        (
            &*call.cast::<Call>(),
            slice::from_raw_parts(event, event_len),
            slice::from_raw_parts(body, body_len),
        )
    };
    caught(|| call.says(call.advance(event, body)))
}

/// A panic must not leave Rust; what it touched is plain data behind locks that do not mind.
fn caught(act: impl FnOnce() -> *const c_char) -> *const c_char {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or(ptr::null())
}
