//! One load, in a process of its own: so many calls at a time over loopback, by the typed client or by bare reqwest with
//! the same signature. Prints the processor time of a call in µs, calls a second, and the most memory held in KB.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use cryptopay_core::api::invoices::Invoice;
use cryptopay_core::date::format_imf;
use cryptopay_core::http::Method;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::{Cryptopay, Environment};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::process;
use crate::samples::{KEY, SECRET, id, one};

/// Calls that count; a tenth before them opens the connections.
const CALLS: i64 = 10_000;

/// Answers every request with one invoice until stdin closes; prints its address first.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn answer() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    // Ends with whoever started it, however that one ends.
    std::thread::spawn(|| {
        let mut nothing = String::new();
        let _ = std::io::stdin().lock().read_line(&mut nothing);
        std::process::exit(0);
    });
    let body = one();
    let answer: Arc<[u8]> = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
    .into();
    loop {
        let (stream, _) = listener.accept().await?;
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            // A client that goes away ends its connection and nothing else.
            let _ = serve(stream, &answer).await;
        });
    }
}

async fn serve(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::with_capacity(4096);
    while stream.read_buf(&mut bytes).await? > 0 {
        if bytes.ends_with(b"\r\n\r\n") {
            bytes.clear();
            stream.write_all(answer).await?;
        }
    }
    Ok(())
}

/// Makes the calls and prints what they cost.
#[tokio::main(worker_threads = 2)]
pub(crate) async fn load(who: &str, lanes: u32, address: &str) -> Result<()> {
    match who {
        "ours" => {
            let client = Cryptopay::builder(Environment::parse(address)?)
                .api_key(KEY)
                .api_secret(SECRET)
                .rate_limit(None)
                .build()?;
            let id = id(1).parse()?;
            measure(lanes, move || {
                let client = client.clone();
                async move { Ok(client.invoices().retrieve(id).await?.into_inner()) }
            })
            .await
        }
        "bare" => {
            let bare = Arc::new(Bare::new(address)?);
            measure(lanes, move || {
                let bare = Arc::clone(&bare);
                async move { bare.call().await }
            })
            .await
        }
        _ => bail!("there are `ours` and `bare`"),
    }
}

async fn measure<C, F>(lanes: u32, call: C) -> Result<()>
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Invoice>> + Send + 'static,
{
    run(lanes, CALLS / 10, call.clone()).await?;
    let (began, before) = (Instant::now(), process::processor_us()?);
    run(lanes, CALLS, call).await?;
    let (seconds, used) = (began.elapsed().as_secs_f64(), process::processor_us()? - before);
    let calls = f64::from(i32::try_from(CALLS)?);
    println!("{} {} {}", used / calls, calls / seconds, process::memory_kb("VmHWM")?);
    Ok(())
}

async fn run<C, F>(lanes: u32, calls: i64, call: C) -> Result<()>
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Invoice>> + Send + 'static,
{
    let left = Arc::new(AtomicI64::new(calls));
    let lanes: Vec<_> = (0..lanes)
        .map(|_| {
            let (left, call) = (Arc::clone(&left), call.clone());
            tokio::spawn(async move {
                while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                    let invoice = call().await?;
                    ensure!(invoice.pay_currency == "BTC", "another invoice came");
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for lane in lanes {
        lane.await??;
    }
    Ok(())
}

/// What one writes without a client: reqwest, the signature, the same model.
struct Bare {
    client: reqwest::Client,
    signer: Signer,
    url: String,
    path: String,
}

#[derive(Deserialize)]
struct Answered {
    data: Invoice,
}

impl Bare {
    fn new(address: &str) -> Result<Self> {
        // Only plain connections are made, but reqwest wants to know its TLS.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let path = format!("/api/invoices/{}", id(1));
        Ok(Self {
            client: reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()?,
            signer: Signer::new(KEY, &Secret::new("api_secret", SECRET)?)?,
            url: [address, &path].concat(),
            path,
        })
    }

    async fn call(&self) -> Result<Invoice> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let date = format_imf(u64::try_from(now.as_millis())?);
        let signed = self.signer.sign(Method::Get, None, CONTENT_TYPE, &date, &self.path);
        let answer = self
            .client
            .get(&self.url)
            .header("authorization", self.signer.authorization(&signed))
            .header("date", date)
            .header("content-type", CONTENT_TYPE)
            .send()
            .await?
            .error_for_status()?;
        let answered: Answered = serde_json::from_slice(&answer.bytes().await?).context("no invoice")?;
        Ok(answered.data)
    }
}
