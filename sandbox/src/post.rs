//! Sends one callback: a POST over a connection of its own, with 10 s for all of it.
//!
//! Body, signature and the time for the next try are decided in `callbacks`.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::callbacks::Delivery;

/// The receiver has this long to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether callbacks can be sent to a URL: plain HTTP with a host, because receivers under test have no certificate.
///
/// # Errors
/// A sentence that says what is wanted.
pub(crate) fn check(url: &str) -> Result<(), String> {
    match url.parse::<Uri>() {
        Ok(uri) if uri.scheme_str() == Some("http") && uri.host().is_some() => Ok(()),
        _ => Err(format!(
            "the callback url {url:?} cannot be used: give one like http://127.0.0.1:3000/callbacks"
        )),
    }
}

/// The status that the receiver answered, or `None` if it did not answer in time.
pub(crate) async fn post(delivery: &Delivery) -> Option<u16> {
    tokio::time::timeout(PATIENCE, exchange(delivery)).await.ok().flatten()
}

async fn exchange(delivery: &Delivery) -> Option<u16> {
    let uri: Uri = delivery.url.parse().ok()?;
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let request = Request::post(uri.path_and_query().map_or("/", |target| target.as_str()))
        .header(HOST, uri.authority()?.as_str())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "cryptopay-sandbox")
        .header("X-Cryptopay-Signature", &delivery.signature)
        .body(Full::new(Bytes::from(delivery.body.clone())))
        .ok()?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driving = tokio::spawn(connection);
    let status = async {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status().as_u16();
        // The answer is read to its end, so that a receiver that writes one is not cut off.
        let _ = answer.into_body().collect().await;
        Some(status)
    }
    .await;
    driving.abort();
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_urls_take_callbacks() {
        assert!(check("http://127.0.0.1:8080/hook").is_ok() && check("http://[::1]:1").is_ok());
        for wrong in ["", "/hook", "https://example.com", "ftp://x", "127.0.0.1:8080"] {
            assert!(check(wrong).unwrap_err().contains("http://127.0.0.1"), "{wrong}");
        }
    }
}
