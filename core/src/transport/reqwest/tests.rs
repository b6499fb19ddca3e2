//! Raw sockets on the other side, because only they show what really arrives.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::SockRef;

use super::{Kind, ReqwestFetch};
use crate::drive::Fetch;
use crate::event::{Failure, FailureKind, Sent};
use crate::http::{Method, Purpose, Request, Response};

/// One request as it arrived: the number of its connection and all its bytes.
struct Arrived {
    connection: usize,
    text: String,
}

/// What the server does once it has read a request.
#[derive(Clone, Copy)]
enum Reply {
    Ok,
    Close,
    Reset,
}

type Replies = Arc<Mutex<std::slice::Iter<'static, Reply>>>;

/// A server that answers the n-th request of all with the n-th reply and reports what it read.
fn server(replies: &'static [Reply]) -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (arrived, arrivals) = channel();
    let replies: Replies = Arc::new(Mutex::new(replies.iter()));
    std::thread::spawn(move || {
        for (connection, stream) in listener.incoming().enumerate() {
            let (stream, replies, arrived) = (stream.unwrap(), Arc::clone(&replies), arrived.clone());
            std::thread::spawn(move || serve(stream, connection, &replies, &arrived));
        }
    });
    (url, arrivals)
}

fn serve(mut stream: TcpStream, connection: usize, replies: &Replies, arrived: &Sender<Arrived>) {
    while let Some(text) = read_request(&mut stream) {
        let _ = arrived.send(Arrived { connection, text });
        let reply = replies.lock().unwrap().next();
        match reply {
            Some(Reply::Ok) => {
                let answer =
                    "HTTP/1.1 200 OK\r\ncontent-length: 11\r\nx-other: 1\r\nCF-Ray: abc\r\n\r\n{\"data\":{}}";
                stream.write_all(answer.as_bytes()).unwrap();
            }
            Some(Reply::Reset) => {
                SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
            Some(Reply::Close) | None => return,
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&text).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    text.extend(body);
    Some(String::from_utf8(text).unwrap())
}

fn request(url: &str, method: Method, body: Option<&str>, fresh: bool) -> Request {
    Request {
        method,
        url: if url.matches('/').count() == 2 { [url, "/"].concat() } else { url.to_owned() },
        headers: vec![("Date", "Mon, 23 Nov 2026 04:45:57 GMT".into()), ("Authorization", "HMAC k:s".into())],
        body: body.map(|body| body.as_bytes().to_vec()),
        timeout_ms: 5_000,
        max_body: 1_000,
        fresh,
        purpose: Purpose::Send,
    }
}

async fn fetch(fetch: &ReqwestFetch, request: Request) -> Result<Response, Failure> {
    tokio::time::timeout(Duration::from_secs(20), fetch.fetch(request)).await.unwrap()
}

async fn resent(replies: &'static [Reply], body: Option<&str>) {
    let (url, arrivals) = server(replies);
    let transport = ReqwestFetch::new().unwrap();
    let first = fetch(&transport, request(&url, Method::Get, None, false)).await.unwrap();
    assert_eq!((first.status, first.body.as_slice()), (200, &b"{\"data\":{}}"[..]));
    let failure = fetch(&transport, request(&url, Method::Post, body, false)).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Broken, Sent::Maybe), "{}", failure.detail);
    // One more request: had anything been sent again, it would have arrived before this one.
    let _ = fetch(&transport, request(&url, Method::Get, None, true)).await;
    let arrived: Vec<Arrived> = arrivals.try_iter().collect();
    let posts: Vec<&Arrived> = arrived.iter().filter(|one| one.text.starts_with("POST ")).collect();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].connection, 0, "the connection was not reused, so this shows nothing");
    assert_eq!(posts[0].text.split("\r\n\r\n").nth(1), Some(body.unwrap_or("")));
}

#[tokio::test]
async fn w1_a_write_on_a_reused_connection_that_is_reset_is_not_sent_again() {
    resent(&[Reply::Ok, Reply::Reset, Reply::Ok, Reply::Ok], Some("{\"a\":1}")).await;
    resent(&[Reply::Ok, Reply::Reset, Reply::Ok, Reply::Ok], None).await;
}

#[tokio::test]
async fn w1_a_write_on_a_reused_connection_that_is_closed_is_not_sent_again() {
    resent(&[Reply::Ok, Reply::Close, Reply::Ok, Reply::Ok], Some("{\"a\":1}")).await;
    resent(&[Reply::Ok, Reply::Close, Reply::Ok, Reply::Ok], None).await;
}

#[tokio::test]
async fn w1_a_fresh_request_has_a_connection_of_its_own() {
    let (url, arrivals) = server(&[Reply::Ok; 4]);
    let transport = ReqwestFetch::new().unwrap();
    for fresh in [false, true, true, false] {
        fetch(&transport, request(&url, Method::Post, None, fresh)).await.unwrap();
    }
    let connections: Vec<usize> = arrivals.try_iter().map(|one| one.connection).collect();
    assert_eq!(connections, [0, 1, 2, 0]);
}

