//! How many signed requests a second the sandbox answers, reads and two-step payouts, over kept-alive connections:
//! client and server share this process and its processors. The client is bare sockets, so that the sandbox is what
//! is measured.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use cryptopay_core::date::format_imf;
use cryptopay_core::http::Method;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_sandbox::{Options, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::table::{Budget, Table};

const CONNECTIONS: u32 = 16;
const SECOND: Duration = Duration::from_secs(1);
/// Each of these is a batch of one second; the first only warms up.
const SECONDS: usize = 6;

/// What is asked for.
#[derive(Clone, Copy)]
enum Kind {
    Read,
    Create,
}

/// Measures and prints.
#[tokio::main(worker_threads = 2)]
pub(crate) async fn rows(table: &Table) -> Result<()> {
    let sandbox = Sandbox::start(Options { rate_limit: 0, ..Options::default() })
        .await
        .map_err(|error| anyhow::anyhow!("the sandbox does not start: {error}"))?;
    for (what, kind) in [
        ("sandbox, signed reads, 16 connections", Kind::Read),
        ("sandbox, signed creates of payouts", Kind::Create),
    ] {
        let mut figures = Vec::new();
        for second in 0..SECONDS {
            let figure = one_second(&sandbox, kind, second).await?;
            if second > 0 {
                figures.push(figure);
            }
        }
        figures.sort_by(f64::total_cmp);
        let figure = figures.get(figures.len() / 2).copied().context("no second was counted")?;
        table.figure(what, figure, "/s", Budget::AtLeast(2000.0))?;
    }
    sandbox.stop().await;
    Ok(())
}

/// Requests a second, over about one second on all connections.
async fn one_second(sandbox: &Sandbox, kind: Kind, second: usize) -> Result<f64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let date = format_imf(u64::try_from(now.as_millis())?);
    let signer = Signer::new(&sandbox.api_key, &Secret::new("api_secret", &sandbox.api_secret)?)?;
    let began = Instant::now();
    let lanes: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            let host = sandbox.url().trim_start_matches("http://").to_owned();
            let (signer, date) = (signer.clone(), date.clone());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(host).await?;
                stream.set_nodelay(true)?;
                let mut count = 0_u32;
                while began.elapsed() < SECOND {
                    let request = request(&signer, kind, &date, &format!("{second}-{lane}-{count}"));
                    stream.write_all(request.as_bytes()).await?;
                    read(&mut stream).await?;
                    count += 1;
                }
                anyhow::Ok(count)
            })
        })
        .collect();
    let mut count = 0;
    for lane in lanes {
        count += lane.await??;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

fn request(signer: &Signer, kind: Kind, date: &str, custom_id: &str) -> String {
    let (method, path, body) = match kind {
        Kind::Read => (Method::Get, "/api/accounts", None),
        Kind::Create => (
            Method::Post,
            "/api/coin_withdrawals",
            Some(format!(
                r#"{{"address":"2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM","charged_currency":"EUR","received_currency":"BTC","received_amount":"0.001","custom_id":"{custom_id}"}}"#
            )),
        ),
    };
    let bytes = body.as_ref().map(String::as_bytes);
    let authorization = signer.authorization(&signer.sign(method, bytes, CONTENT_TYPE, date, path));
    let (method, body) = (method.as_str(), body.unwrap_or_default());
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: sandbox\r\nDate: {date}\r\nContent-Type: {CONTENT_TYPE}\r\n\
         Authorization: {authorization}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Reads one answer to its end; anything but a 2xx is an error.
async fn read(stream: &mut TcpStream) -> Result<()> {
    let mut bytes = Vec::with_capacity(16 * 1024);
    loop {
        let length = stream.read_buf(&mut bytes).await?;
        let text = String::from_utf8_lossy(&bytes);
        if length == 0 || !text.starts_with("HTTP/1.1 2") {
            bail!("the sandbox answers: {text}");
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= announced.parse()? {
            return Ok(());
        }
    }
}
