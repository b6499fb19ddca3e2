//! The server: accepts connections, reads requests, and ends them as `api` and `control` say, faults on the socket
//! included.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::api::{Arrived, Ending, State};
use crate::control;
use crate::passing::Passing;
use crate::reply::Reply;
use crate::wire::{Flow, Line, Outflow, Port, Severed};

/// Larger bodies are refused with 413.
const LARGEST_BODY: usize = 1024 * 1024;
/// A larger body is still read to here, so that its sender hears the refusal instead of a reset.
const LARGEST_SKIPPED: usize = 16 * LARGEST_BODY;
/// How long the sandbox tries to get its port back after it refused connections.
const RETURN: Duration = Duration::from_secs(5);

/// What every connection shares.
pub(crate) struct Door {
    /// Time and state.
    pub passing: Passing,
    /// Where the sandbox listens.
    pub address: SocketAddr,
    /// What `reset` starts again from.
    pub fresh: Box<dyn Fn(Option<u64>, u64) -> State + Send + Sync>,
    closings: mpsc::UnboundedSender<Closing>,
    /// Raised whenever nobody is to listen: idle connections of the API end with it.
    refusals: watch::Sender<u64>,
}

/// An order to stop listening for a while.
struct Closing {
    ms: u64,
    closed: oneshot::Sender<()>,
}

/// One connection.
struct Connection {
    peer: SocketAddr,
    requests: AtomicU64,
    /// Whether the last request was one of the control API, whose connections outlive a refusal.
    controls: AtomicBool,
    reset: Arc<AtomicBool>,
}

impl Door {
    /// Stops listening for `ms` milliseconds of real time; returns when nobody listens any more.
    pub(crate) async fn refuse(&self, ms: u64) {
        let (closed, told) = oneshot::channel();
        if self.closings.send(Closing { ms, closed }).is_ok() {
            let _ = told.await;
        }
    }
}

/// Builds what connections share, and the loop that accepts them until `stop` is raised.
pub(crate) fn open(
    port: Port,
    listener: TcpListener,
    state: State,
    fresh: Box<dyn Fn(Option<u64>, u64) -> State + Send + Sync>,
    stop: watch::Receiver<bool>,
) -> (Arc<Door>, impl Future<Output = ()> + Send) {
    let (closings, orders) = mpsc::unbounded_channel();
    let (refusals, _) = watch::channel(0);
    let passing = Passing::new(state);
    let door = Arc::new(Door { passing, address: port.address(), fresh, closings, refusals });
    let accepting = accept(Arc::clone(&door), port, listener, orders, stop);
    (door, accepting)
}

async fn accept(
    door: Arc<Door>,
    port: Port,
    listener: TcpListener,
    mut orders: mpsc::UnboundedReceiver<Closing>,
    mut stop: watch::Receiver<bool>,
) {
    let stopped = stop.clone();
    let mut listener = Some(listener);
    let mut silent_until = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = raised(&mut stop) => return,
            Some(order) = orders.recv() => {
                silent_until = silent_until.max(Instant::now() + Duration::from_millis(order.ms));
                listener = None;
                door.refusals.send_modify(|count| *count += 1);
                let _ = order.closed.send(());
            }
            () = tokio::time::sleep_until(silent_until), if listener.is_none() => {
                listener = listen_again(&port).await;
                if listener.is_none() {
                    let number = port.address().port();
                    // A closed stderr is no reason to fall.
                    let _ = writeln!(io::stderr(), "port {number} was lost while it was closed: start the sandbox again");
                    return;
                }
            }
            accepted = next(listener.as_ref()) => match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(serve(Arc::clone(&door), stream, peer, stopped.clone()));
                }
                // Out of file descriptors, or a connection that ended at once: others still come.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            },
        }
    }
}

/// Waits until the sandbox stops, or is gone.
pub(crate) async fn raised(stop: &mut watch::Receiver<bool>) {
    // What is read is a guard, which must not live on beside other waits.
    let _ = stop.wait_for(|stop| *stop).await.map(|stop| *stop);
}

async fn next(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn listen_again(port: &Port) -> Option<TcpListener> {
    let give_up = Instant::now() + RETURN;
    loop {
        match port.listen() {
            Ok(listener) => return Some(listener),
            Err(_) if Instant::now() < give_up => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(_) => return None,
        }
    }
}

async fn serve(door: Arc<Door>, stream: TcpStream, peer: SocketAddr, mut stop: watch::Receiver<bool>) {
    let reset = Arc::new(AtomicBool::new(false));
    let line = Line::new(stream, Arc::clone(&reset));
    let connection =
        Connection { peer, requests: AtomicU64::new(0), controls: AtomicBool::new(false), reset };
    let mut refusals = door.refusals.subscribe();
    let service = service_fn(|request| answer(&door, &connection, request));
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(line), service);
    let mut http = pin!(http);
    loop {
        tokio::select! {
            // However it ended, there is nobody left to tell.
            _ = http.as_mut() => return,
            () = raised(&mut stop) => return,
            Ok(()) = refusals.changed() => {
                if !connection.controls.load(Ordering::SeqCst) {
                    http.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

async fn answer(
    door: &Door,
    connection: &Connection,
    request: Request<Incoming>,
) -> Result<Response<Outflow>, Severed> {
    let reused = connection.requests.fetch_add(1, Ordering::SeqCst) > 0;
    let controls = control::is_for(request.uri().path());
    connection.controls.store(controls, Ordering::SeqCst);
    let (head, body) = request.into_parts();
    let body = read(body).await?;
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    let wall_ms = || door.passing.state().clock.wall_ms();
    if controls {
        let reply = match body {
            Some(body) => {
                control::answer(door, connection.peer.ip(), head.method.as_str(), &target, &body).await?
            }
            None => control::wrong(413, "the body is larger than 1 MiB").closing(),
        };
        return Ok(reply.into_response(wall_ms(), Flow::Whole));
    }
    let arrived = Arrived {
        method: head.method.as_str().to_owned(),
        target,
        headers: head.headers,
        body,
        ip: connection.peer.ip(),
        reused,
    };
    let ending = door.passing.state().take(&arrived);
    match ending {
        Ending::Answer { reply, flow, wait, refuse_ms } => {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            if let Some(ms) = refuse_ms {
                door.refuse(ms).await;
            }
            Ok(reply.into_response(wall_ms(), flow))
        }
        Ending::Drop => Err(Severed),
        Ending::Reset => {
            connection.reset.store(true, Ordering::SeqCst);
            Err(Severed)
        }
        Ending::Stall => match std::future::pending::<Infallible>().await {},
    }
}

/// The whole body, or `None` if it is too large; an error if the client went away in the middle.
async fn read(mut body: Incoming) -> Result<Option<Bytes>, Severed> {
    let (mut bytes, mut length) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Severed)?.into_data() else { continue };
        length = length.saturating_add(piece.len());
        if length <= LARGEST_BODY {
            bytes.extend_from_slice(&piece);
        } else if length > LARGEST_SKIPPED {
            break;
        }
    }
    Ok((length <= LARGEST_BODY).then(|| bytes.freeze()))
}

impl Door {
    /// The state as just started, with another seed if one is given.
    pub(crate) fn reset(&self, seed: Option<u64>) {
        let mut state = self.passing.state();
        *state = (self.fresh)(seed, state.generation + 1);
    }

    /// An answer of the control API.
    pub(crate) fn json(&self, value: &serde_json::Value) -> Reply {
        Reply::json(200, value)
    }
}
