//! Every fault as a client sees it on the socket, and what the world has done meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::raw::*;
use cryptopay_sandbox::Sandbox;

/// A sandbox in which one fault waits for one request.
async fn with(fault: Value) -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.advance(60_000).await;
    let mut rule = fault;
    rule["times"] = json!(1);
    sandbox.control("POST", "faults", &json!([rule])).await.unwrap();
    sandbox
}

async fn create(sandbox: &Sandbox) -> Heard {
    create_within(sandbox, PATIENCE).await
}

async fn create_within(sandbox: &Sandbox, silence: Duration) -> Heard {
    let date = sandbox_date(sandbox).await;
    let request = signed_at(sandbox, "POST", "/api/invoices", INVOICE, &date);
    say_briefly(&mut connect(sandbox).await, request.as_bytes(), silence).await
}

async fn found(sandbox: &Sandbox) -> u16 {
    let date = sandbox_date(sandbox).await;
    let request = signed_at(sandbox, "GET", FIND, "", &date);
    say(&mut connect(sandbox).await, request.as_bytes()).await.status.unwrap()
}

/// The server's own date, which is ahead of ours after an advance.
async fn sandbox_date(sandbox: &Sandbox) -> String {
    control(sandbox, "GET", "quirks", "").await.header("date").unwrap().to_owned()
}

