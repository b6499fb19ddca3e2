//! Any bytes on a socket of the sandbox: it answers or closes, and goes on serving.
#![no_main]

use cryptopay_sandbox::{Options, Sandbox};
use libfuzzer_sys::fuzz_target;
use std::cell::OnceCell;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Long enough that only a sandbox that hangs reaches it.
const PATIENCE: Duration = Duration::from_secs(10);
const ALIVE: &[u8] = b"GET /_sandbox/ledger HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

thread_local! {
    static WORLD: OnceCell<(Runtime, Sandbox)> = const { OnceCell::new() };
}

/// What comes back for these bytes when nothing more is sent.
async fn asked(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let Ok(mut stream) = TcpStream::connect(address).await else { panic!("nobody listens any more") };
    // A peer that closes early is right to do so.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

fuzz_target!(|input: &[u8]| {
    // What it is asked to do to itself on purpose (faults, a clock that jumps by centuries) proves nothing here.
    if input.windows(9).any(|part| part == b"/_sandbox") {
        return;
    }
    WORLD.with(|world| {
        let (runtime, sandbox) = world.get_or_init(|| {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            let options = Options { rate_limit: 0, ..Options::default() };
            let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
            (runtime, sandbox)
        });
        let address = sandbox.url().trim_start_matches("http://");
        runtime.block_on(async {
            timeout(PATIENCE, asked(address, input)).await.expect("it hangs");
            let answer = timeout(PATIENCE, asked(address, ALIVE)).await.expect("it hangs afterwards");
            assert!(answer.starts_with(b"HTTP/1.1 200"), "it no longer serves");
        });
    });
});
