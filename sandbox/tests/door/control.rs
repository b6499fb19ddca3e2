//! The control API: what it answers, what it refuses, that pages may use it, and that time passes in order.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::raw::*;
use cryptopay_sandbox::{Options, Sandbox};

#[tokio::test]
async fn pages_may_use_the_control_api_but_not_the_api() {
    let sandbox = sandbox().await;
    let preflight = control(&sandbox, "OPTIONS", "forward", "").await;
    assert_eq!(preflight.status, Some(204));
    for heard in
        [preflight, control(&sandbox, "GET", "journal", "").await, control(&sandbox, "GET", "x", "").await]
    {
        assert_eq!(heard.header("access-control-allow-origin"), Some("*"));
        assert_eq!(heard.header("access-control-allow-headers"), Some("*"));
        assert_eq!(heard.header("access-control-allow-methods"), Some("GET, POST, DELETE, OPTIONS"));
    }
    assert_eq!(call(&sandbox, "GET", "/api/coins", "").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn bad_input_is_400_with_a_sentence() {
    let sandbox = sandbox().await;
    for (name, body, word) in [
        ("clock", "{}", "advance_ms"),
        ("clock", r#"{"advance_ms":-1}"#, "invalid value"),
        ("clock", r#"{"advance":1}"#, "advance_ms"),
        ("clock", "", "cannot be read"),
        ("faults", "[", "cannot be read"),
        ("faults", r#"{"kind":"dropp"}"#, "apply_then_drop"),
        ("quirks", r#"{"lapsed_quote":"maybe"}"#, "new, cancelled or 404"),
        ("quirks", "[]", "cannot be read"),
        ("key", r#"{"permissions":["admin"]}"#, "there is no permission"),
        ("key", r#"{"ips":["nowhere"]}"#, "cannot be read"),
        ("reset", r#"{"seed":-1}"#, "invalid value"),
        ("pay", "{}", ""),
        ("pay", "[]", "object"),
        ("forward", r#"{"method":"GET","url":"http://example.com/"}"#, "forward sends to"),
        ("forward", r#"{"method":"G T","url":"/"}"#, "not a method"),
        ("forward", r#"{"method":"GET","url":"/","headers":{"a b":"c"}}"#, "not a header name"),
        ("forward", r#"{"method":"GET","url":"/","headers":{"a":"c\r\nd"}}"#, "cannot be sent"),
    ] {
        let heard = control(&sandbox, "POST", name, body).await;
        let sentence = heard.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(heard.status, Some(400), "{name} {body}");
        assert!(sentence.contains(word) && !sentence.is_empty(), "{name} {body}: {sentence}");
    }
    let unknown = control(&sandbox, "POST", "explode", "").await;
    assert_eq!(unknown.status, Some(404));
    assert!(unknown.json()["error"]["message"].as_str().unwrap().contains("journal"));
}

#[tokio::test]
async fn a_reset_brings_the_first_moment_back() {
    let sandbox = sandbox().await;
    let first = call(&sandbox, "POST", "/api/invoices", INVOICE).await.json();
    sandbox.control("POST", "quirks", &json!({"commit_lapsed": 409})).await.unwrap();
    sandbox.control("POST", "faults", &json!([{"kind": "drip"}])).await.unwrap();
    sandbox.control("POST", "key", &json!({"permissions": []})).await.unwrap();
    sandbox.control("POST", "clock", &json!({"skew_ms": 9_000_000})).await.unwrap();
    assert_eq!(control(&sandbox, "POST", "reset", "").await.status, Some(200));
    assert_eq!(sandbox.journal(), json!([]));
    assert_eq!(sandbox.control("GET", "quirks", &Value::Null).await.unwrap()["commit_lapsed"], 422);
    let again = call(&sandbox, "POST", "/api/invoices", INVOICE).await.json();
    assert_eq!(again["data"]["id"], first["data"]["id"], "the same seed makes the same ids");
    sandbox.control("POST", "reset", &json!({"seed": 8})).await.unwrap();
    let other = call(&sandbox, "POST", "/api/invoices", INVOICE).await.json();
    assert_ne!(other["data"]["id"], first["data"]["id"]);
}

#[tokio::test]
async fn the_journal_has_every_request_and_no_control_request() {
    let sandbox = sandbox().await;
    call(&sandbox, "GET", "/api/coins?x=1", "").await;
    sandbox.control("POST", "faults", &json!([{"kind": "apply_then_drop", "times": 1}])).await.unwrap();
    call(&sandbox, "GET", "/api/rates", "").await;
    let journal = control(&sandbox, "GET", "journal", "").await.json();
    let entries = journal.as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let mut first = entries[0].clone();
    assert!(first.as_object_mut().unwrap().remove("at_ms").unwrap().is_u64());
    assert_eq!(
        first,
        json!({"n": 1, "operation": "coins.list", "method": "GET", "custom_id": null, "path": "/api/coins?x=1", "status": 200,
               "fault": null, "applied": true})
    );
    assert_eq!((&entries[1]["status"], &entries[1]["fault"]), (&Value::Null, &json!("apply_then_drop")));
}

/// A forwarded request, written as the data that a page posts.
fn forwarded(sandbox: &Sandbox, method: &str, target: &str, body: &str) -> String {
    let bytes = signed(sandbox, method, target, body);
    let headers: serde_json::Map<String, Value> = bytes
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let url = format!("{}{target}", sandbox.url());
    let body = if body.is_empty() { Value::Null } else { json!(body) };
    json!({"method": method, "url": url, "headers": headers, "body": body}).to_string()
}

#[tokio::test]
async fn a_forwarded_request_is_sent_as_it_is_and_answered_as_data() {
    let sandbox = sandbox().await;
    let heard =
        control(&sandbox, "POST", "forward", &forwarded(&sandbox, "POST", "/api/invoices", INVOICE)).await;
    let answer = heard.json();
    assert_eq!((heard.status, &answer["status"]), (Some(200), &json!(201)), "{answer}");
    assert_eq!(answer["headers"]["content-type"], "application/json; charset=utf-8");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["data"]["custom_id"], "o-1");
    assert_eq!(last(&sandbox), json!(["invoices.create", 201, true]));
}

#[tokio::test]
async fn faults_strike_forwarded_requests_too() {
    let sandbox = sandbox().await;
    let rules = json!([{"kind": "apply_then_drop", "times": 1}, {"kind": "stall_headers", "times": 1}]);
    sandbox.control("POST", "faults", &rules).await.unwrap();
    let dropped =
        control(&sandbox, "POST", "forward", &forwarded(&sandbox, "POST", "/api/invoices", INVOICE)).await;
    assert_eq!((dropped.status, dropped.end), (None, End::Closed));
    let stalling = control_bytes("POST", "forward", &forwarded(&sandbox, "GET", FIND, ""));
    let stalled = say_briefly(&mut connect(&sandbox).await, stalling.as_bytes(), SILENCE).await;
    assert_eq!((stalled.status, stalled.end), (None, End::Silent));
    let plain = control(&sandbox, "POST", "forward", &forwarded(&sandbox, "GET", FIND, "")).await;
    assert_eq!(plain.json()["status"], 200);
}

/// A receiver that answers with the given statuses, then 200, and keeps what it got.
async fn receiver(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        let mut statuses = statuses.into_iter();
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = hear(&mut stream, PATIENCE).await;
            kept.lock().unwrap().push(format!("{}{}", heard.head, String::from_utf8_lossy(&heard.body)));
            let status = statuses.next().unwrap_or(200);
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, got)
}

#[tokio::test]
async fn an_advance_delivers_and_retries_callbacks_before_it_answers() {
    let (url, got) = receiver(vec![500, 503]).await;
    let options = Options { callback_url: Some(url), rate_limit: 0, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let invoice = call(&sandbox, "POST", "/api/invoices", INVOICE).await.json();
    sandbox.pay(&json!({"invoice_id": invoice["data"]["id"], "amount": "exact"})).await.unwrap();
    sandbox.advance(120_000).await;
    let callbacks = sandbox.callbacks();
    let callbacks = callbacks.as_array().unwrap();
    assert!(!callbacks.is_empty());
    assert!(callbacks.iter().all(|callback| callback["state"] == "delivered"), "{callbacks:?}");
    let tries: usize = callbacks.iter().map(|callback| callback["attempts"].as_array().unwrap().len()).sum();
    assert_eq!((got.lock().unwrap().len(), tries), (callbacks.len() + 2, callbacks.len() + 2));
    let first = got.lock().unwrap()[0].clone();
    assert!(first.starts_with("POST /hook HTTP/1.1\r\n"), "{first}");
    assert!(first.to_lowercase().contains("x-cryptopay-signature: "), "{first}");
}

#[tokio::test]
async fn a_receiver_may_itself_advance_the_clock() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let options = Options { callback_url: Some(url), rate_limit: 0, ..Options::default() };
    let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
    let inner = Arc::clone(&sandbox);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            hear(&mut stream, PATIENCE).await;
            inner.advance(1_000).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        }
    });
    let invoice = call(&sandbox, "POST", "/api/invoices", INVOICE).await.json();
    sandbox.pay(&json!({"invoice_id": invoice["data"]["id"], "amount": "exact"})).await.unwrap();
    let advanced = tokio::time::timeout(std::time::Duration::from_secs(8), sandbox.advance(60_000)).await;
    assert!(advanced.is_ok(), "neither waits for the other for ever");
}