#[tokio::test]
async fn w1_only_a_connection_that_never_came_about_is_not_sent() {
    let transport = ReqwestFetch::new().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused =
        fetch(&transport, request(&format!("http://{free}/"), Method::Post, None, true)).await.unwrap_err();
    assert_eq!((refused.kind, refused.sent), (FailureKind::Connect, Sent::No), "{}", refused.detail);
    let unknown =
        fetch(&transport, request("http://name.invalid/", Method::Post, None, true)).await.unwrap_err();
    assert_eq!((unknown.kind, unknown.sent), (FailureKind::Connect, Sent::No), "{}", unknown.detail);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.accept().unwrap().0.read(&mut [0]).unwrap());
    let handshake = fetch(&transport, request(&url, Method::Post, None, true)).await;
    assert_eq!(
        handshake.map_err(|failure| (failure.kind, failure.sent)),
        Err((FailureKind::Connect, Sent::No))
    );
    let (url, _arrivals) = server(&[Reply::Close]);
    let closed = fetch(&transport, request(&url, Method::Post, None, true)).await.unwrap_err();
    assert_eq!((closed.kind, closed.sent), (FailureKind::Broken, Sent::Maybe), "{}", closed.detail);
}

#[tokio::test]
async fn w1_a_connection_that_does_not_come_about_is_given_up_before_its_attempt_ends() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let write = Request { timeout_ms: 2_000, ..request(&url, Method::Post, None, true) };
    let attempt = Duration::from_millis(write.timeout_ms);
    let transport = ReqwestFetch::new().unwrap();
    let failure = tokio::time::timeout(attempt, transport.fetch(write)).await.unwrap().unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, Sent::No), "{}", failure.detail);
}

#[test]
fn w1_a_connection_may_take_a_half_to_three_quarters_of_its_attempt() {
    for timeout_ms in [3, 4, 7, 100, 1_800, 5_000, 14_999, 15_000, 90_000] {
        let Kind { connect_ms, .. } = Kind::of(false, timeout_ms);
        let range = timeout_ms / 2..=timeout_ms - timeout_ms / 4;
        assert!(range.contains(&connect_ms), "{connect_ms} of {timeout_ms}");
    }
}

#[tokio::test]
async fn w1_a_proxy_that_refuses_to_connect_has_carried_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let asked = read_request(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").unwrap();
        asked
    });
    let transport = ReqwestFetch::through_proxy(&proxy).unwrap();
    let write = request("https://name.invalid/", Method::Post, Some("{}"), true);
    let refused = fetch(&transport, write).await.unwrap_err();
    assert_eq!((refused.kind, refused.sent), (FailureKind::Connect, Sent::No), "{}", refused.detail);
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("CONNECT name.invalid:443 HTTP/1.1\r\n"), "{asked}");
    assert!(!asked.contains("HMAC"), "{asked}");
}

#[tokio::test]
async fn what_was_signed_arrives_byte_for_byte_and_nothing_is_added_that_matters() {
    let (url, arrivals) = server(&[Reply::Ok, Reply::Ok]);
    let transport = ReqwestFetch::new().unwrap();
    let path = "/api/invoices/custom_id/a%2Fb%20c%27d%22%25%C3%A9~.%252e?x=%2B%27%20%26&y=";
    let answer = fetch(&transport, request(&[&url, path].concat(), Method::Get, None, false)).await.unwrap();
    fetch(&transport, request(&url, Method::Post, None, false)).await.unwrap();
    let arrived: Vec<String> = arrivals.try_iter().map(|one| one.text).collect();
    assert!(arrived[0].starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{}", arrived[0]);
    let names = |text: &str| -> Vec<String> {
        text.lines().skip(1).filter_map(|line| Some(line.split_once(": ")?.0.to_lowercase())).collect()
    };
    assert_eq!(names(&arrived[0]), ["date", "authorization", "accept", "host"]);
    assert_eq!(names(&arrived[1]), ["date", "authorization", "content-length", "accept", "host"]);
    assert!(arrived[1].contains("content-length: 0\r\n"), "{}", arrived[1]);
    assert_eq!(answer.headers, [("cf-ray".to_owned(), "abc".to_owned())]);
}

#[tokio::test]
async fn a_url_that_would_be_sent_otherwise_than_signed_is_not_sent() {
    let transport = ReqwestFetch::new().unwrap();
    for path in ["/a/../b", "/a b", "/a/%2e%2e/b", "/a?x='"] {
        let failure =
            fetch(&transport, request(&format!("http://127.0.0.1:9{path}"), Method::Post, None, true)).await;
        assert_eq!(
            failure.map_err(|failure| failure.detail),
            Err("the URL would not be sent as it was signed".into())
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_collected() {
    let (url, _arrivals) = server(&[Reply::Ok]);
    let transport = ReqwestFetch::new().unwrap();
    let mut small = request(&url, Method::Get, None, false);
    small.max_body = 10;
    let failure = fetch(&transport, small).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::TooLarge, Sent::Maybe));
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream).unwrap();
        let answer = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    let answer =
        fetch(&ReqwestFetch::new().unwrap(), request(&url, Method::Post, None, false)).await.unwrap();
    assert_eq!((answer.status, answer.header("location")), (307, Some("/elsewhere")));
}
