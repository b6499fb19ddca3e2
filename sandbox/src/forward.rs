//! Sends a request as data to the sandbox itself, for pages that cannot send a `Date` header.
//!
//! It goes over a socket of its own, so that faults strike it like any other request: what ends without an answer
//! there ends without an answer here.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use crate::wire::Severed;

/// A request as data.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forward {
    method: String,
    /// Path and query, or the sandbox's own URL before them.
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Option<String>,
}

/// What became of it, apart from an answer.
pub(crate) enum Failed {
    /// The data were wrong; a sentence says how.
    Wrong(String),
    /// The connection ended without an answer.
    Severed,
}

impl From<Severed> for Failed {
    fn from(_: Severed) -> Self {
        Self::Severed
    }
}

impl Forward {
    /// Sends it and gives `{status, headers, body}`; the body is text.
    ///
    /// # Errors
    /// See [`Failed`].
    pub(crate) async fn send(self, address: SocketAddr) -> Result<Value, Failed> {
        let request = self.request(address).map_err(Failed::Wrong)?;
        exchange(request, address).await.ok_or(Failed::Severed)
    }

    fn request(self, address: SocketAddr) -> Result<Request<Full<Bytes>>, String> {
        let own = format!("http://{address}");
        let target = self.url.strip_prefix(&own).unwrap_or(&self.url);
        if !target.starts_with('/') {
            return Err(format!("forward sends to {own} only: url must be a path or start with that"));
        }
        let method: Method = self.method.parse().map_err(|_| format!("{:?} is no method", self.method))?;
        let uri: Uri = target.parse().map_err(|wrong| format!("{target:?} is no path: {wrong}"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let text = value.as_str().ok_or_else(|| format!("the header {name} must be a text"))?;
            let value =
                HeaderValue::from_str(text).map_err(|_| format!("the header {name} cannot be sent"))?;
            let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no header name"))?;
            headers.append(name, value);
        }
        // The length is that of the body as it is sent.
        headers.remove(http::header::CONTENT_LENGTH);
        headers
            .entry(http::header::HOST)
            .or_insert(HeaderValue::from_str(&address.to_string()).map_err(|_| "no host")?);
        let mut request = Request::new(Full::new(Bytes::from(self.body.unwrap_or_default())));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

async fn exchange(request: Request<Full<Bytes>>, address: SocketAddr) -> Option<Value> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let talking = async {
        let answer = sender.send_request(request).await.ok()?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        let headers: Map<String, Value> = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
            .collect();
        Some(
            json!({"status": head.status.as_u16(), "headers": headers, "body": String::from_utf8_lossy(&body)}),
        )
    };
    // The connection is driven in this very task: if the page goes away, so does the request.
    let mut talking = std::pin::pin!(talking);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        answer = &mut talking => answer,
        _ = &mut connection => talking.await,
    }
}
