//! The sandbox as a program: reads the command line, says on stdout where it listens, and ends cleanly.
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use cryptopay_sandbox::{Options, Sandbox, StartError};
use tokio::io::AsyncReadExt as _;

/// A local Cryptopay: every endpoint, real signatures, ledgers, callbacks and faults, in memory on a loopback port.
///
/// When it is ready it prints one JSON line on stdout: url, api_key, api_secret, callback_secret.
#[derive(Parser)]
#[command(name = "cryptopay-sandbox", version)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// API key; without it one that follows from the seed.
    #[arg(long, value_name = "K")]
    api_key: Option<String>,
    /// API secret; without it one that follows from the seed.
    #[arg(long, value_name = "S")]
    api_secret: Option<String>,
    /// Secret that signs callbacks; without it one that follows from the seed.
    #[arg(long, value_name = "C")]
    callback_secret: Option<String>,
    /// Where callbacks are sent (http); without it they are only recorded.
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// Everything random follows from it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Requests a minute for the key; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = 200)]
    rate_limit: usize,
    /// End when stdin closes, so that a test that dies leaves nothing behind.
    #[arg(long)]
    exit_on_stdin_close: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(wrong) => return failed(&format!("cannot start threads: {wrong}")),
    };
    let code = match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => failed(&wrong.to_string()),
    };
    // A thread that waits for stdin cannot be woken.
    runtime.shutdown_background();
    code
}

fn failed(sentence: &str) -> ExitCode {
    log(sentence);
    ExitCode::FAILURE
}

/// One line on stderr. Requests are not logged (the journal has them): a full pipe that nobody reads would stop the
/// sandbox, and a closed one is no reason to fall.
fn log(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "cryptopay-sandbox: {sentence}");
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let sandbox = Sandbox::start(Options {
        port: arguments.port,
        api_key: arguments.api_key,
        api_secret: arguments.api_secret,
        callback_secret: arguments.callback_secret,
        callback_url: arguments.callback_url,
        seed: arguments.seed,
        rate_limit: arguments.rate_limit,
    })
    .await?;
    // Whoever reads the ready line may end the program at once.
    let signals = signals();
    let ready = serde_json::json!({
        "url": sandbox.url(),
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "callback_secret": sandbox.callback_secret,
    });
    {
        let mut stdout = std::io::stdout().lock();
        // Nobody may be reading; the sandbox answers all the same.
        let _ = writeln!(stdout, "{ready}").and_then(|()| stdout.flush());
    }
    log(&format!("listening on {}, seed {}", sandbox.url(), arguments.seed));
    let why = tokio::select! {
        why = signals => why,
        () = stdin_closed(), if arguments.exit_on_stdin_close => "stdin closed",
    };
    log(&format!("{why}, ending"));
    sandbox.stop().await;
    Ok(())
}

async fn stdin_closed() {
    let (mut stdin, mut ignored) = (tokio::io::stdin(), [0; 256]);
    while matches!(stdin.read(&mut ignored).await, Ok(1..)) {}
}

/// Waits for a signal to end; it is caught from the moment this returns.
#[cfg(unix)]
fn signals() -> impl Future<Output = &'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = caught else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "interrupted",
        }
    }
}

#[cfg(not(unix))]
async fn signals() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "interrupted",
        Err(_) => std::future::pending().await,
    }
}
