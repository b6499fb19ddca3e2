//! `wasm-bindgen-test-runner`: what cargo runs a test of the wasm with, in Node or a browser.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
