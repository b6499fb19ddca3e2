//! TLS and HTTP/2 on the other side: a server with a certificate of its own, and its authority. The key in `certificates/`
//! is that of a server that exists only here.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::ReqwestFetch;
use crate::drive::Fetch;
use crate::event::{Failure, FailureKind, Sent};
use crate::http::{Method, Purpose, Request, Response};

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("certificates/localhost.pem");
const KEY: &[u8] = include_bytes!("certificates/localhost.key.pem");

/// A request as it arrived: protocol, method, path, what was signed, body.
type Arrived = (hyper::Version, String, String, Option<String>, Vec<u8>);

#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Arrived>>>,
}

/// A server that speaks these protocols; it breaks off every request to `/broken` once it has read it.
async fn server(protocols: &[&str]) -> (String, Seen) {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(tls)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let seen = Seen::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), kept.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                seen.connections.fetch_add(1, Ordering::SeqCst);
                let answers = service_fn(move |request| answer(request, seen.clone()));
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), answers).await;
            });
        }
    });
    (url, seen)
}

async fn answer(
    request: hyper::Request<Incoming>,
    seen: Seen,
) -> Result<hyper::Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes().to_vec();
    let signed = head.headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let broken = path.starts_with("/broken");
    seen.requests.lock().unwrap().push((head.version, head.method.to_string(), path, signed, body));
    if broken {
        return Err(std::io::Error::other("broken off"));
    }
    Ok(hyper::Response::builder().header("cf-ray", "abc").body(Full::from("{\"data\":{}}")).unwrap())
}

/// The transport as it is, but for the authority that it trusts.
fn transport() -> ReqwestFetch {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY).unwrap()).unwrap();
    let trusting = |tls: super::TlsBuilder| Ok::<_, Infallible>(tls.with_root_certificates(roots.clone()));
    ReqwestFetch::build(trusting, reqwest::ClientBuilder::no_proxy).unwrap()
}

async fn send(
    transport: &ReqwestFetch,
    url: String,
    body: Option<&str>,
    fresh: bool,
) -> Result<Response, Failure> {
    let request = Request {
        method: Method::Post,
        url,
        headers: vec![("Content-Type", "application/json".into()), ("Authorization", "HMAC k:s".into())],
        body: body.map(|body| body.as_bytes().to_vec()),
        timeout_ms: 5_000,
        max_body: 1_000,
        fresh,
        purpose: Purpose::Send,
    };
    tokio::time::timeout(Duration::from_secs(20), transport.fetch(request)).await.unwrap()
}

async fn arrives(protocol: &str, version: hyper::Version) {
    let ((url, seen), transport) = (server(&[protocol]).await, transport());
    for (body, fresh) in [(Some("{\"a\":1}"), false), (None, false), (Some("{}"), true), (None, true)] {
        let answer = send(&transport, format!("{url}/api/x%2Fy?a=b%20c"), body, fresh).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"{\"data\":{}}"[..]));
        assert_eq!(answer.header("cf-ray"), Some("abc"));
        let arrived = seen.requests.lock().unwrap().pop().unwrap();
        let body = body.unwrap_or_default().as_bytes().to_vec();
        let signed = Some("HMAC k:s".to_owned());
        assert_eq!(arrived, (version, "POST".to_owned(), "/api/x%2Fy?a=b%20c".to_owned(), signed, body));
    }
    // Two over one connection, and each fresh one over its own (W1).
    assert_eq!(seen.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_request_arrives_as_it_was_signed_over_tls() {
    arrives("http/1.1", hyper::Version::HTTP_11).await;
}

#[tokio::test]
async fn a_request_arrives_as_it_was_signed_over_http_2() {
    arrives("h2", hyper::Version::HTTP_2).await;
}

#[tokio::test]
async fn w1_a_write_that_is_broken_off_is_maybe_sent_and_not_sent_again() {
    for protocol in ["http/1.1", "h2"] {
        let ((url, seen), transport) = (server(&[protocol]).await, transport());
        send(&transport, format!("{url}/first"), None, false).await.unwrap();
        for (body, fresh) in [(Some("{}"), false), (None, false), (None, true)] {
            let failure = send(&transport, format!("{url}/broken"), body, fresh).await.unwrap_err();
            assert_eq!(
                (failure.kind, failure.sent),
                (FailureKind::Broken, Sent::Maybe),
                "{}",
                failure.detail
            );
        }
        send(&transport, format!("{url}/last"), None, true).await.unwrap();
        let broken = seen.requests.lock().unwrap().iter().filter(|one| one.2 == "/broken").count();
        assert_eq!(broken, 3, "{protocol}");
    }
}

#[tokio::test]
async fn w1_a_handshake_that_fails_has_sent_nothing() {
    let ((url, seen), strict) = (server(&["h2"]).await, ReqwestFetch::new().unwrap());
    let failure = send(&strict, format!("{url}/api"), Some("{}"), false).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, Sent::No), "{}", failure.detail);
    assert!(failure.detail.to_lowercase().contains("certificate"), "{}", failure.detail);
    assert!(seen.requests.lock().unwrap().is_empty());
}
