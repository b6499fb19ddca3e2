//! Servers that misbehave, each in one way and for every request. What one holds of a connection it lets go when the client
//! does, so that sockets can be counted.

use std::net::{SocketAddr, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody listens.
    Refuse,
    /// Nobody answers the handshake.
    Blackhole,
    /// The answer never begins.
    StallBefore,
    /// It stops in the middle of its body.
    StallInBody,
    /// It comes at one byte a second.
    Drip,
    /// It sends the client to where it is already.
    Redirect,
    /// Its body says that it has 100 MB.
    Large,
    /// Its body has 100 MB and does not say so.
    LargeUntold,
    /// Its chunks are none.
    Garbage,
    /// The connection ends without an answer.
    CloseEarly,
    /// It is reset in the middle of the body.
    ResetInBody,
    /// It is closed in the middle of the body, but only from the server to the client.
    HalfClosed,
}

const LARGE: usize = 100_000_000;
const STARTED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"data\":";

/// A server, as long as it is kept.
pub(crate) struct Server {
    pub(crate) url: String,
    posts: Arc<AtomicUsize>,
    /// The sockets that fill a blackhole.
    _held: Vec<Socket>,
    _filling: Vec<StdStream>,
}

impl Server {
    pub(crate) async fn start(fault: Fault) -> Result<Self> {
        let posts = Arc::new(AtomicUsize::new(0));
        let (mut held, mut filling) = (Vec::new(), Vec::new());
        let address = match fault {
            Fault::Refuse => {
                // Bound, so that nobody else gets the port, but not listening.
                let socket = bound()?;
                let address = address(&socket)?;
                held.push(socket);
                address
            }
            Fault::Blackhole => {
                let socket = bound()?;
                socket.listen(0)?;
                let address = address(&socket)?;
                held.push(socket);
                // When the queue is full, the system drops what knocks.
                while let Ok(stream) = StdStream::connect_timeout(&address, Duration::from_millis(300)) {
                    filling.push(stream);
                }
                address
            }
            _ => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let address = listener.local_addr()?;
                let posts = Arc::clone(&posts);
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        let posts = Arc::clone(&posts);
                        // Where the client let go first, there is nothing left to do wrong.
                        tokio::spawn(async move { drop(serve(stream, fault, &posts).await) });
                    }
                });
                address
            }
        };
        Ok(Self { url: format!("http://{address}"), posts, _held: held, _filling: filling })
    }

    /// How many writes have arrived since this was asked last.
    pub(crate) fn posts(&self) -> usize {
        self.posts.swap(0, Ordering::SeqCst)
    }
}

fn bound() -> Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    Ok(socket)
}

fn address(socket: &Socket) -> Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| anyhow::anyhow!("a socket without an address"))
}

async fn serve(mut stream: TcpStream, fault: Fault, posts: &AtomicUsize) -> std::io::Result<()> {
    while request(&mut stream, posts).await? {
        match fault {
            Fault::Refuse | Fault::Blackhole | Fault::CloseEarly => return Ok(()),
            Fault::StallBefore => return gone(&mut stream).await,
            Fault::StallInBody => {
                stream.write_all(STARTED).await?;
                return gone(&mut stream).await;
            }
            Fault::Drip => {
                for byte in STARTED {
                    stream.write_all(&[*byte]).await?;
                    // The client's end of the connection is seen within the second.
                    let quiet = tokio::time::timeout(Duration::from_secs(1), gone(&mut stream)).await;
                    if let Ok(gone) = quiet {
                        return gone;
                    }
                }
            }
            Fault::Redirect => {
                let to = "HTTP/1.1 302 Found\r\nlocation: /api/coins\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(to.as_bytes()).await?;
            }
            Fault::Large => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                return flood(&mut stream, |block| block.to_vec()).await;
            }
            Fault::LargeUntold => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                let chunk =
                    |block: &[u8]| [format!("{:x}\r\n", block.len()).as_bytes(), block, b"\r\n"].concat();
                return flood(&mut stream, chunk).await;
            }
            Fault::Garbage => {
                let garbage =
                    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n{\"data\":{}}\r\n-1\r\n";
                stream.write_all(garbage).await?;
                return gone(&mut stream).await;
            }
            Fault::ResetInBody => {
                stream.write_all(STARTED).await?;
                // Long enough for the head to be read, so that it is the body that ends.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            }
            Fault::HalfClosed => {
                stream.write_all(STARTED).await?;
                stream.shutdown().await?;
                return gone(&mut stream).await;
            }
        }
    }
    Ok(())
}

/// Reads one request, and counts it if it is a write; false when there is no more.
async fn request(stream: &mut TcpStream, posts: &AtomicUsize) -> std::io::Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(false);
        }
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await?;
    posts.fetch_add(usize::from(head.starts_with("post ")), Ordering::SeqCst);
    Ok(true)
}

/// Waits until the client has let go.
async fn gone(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

async fn flood(stream: &mut TcpStream, framed: impl Fn(&[u8]) -> Vec<u8>) -> std::io::Result<()> {
    let block = framed(&[b' '; 50_000]);
    for _ in 0..LARGE / 50_000 {
        stream.write_all(&block).await?;
    }
    gone(stream).await
}
