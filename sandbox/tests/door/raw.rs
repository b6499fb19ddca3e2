//! A client that hides nothing: it writes the bytes that it is given and reports the bytes that came and how it ended.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use cryptopay_sandbox::signature::{Signed, sign};
use cryptopay_sandbox::{Options, Sandbox, dates};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// After this long without a byte, a stalled answer counts as stalled.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);
/// An answer that is expected is waited for this long, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const INVOICE: &str =
    r#"{"price_amount":"100.0","price_currency":"EUR","pay_currency":"BTC","custom_id":"o-1"}"#;
pub(crate) const FIND: &str = "/api/invoices/custom_id/o-1";

/// How a connection looked after the answer, or after the wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The answer was complete and the connection is open.
    Complete,
    /// The other side ended the connection in order.
    Closed,
    /// The other side reset it.
    Reset,
    /// Nothing more came, and it is open.
    Silent,
}

/// What was heard.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: Option<u16>,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn announced(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }
}

pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::start(Options { seed: 7, rate_limit: 0, ..Options::default() }).await.unwrap()
}

pub(crate) fn address(sandbox: &Sandbox) -> SocketAddr {
    sandbox.url().strip_prefix("http://").unwrap().parse().unwrap()
}

pub(crate) async fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(address(sandbox)).await.unwrap()
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

/// The bytes of a request that is signed as it should be.
pub(crate) fn signed(sandbox: &Sandbox, method: &str, target: &str, body: &str) -> String {
    signed_at(sandbox, method, target, body, &dates::http_date(now_ms()))
}

pub(crate) fn signed_at(sandbox: &Sandbox, method: &str, target: &str, body: &str, date: &str) -> String {
    let content_type = "application/json";
    let text = Signed { method, body: body.as_bytes(), content_type, date, target }.string_to_sign();
    let signature = sign(&sandbox.api_secret, &text);
    let key = &sandbox.api_key;
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nDate: {date}\r\nContent-Type: {content_type}\r\n\
         Authorization: HMAC {key}:{signature}\r\n{length}\r\n{body}"
    )
}

pub(crate) async fn say(stream: &mut TcpStream, bytes: &[u8]) -> Heard {
    say_briefly(stream, bytes, PATIENCE).await
}

/// Says something that may never be answered.
pub(crate) async fn say_briefly(stream: &mut TcpStream, bytes: &[u8], silence: Duration) -> Heard {
    // What is written to a connection that was ended is heard below.
    let _ = stream.write_all(bytes).await;
    hear(stream, silence).await
}

/// Reads one answer, or until nothing has come for `silence`.
pub(crate) async fn hear(stream: &mut TcpStream, silence: Duration) -> Heard {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 4096];
    let end = loop {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let heard = split(&bytes, head, End::Complete);
            let bodiless = [Some(204), Some(304)].contains(&heard.status);
            if bodiless || heard.body.len() >= heard.announced() {
                return heard;
            }
        }
        match tokio::time::timeout(silence, stream.read(&mut piece)).await {
            Err(_) => break End::Silent,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(length)) => bytes.extend_from_slice(&piece[..length]),
            Ok(Err(wrong)) if wrong.kind() == std::io::ErrorKind::ConnectionReset => break End::Reset,
            Ok(Err(wrong)) => panic!("{wrong}"),
        }
    };
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    split(&bytes, head, end)
}

fn split(bytes: &[u8], head: usize, end: End) -> Heard {
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Heard { status, head: text, body: bytes[head..].to_vec(), end }
}

/// One signed request on a connection of its own.
pub(crate) async fn call(sandbox: &Sandbox, method: &str, target: &str, body: &str) -> Heard {
    let request = signed(sandbox, method, target, body);
    say(&mut connect(sandbox).await, request.as_bytes()).await
}

/// One control request over HTTP.
pub(crate) async fn control(sandbox: &Sandbox, method: &str, name: &str, body: &str) -> Heard {
    let request = control_bytes(method, name, body);
    say(&mut connect(sandbox).await, request.as_bytes()).await
}

pub(crate) fn control_bytes(method: &str, name: &str, body: &str) -> String {
    format!("{method} /_sandbox/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The last entry of the journal as `[operation, fault or status, applied]`.
pub(crate) fn last(sandbox: &Sandbox) -> Value {
    let journal = sandbox.journal();
    let entry = journal.as_array().unwrap().last().unwrap();
    let ending = if entry["fault"].is_null() { &entry["status"] } else { &entry["fault"] };
    serde_json::json!([entry["operation"], ending, entry["applied"]])
}
