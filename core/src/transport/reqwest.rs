//! Sends requests with reqwest over rustls. It sends what was signed, once: no redirect, no retry, no decompression, no
//! proxy from the environment. It says [`Sent::No`] only when no connection came about (rule W1).
//!
//! What could send twice below this file: reqwest repeats requests that HTTP/2 turned away, which is switched off here;
//! hyper-util repeats a request that no byte of was written because its idle connection had just gone, which cannot reach
//! the server twice. `transport/reqwest/tests.rs` counts what arrives when a reused connection is reset.

use core::error::Error;
use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Client, ClientBuilder, Proxy, Url};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::drive::Fetch;
use crate::event::{Failure, FailureKind, Sent};
use crate::http::{Method, RESPONSE_HEADERS, Request, Response};

/// How long an idle connection is kept for reuse; shorter than servers keep theirs.
const IDLE: Duration = Duration::from_secs(30);

/// A [`Fetch`] over reqwest. Cheap to clone; clones share their connections. Needs a tokio runtime.
#[derive(Clone)]
pub struct ReqwestFetch {
    shared: Arc<Shared>,
}

struct Shared {
    tls: rustls::ClientConfig,
    route: Box<Route>,
    clients: Mutex<Vec<(Kind, Client)>>,
}

type Route = dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync;

/// What is set for a whole client of reqwest.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind {
    /// Whether each request has a connection of its own.
    fresh: bool,
    /// How long a new connection may take: a half to three quarters of the attempt, so that one that never came about is told apart
    /// from an answer that never came; in steps, so that there are never more than a few clients.
    connect_ms: u64,
}

impl Kind {
    fn of(fresh: bool, timeout_ms: u64) -> Self {
        let most = (timeout_ms / 4).saturating_mul(3).max(2);
        let power = 1 << most.ilog2();
        let half_more = power / 2 * 3;
        Self { fresh, connect_ms: if half_more <= most { half_more } else { power } }
    }
}

impl fmt::Debug for ReqwestFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestFetch")
    }
}

/// The transport could not be made: the platform's certificates or the proxy's address.
#[derive(Debug)]
pub struct NoTransport(Box<dyn Error + Send + Sync>);

impl fmt::Display for NoTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transport cannot be made: {}", causes(&*self.0))
    }
}

impl Error for NoTransport {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// TLS before it is said who is trusted, and after.
type TlsBuilder = rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>;
type TlsTrusting = rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>;

impl ReqwestFetch {
    /// Connects directly. Proxies named in the environment are not used.
    ///
    /// # Errors
    /// [`NoTransport`] when the platform's certificates cannot be used.
    pub fn new() -> Result<Self, NoTransport> {
        Self::build(BuilderVerifierExt::with_platform_verifier, ClientBuilder::no_proxy)
    }

    /// Connects through this proxy, `http://host:port`, with CONNECT for https.
    ///
    /// # Errors
    /// [`NoTransport`] when the address is none, or the platform's certificates cannot be used.
    pub fn through_proxy(proxy: &str) -> Result<Self, NoTransport> {
        let proxy = Proxy::all(proxy).map_err(|error| NoTransport(error.into()))?;
        let route = move |builder: ClientBuilder| builder.no_proxy().proxy(proxy.clone());
        Self::build(BuilderVerifierExt::with_platform_verifier, route)
    }

    fn build<E: Error + Send + Sync + 'static>(
        trusting: impl FnOnce(TlsBuilder) -> Result<TlsTrusting, E>,
        route: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, NoTransport> {
        let no = |error: Box<dyn Error + Send + Sync>| NoTransport(error);
        // The provider is given, not installed: nothing here is global.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| no(error.into()))?;
        let mut tls = trusting(tls).map_err(|error| no(error.into()))?.with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let made =
            Self { shared: Arc::new(Shared { tls, route: Box::new(route), clients: Mutex::default() }) };
        // What cannot be made is told now and not by the first request. This is the client of the usual attempt.
        made.shared.client(Kind::of(false, 15_000)).map_err(|error| no(error.into()))?;
        Ok(made)
    }
}

impl Shared {
    /// The client of this kind, which keeps its connections for the next request of the kind.
    fn client(&self, kind: Kind) -> Result<Client, reqwest::Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == kind) {
            return Ok(client.clone());
        }
        let client = self.make(kind)?;
        clients.push((kind, client.clone()));
        Ok(client)
    }

    fn make(&self, kind: Kind) -> Result<Client, reqwest::Error> {
        (self.route)(Client::builder())
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(Duration::from_millis(kind.connect_ms))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(if kind.fresh { 0 } else { usize::MAX })
            .build()
    }
}

impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        let client = self
            .shared
            .client(Kind::of(request.fresh, request.timeout_ms))
            .map_err(|error| unsendable(&causes(&error)))?;
        let max_body = request.max_body;
        let prepared = prepare(request)?;
        let mut response = client.execute(prepared).await.map_err(|error| failure(&error))?;
        let declared = response.content_length().and_then(|length| usize::try_from(length).ok());
        if declared.is_some_and(|length| length > max_body) {
            return Err(too_large(max_body));
        }
        let mut body = Vec::with_capacity(declared.unwrap_or_default());
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len().saturating_add(chunk.len()) > max_body {
                return Err(too_large(max_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: response.status().as_u16(), headers: read_headers(response.headers()), body })
    }
}

/// The request as reqwest takes it; one that reqwest would change is not sent.
fn prepare(request: Request) -> Result<reqwest::Request, Failure> {
    let url = Url::parse(&request.url).map_err(|error| unsendable(&error.to_string()))?;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| [url.path(), "?", query].concat());
    let signed = request.url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    if signed.map(|(_, path)| path) != path.strip_prefix('/') {
        return Err(unsendable("the URL would not be sent as it was signed"));
    }
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
    };
    let mut prepared = reqwest::Request::new(method, url);
    for (name, value) in request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| unsendable("a header's name is not valid"))?;
        let mut value =
            HeaderValue::try_from(value).map_err(|_| unsendable("a header's value cannot be sent"))?;
        value.set_sensitive(name == reqwest::header::AUTHORIZATION);
        prepared.headers_mut().append(name, value);
    }
    if request.body.is_none() && request.method != Method::Get {
        // The API gets it with every write, and reqwest leaves it out.
        prepared.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    *prepared.body_mut() = request.body.map(Body::from);
    Ok(prepared)
}

fn read_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    RESPONSE_HEADERS
        .iter()
        .filter_map(|name| Some((*name, headers.get(*name)?)))
        .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// W1: only a connection that never came about is certain not to have carried the request.
fn failure(error: &reqwest::Error) -> Failure {
    let (kind, sent) = if error.is_connect() {
        (FailureKind::Connect, Sent::No)
    } else {
        (FailureKind::Broken, Sent::Maybe)
    };
    Failure { kind, sent, detail: causes(error) }
}

fn too_large(max_body: usize) -> Failure {
    let detail = format!("the body is larger than {max_body} bytes");
    Failure { kind: FailureKind::TooLarge, sent: Sent::Maybe, detail }
}

/// It never left this function.
fn unsendable(detail: &str) -> Failure {
    Failure { kind: FailureKind::Connect, sent: Sent::No, detail: detail.to_owned() }
}

/// An error with its causes in one line. The URL is left out: it is the call's, and ids in it may be private.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = match error.downcast_ref::<reqwest::Error>() {
            Some(own) => own.to_string().split(" for url (").next().unwrap_or_default().to_owned(),
            None => error.to_string(),
        };
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