#[tokio::test]
async fn drop_before_apply_ends_the_connection_and_does_nothing() {
    let sandbox = with(json!({"kind": "drop_before_apply"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.head.as_str(), heard.end), ("", End::Closed));
    assert_eq!(last(&sandbox), json!(["invoices.create", "drop_before_apply", false]));
    assert_eq!(found(&sandbox).await, 404);
    assert_eq!(create(&sandbox).await.status, Some(201));
}

#[tokio::test]
async fn apply_then_drop_ends_the_connection_after_the_deed() {
    let sandbox = with(json!({"kind": "apply_then_drop"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.head.as_str(), heard.end), ("", End::Closed));
    assert_eq!(last(&sandbox), json!(["invoices.create", "apply_then_drop", true]));
    assert_eq!(found(&sandbox).await, 200);
    assert_eq!(create(&sandbox).await.status, Some(409));
}

#[tokio::test]
async fn apply_late_does_it_when_its_time_has_come() {
    let sandbox = with(json!({"kind": "apply_late", "ms": 30_000})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.head.as_str(), heard.end), ("", End::Closed));
    assert_eq!(found(&sandbox).await, 404);
    sandbox.advance(29_000).await;
    assert_eq!(found(&sandbox).await, 404);
    sandbox.advance(1_000).await;
    assert_eq!(sandbox.journal()[0]["applied"], true);
    assert_eq!(found(&sandbox).await, 200);
}

#[tokio::test]
async fn apply_late_comes_by_itself_in_real_time() {
    let sandbox = with(json!({"kind": "apply_late", "ms": 60})).await;
    create(&sandbox).await;
    tokio::time::timeout(Duration::from_secs(5), async {
        while found(&sandbox).await == 404 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn late_requests_are_applied_in_the_order_of_their_times() {
    let sandbox = sandbox().await;
    let rule = |ms: u64| json!({"kind": "apply_late", "ms": ms, "times": 1});
    sandbox.control("POST", "faults", &json!([rule(50_000), rule(10_000)])).await.unwrap();
    let other = INVOICE.replace("100.0", "200.0");
    call(&sandbox, "POST", "/api/invoices", INVOICE).await;
    call(&sandbox, "POST", "/api/invoices", &other).await;
    sandbox.advance(120_000).await;
    let journal = sandbox.journal();
    assert_eq!([&journal[0]["applied"], &journal[1]["applied"]], [false, true], "the second was due first");
    let request = signed_at(&sandbox, "GET", FIND, "", &sandbox_date(&sandbox).await);
    let heard = say(&mut connect(&sandbox).await, request.as_bytes()).await;
    assert_eq!(heard.json()["data"]["price_amount"], "200.0");
}

#[tokio::test]
async fn apply_then_500_hides_a_success() {
    let sandbox = with(json!({"kind": "apply_then_500"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.end), (Some(500), End::Complete));
    assert_eq!(last(&sandbox), json!(["invoices.create", "apply_then_500", true]));
    assert_eq!(sandbox.journal()[0]["status"], 500);
    assert_eq!(found(&sandbox).await, 200);
}

#[tokio::test]
async fn stall_headers_never_begins() {
    let sandbox = with(json!({"kind": "stall_headers"})).await;
    let heard = create_within(&sandbox, SILENCE).await;
    assert_eq!((heard.head.as_str(), heard.end), ("", End::Silent));
    assert_eq!(last(&sandbox), json!(["invoices.create", "stall_headers", true]));
    assert_eq!(found(&sandbox).await, 200);
}

#[tokio::test]
async fn stall_body_stops_in_the_middle_and_stays_open() {
    let sandbox = with(json!({"kind": "stall_body"})).await;
    let heard = create_within(&sandbox, SILENCE).await;
    assert_eq!((heard.status, heard.end), (Some(201), End::Silent));
    assert_eq!(heard.body.len(), heard.announced().div_ceil(2));
}

#[tokio::test]
async fn drip_sends_one_byte_a_second() {
    let sandbox = with(json!({"kind": "drip"})).await;
    let mut stream = connect(&sandbox).await;
    let request = signed_at(&sandbox, "POST", "/api/invoices", INVOICE, &sandbox_date(&sandbox).await);
    let began = Instant::now();
    let first = say_briefly(&mut stream, request.as_bytes(), SILENCE).await;
    assert_eq!((first.status, first.end), (Some(201), End::Silent));
    let mut more = vec![0; 3 - first.body.len()];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut more).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "the third byte comes after two seconds");
}

#[tokio::test]
async fn truncate_ends_before_the_announced_length() {
    let sandbox = with(json!({"kind": "truncate"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.end), (Some(201), End::Closed));
    assert_eq!(heard.body.len(), heard.announced().div_ceil(2));
    assert_eq!(found(&sandbox).await, 200);
}

#[tokio::test]
async fn reset_reused_waits_for_a_pooled_connection_and_resets_it_after_reading() {
    let sandbox = with(json!({"kind": "reset_reused"})).await;
    let mut stream = connect(&sandbox).await;
    let date = sandbox_date(&sandbox).await;
    let get = signed_at(&sandbox, "GET", "/api/coins", "", &date);
    let post = signed_at(&sandbox, "POST", "/api/invoices", INVOICE, &date);
    assert_eq!(say(&mut stream, get.as_bytes()).await.status, Some(200));
    let heard = say(&mut stream, post.as_bytes()).await;
    assert_eq!((heard.head.as_str(), heard.end), ("", End::Reset));
    assert_eq!(last(&sandbox), json!(["invoices.create", "reset_reused", false]));
    assert_eq!(found(&sandbox).await, 404);
}

#[tokio::test]
async fn html_is_a_page_of_a_gateway() {
    let sandbox = with(json!({"kind": "html", "status": 403})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.header("content-type")), (Some(403), Some("text/html; charset=UTF-8")));
    assert!(heard.body.starts_with(b"<!DOCTYPE html>") && heard.header("cf-ray").is_some());
    assert_eq!(found(&sandbox).await, 404);
}

#[tokio::test]
async fn status_sends_what_it_is_told() {
    let sandbox = with(json!({"kind": "status", "status": 418, "body": "short and stout"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.body.as_slice()), (Some(418), b"short and stout".as_slice()));
    assert_eq!(found(&sandbox).await, 404);

    let sandbox = with(json!({"kind": "status", "status": 202, "body": {"data": null}, "apply": true})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.json()), (Some(202), json!({"data": null})));
    assert_eq!(found(&sandbox).await, 200);
    // A second one under the same id is refused, and nobody has in hand what he has refused.
    sandbox
        .control("POST", "faults", &json!([{"kind": "status", "status": 202, "apply": true}]))
        .await
        .unwrap();
    assert_eq!(create(&sandbox).await.status, Some(409));

    let sandbox = with(json!({"kind": "status", "status": 204})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.body.len(), heard.header("content-length")), (Some(204), 0, None));

    let sandbox = with(json!({"kind": "status", "status": 404})).await;
    assert_ne!(create(&sandbox).await.json()["error"]["code"], "not_found", "a bare 404 claims nothing");
}

#[tokio::test]
async fn rate_limited_carries_retry_after_if_told_so() {
    let sandbox = with(json!({"kind": "rate_limited", "retry_after": 7})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.header("retry-after")), (Some(429), Some("7")));
    assert_eq!(heard.json()["error"]["message"], "API rate limit exceeded");
    let sandbox = with(json!({"kind": "rate_limited"})).await;
    assert_eq!(create(&sandbox).await.header("retry-after"), None);
    assert_eq!(found(&sandbox).await, 404);
}

#[tokio::test]
async fn stale_reads_see_the_world_as_it_was() {
    let sandbox = with(json!({"kind": "stale_reads", "ms": 30_000})).await;
    assert_eq!(create(&sandbox).await.status, Some(201), "a write is not struck");
    assert_eq!(found(&sandbox).await, 404);
    assert_eq!(last(&sandbox), json!(["invoices.retrieve_by_custom_id", "stale_reads", false]));
    assert_eq!(found(&sandbox).await, 200);
}

#[tokio::test]
async fn slow_answers_later() {
    let sandbox = with(json!({"kind": "slow", "ms": 120})).await;
    let began = Instant::now();
    assert_eq!(create(&sandbox).await.status, Some(201));
    assert!(began.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn refuse_closes_the_listener_and_idle_connections_and_opens_the_same_port_again() {
    let sandbox = sandbox().await;
    let mut api = connect(&sandbox).await;
    assert_eq!(say(&mut api, signed(&sandbox, "GET", "/api/coins", "").as_bytes()).await.status, Some(200));
    let mut pilot = connect(&sandbox).await;
    let refuse = control_bytes("POST", "faults", r#"[{"kind":"refuse","ms":400}]"#);
    assert_eq!(say(&mut pilot, refuse.as_bytes()).await.status, Some(200));

    let refused = tokio::net::TcpStream::connect(address(&sandbox)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(hear(&mut api, PATIENCE).await.end, End::Closed, "idle connections of the API end");
    let still = say(&mut pilot, control_bytes("GET", "quirks", "").as_bytes()).await;
    assert_eq!(still.status, Some(200), "connections of the control API stay");

    let again = tokio::time::timeout(Duration::from_secs(5), async {
        while tokio::net::TcpStream::connect(address(&sandbox)).await.is_err() {
            tokio::task::yield_now().await;
        }
        call(&sandbox, "GET", "/api/coins", "").await
    });
    assert_eq!(again.await.unwrap().status, Some(200));
}

#[tokio::test]
async fn refuse_by_operation_answers_it_and_then_nobody_listens() {
    let sandbox = with(json!({"kind": "refuse", "ms": 300, "operation": "invoices.create"})).await;
    let heard = create(&sandbox).await;
    assert_eq!((heard.status, heard.header("connection")), (Some(201), Some("close")));
    let refused = tokio::net::TcpStream::connect(address(&sandbox)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn faults_strike_only_their_operation_and_go_when_cleared() {
    let sandbox = sandbox().await;
    let rules = json!([{"operation": "coins.list", "kind": "status", "status": 503}]);
    sandbox.control("POST", "faults", &rules).await.unwrap();
    assert_eq!(call(&sandbox, "GET", "/api/coins", "").await.status, Some(503));
    assert_eq!(call(&sandbox, "GET", "/api/rates", "").await.status, Some(200));
    assert_eq!(control(&sandbox, "DELETE", "faults", "").await.status, Some(200));
    assert_eq!(call(&sandbox, "GET", "/api/coins", "").await.status, Some(200));
}
