//! Receives callbacks over a real socket, as a web server would: the raw body and the signature, answered with 200.
//! Whether they are to be believed is decided by whoever reads them.

use std::net::SocketAddr;
use std::time::Duration;

use cryptopay_core::callback::SIGNATURE_HEADER;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::paper::Failed;

/// A listener on a free port of this machine.
pub(crate) struct Receiver {
    listener: TcpListener,
    address: SocketAddr,
}

/// One callback as it came.
pub(crate) struct Received {
    /// The bytes of the body, before any parser saw them.
    pub(crate) body: Vec<u8>,
    /// The value of the signature's header.
    pub(crate) signature: Option<String>,
}

impl Receiver {
    pub(crate) fn start() -> Result<Self, Failed> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener: TcpListener::from_std(listener)?, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/callbacks", self.address)
    }

    /// The next callback.
    pub(crate) async fn next(&mut self, patience: Duration) -> Result<Received, Failed> {
        let waiting = async {
            let (stream, _) = self.listener.accept().await?;
            receive(stream).await
        };
        let in_time = tokio::time::timeout(patience, waiting).await;
        in_time.map_err(|_| Failed::expected("a callback", &"none in time"))?
    }
}

async fn receive(stream: TcpStream) -> Result<Received, Failed> {
    let mut stream = BufReader::new(stream);
    let (mut length, mut signature) = (0, None);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            SIGNATURE_HEADER => signature = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await?;
    Ok(Received { body, signature })
}
