//! The socket side of the faults: the port that can stop listening without being lost, the connection that can end in
//! a reset, and the body that stalls, drips or breaks off. Which of it happens is decided in `faults`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// How far apart the bytes of a dripping body are.
const DRIP: Duration = Duration::from_secs(1);
/// How long a truncated body waits before it breaks off, so that its first half is on the wire.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// A loopback port. While nobody listens, a bound socket keeps other processes from getting it.
pub(crate) struct Port {
    address: SocketAddr,
    _holder: Option<Socket>,
}

impl Port {
    /// Takes a port, 0 for any free one, and listens on it.
    ///
    /// # Errors
    /// `AddrInUse` if another process listens there.
    pub(crate) fn open(port: u16) -> io::Result<(Self, TcpListener)> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let holder = bound(wanted)?;
        let address = holder.local_addr()?.as_socket().unwrap_or(wanted);
        // Where two sockets cannot share a port even though only one listens, the listener stands alone.
        match bound(address) {
            Ok(socket) => Ok((Self { address, _holder: Some(holder) }, listening(socket)?)),
            Err(_) => {
                drop(holder);
                Ok((Self { address, _holder: None }, listening(bound(address)?)?))
            }
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens again after the listener was dropped.
    ///
    /// # Errors
    /// What the system says if the port was lost meanwhile.
    pub(crate) fn listen(&self) -> io::Result<TcpListener> {
        listening(bound(self.address)?)
    }
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // On Windows this option would let two processes share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listening(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// A connection that ends in a reset if `reset` was set.
pub(crate) struct Line {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Line {
    /// Wraps a connection; small answers are not held back.
    pub(crate) fn new(stream: TcpStream, reset: Arc<AtomicBool>) -> Self {
        // A socket that is already broken says so when it is read.
        let _ = stream.set_nodelay(true);
        Self { stream, reset }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.reset.load(Ordering::SeqCst) {
            let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// How a body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// At once.
    Whole,
    /// Half of it, and then nothing more.
    Stall,
    /// One byte a second.
    Drip,
    /// Half of it, and then the connection ends.
    Truncate,
}

/// The body of an answer.
pub(crate) struct Outflow {
    rest: Bytes,
    flow: Flow,
    begun: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

/// The connection ends here, on purpose.
#[derive(Debug)]
pub(crate) struct Severed;

impl std::fmt::Display for Severed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection was ended on purpose")
    }
}

impl std::error::Error for Severed {}

impl Outflow {
    /// A body that goes out as `flow` says.
    pub(crate) fn new(bytes: Bytes, flow: Flow) -> Self {
        Self { rest: bytes, flow, begun: false, pause: None }
    }

    /// Half of what is there, at least one byte; the other half is forgotten.
    fn first_half(&mut self) -> Bytes {
        let half = self.rest.len().div_ceil(2);
        std::mem::take(&mut self.rest).split_to(half)
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>, length: Duration) -> Poll<()> {
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(length)));
        ready!(pause.as_mut().poll(cx));
        self.pause = None;
        Poll::Ready(())
    }
}

impl Body for Outflow {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let first = !std::mem::replace(&mut self.begun, true);
        let bytes = match self.flow {
            Flow::Whole => std::mem::take(&mut self.rest),
            Flow::Stall | Flow::Truncate if first => self.first_half(),
            Flow::Stall => return Poll::Pending,
            Flow::Truncate => {
                ready!(self.poll_pause(cx, BEFORE_BREAK));
                return Poll::Ready(Some(Err(Severed)));
            }
            Flow::Drip => {
                if !first && !self.rest.is_empty() {
                    ready!(self.poll_pause(cx, DRIP));
                }
                let next = self.rest.len().min(1);
                self.rest.split_to(next)
            }
        };
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && (self.flow == Flow::Whole || self.flow == Flow::Drip || !self.begun)
    }

    fn size_hint(&self) -> SizeHint {
        match self.flow {
            Flow::Whole => SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX)),
            _ => SizeHint::default(),
        }
    }
}
