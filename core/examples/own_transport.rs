//! The client over another HTTP client: here hyper, one plain connection a request, against a server on this machine.
//! `cargo run -p cryptopay-core --example own_transport`, with CRYPTOPAY_ENVIRONMENT=http://127.0.0.1:8080,
//! CRYPTOPAY_API_KEY and CRYPTOPAY_API_SECRET set.

use cryptopay_core::drive::Fetch;
use cryptopay_core::event::{Failure, FailureKind, Sent};
use cryptopay_core::face::Builder;
use cryptopay_core::http::{Request, Response};
use cryptopay_core::transport::TokioTime;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Bytes, client::conn::http1::handshake};
use hyper_util::rt::TokioIo;
use std::error::Error;

struct PlainHyper;

impl Fetch for PlainHyper {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        let failed = |kind, sent| move |detail: String| Failure { kind, sent, detail };
        let unsent = failed(FailureKind::Connect, Sent::No); // nothing can have left
        let broken = failed(FailureKind::Broken, Sent::Maybe); // anything can have happened
        let too_large = failed(FailureKind::TooLarge, Sent::Maybe);
        let uri: hyper::Uri = request.url.parse().map_err(|_| unsent("the URL is not valid".into()))?;
        let host = uri.authority().ok_or_else(|| unsent("the URL has no host".into()))?.to_string();
        let stream =
            tokio::net::TcpStream::connect(&host).await.map_err(|error| unsent(error.to_string()))?;
        let (mut sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|error| unsent(error.to_string()))?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut builder =
            hyper::Request::builder().method(request.method.as_str()).uri(path).header("Host", &host);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let body = Full::new(Bytes::from(request.body.unwrap_or_default()));
        let sent = builder.body(body).map_err(|error| unsent(error.to_string()))?;
        let answer = sender.send_request(sent).await.map_err(|error| broken(error.to_string()))?;
        let text =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = answer.status().as_u16();
        let limited = Limited::new(answer.into_body(), request.max_body).collect().await;
        let body = limited.map_err(|error| match error.is::<LengthLimitError>() {
            true => too_large(error.to_string()),
            false => broken(error.to_string()),
        })?;
        Ok(Response { status, headers, body: body.to_bytes().to_vec() })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Builder::from_env()?.build_over(PlainHyper, TokioTime::new())?;
    let mut accounts = client.accounts().list();
    while let Some(account) = accounts.next().await? {
        println!("{} {}", account.balance, account.currency);
    }
    Ok(())
}
