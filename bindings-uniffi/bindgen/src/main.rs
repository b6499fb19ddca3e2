//! Prints the private foreign halves of the bindings from the built library. What they look like is UniFFI's business.

fn main() {
    uniffi::uniffi_bindgen_main();
}
