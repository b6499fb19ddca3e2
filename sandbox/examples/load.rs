//! How many requests a second the sandbox answers on this machine, client and server together: signed reads and
//! two-step payouts over kept-alive connections.
//!
//! `cargo run --release -p cryptopay-sandbox --example load -- [seconds] [connections]`
#![forbid(unsafe_code)]

use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use cryptopay_sandbox::signature::{Signed, sign};
use cryptopay_sandbox::{Options, Sandbox, dates};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let connections: usize = arguments.next().map_or(Ok(16), |text| text.parse())?;
    let began = Instant::now();
    let sandbox = Sandbox::start(Options { rate_limit: 0, ..Options::default() }).await?;
    println!("started in {:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
    let date = dates::http_date(u64::try_from(
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis(),
    )?);
    for name in ["read", "create"] {
        let until = Instant::now() + Duration::from_secs(seconds);
        let tasks: Vec<_> = (0..connections)
            .map(|lane| {
                let host = sandbox.url().trim_start_matches("http://").to_owned();
                let (key, secret, date) = (sandbox.api_key.clone(), sandbox.api_secret.clone(), date.clone());
                tokio::spawn(async move {
                    let mut stream = TcpStream::connect(host).await?;
                    stream.set_nodelay(true)?;
                    let mut count = 0_u32;
                    while Instant::now() < until {
                        let request = request(name, &format!("{lane}-{count}"), &key, &secret, &date);
                        stream.write_all(request.as_bytes()).await?;
                        read(&mut stream).await?;
                        count += 1;
                    }
                    Ok::<u32, Box<dyn Error + Send + Sync>>(count)
                })
            })
            .collect();
        let mut count = 0;
        for task in tasks {
            count += task.await??;
        }
        println!(
            "{name}: {:.0} requests a second",
            f64::from(count) / Duration::from_secs(seconds).as_secs_f64()
        );
    }
    sandbox.stop().await;
    Ok(())
}

fn request(name: &str, custom_id: &str, key: &str, secret: &str, date: &str) -> String {
    let (method, target, body) = match name {
        "read" => ("GET", "/api/accounts", String::new()),
        _ => (
            "POST",
            "/api/coin_withdrawals",
            format!(
                r#"{{"address":"2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM","charged_currency":"EUR","received_currency":"BTC","received_amount":"0.001","custom_id":"{custom_id}"}}"#
            ),
        ),
    };
    let content_type = "application/json";
    let signature =
        sign(secret, &Signed { method, body: body.as_bytes(), content_type, date, target }.string_to_sign());
    format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nDate: {date}\r\nContent-Type: {content_type}\r\n\
         Authorization: HMAC {key}:{signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Reads one answer to its end; anything but a 2xx is an error.
async fn read(stream: &mut TcpStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let length = stream.read(&mut piece).await?;
        bytes.extend(piece.iter().take(length));
        let text = String::from_utf8_lossy(&bytes);
        if length == 0 || !text.starts_with("HTTP/1.1 2") {
            return Err(format!("unexpected: {text}").into());
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= announced.parse()? {
            return Ok(());
        }
    }
}
