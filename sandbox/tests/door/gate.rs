//! Who is let in, over the wire.

use serde_json::json;

use crate::raw::*;
use cryptopay_sandbox::{Options, Sandbox, dates};

#[tokio::test]
async fn a_signed_request_is_let_in_with_every_known_form_of_date() {
    let sandbox = sandbox().await;
    let http = dates::http_date(now_ms());
    let numeric = http.replace("GMT", "+0000");
    let iso = dates::rfc_3339(now_ms());
    let unpadded = http.replace(", 0", ", ");
    for date in [http, numeric, iso, unpadded] {
        let request = signed_at(&sandbox, "GET", "/api/coins", "", &date);
        let heard = say(&mut connect(&sandbox).await, request.as_bytes()).await;
        assert_eq!(heard.status, Some(200), "{date}: {}", String::from_utf8_lossy(&heard.body));
    }
}

#[tokio::test]
async fn a_wrong_signature_is_explained_without_the_secret() {
    let sandbox = sandbox().await;
    let request = signed(&sandbox, "GET", "/api/transactions?currency=EUR", "").replace("?currency=EUR", "");
    let heard = say(&mut connect(&sandbox).await, request.as_bytes()).await;
    let body = heard.json();
    assert_eq!((heard.status, &body["error"]["code"]), (Some(401), &json!("unauthenticated")));
    assert_eq!(body["error"]["details"], json!([]));
    assert_eq!(body["meta"]["request_id"].as_str().unwrap().len(), 32);
    assert!(body["explain"]["string_to_sign"].as_str().unwrap().ends_with("GMT\n/api/transactions"));
    assert!(!String::from_utf8_lossy(&heard.body).contains(&sandbox.api_secret));
}

#[tokio::test]
async fn a_wrong_clock_is_seen_in_the_date_and_refuses_right_dates() {
    let sandbox = sandbox().await;
    sandbox.control("POST", "clock", &json!({"skew_ms": 3_600_000})).await.unwrap();
    let heard = call(&sandbox, "GET", "/api/coins", "").await;
    assert_eq!(heard.status, Some(401));
    let served = dates::parse(heard.header("date").unwrap()).unwrap();
    let ahead = served - i64::try_from(now_ms()).unwrap();
    assert!((3_590_000..=3_601_000).contains(&ahead), "{ahead}");
    let explained = heard.json()["explain"]["clock_difference_ms"].as_i64().unwrap();
    assert!((-3_602_000..=-3_599_000).contains(&explained), "{explained}");
    let request = signed_at(&sandbox, "GET", "/api/coins", "", heard.header("date").unwrap());
    assert_eq!(say(&mut connect(&sandbox).await, request.as_bytes()).await.status, Some(200));
}

#[tokio::test]
async fn more_than_the_limit_in_a_minute_is_429_until_the_minute_is_over() {
    let sandbox = Sandbox::start(Options { rate_limit: 5, ..Options::default() }).await.unwrap();
    let mut stream = connect(&sandbox).await;
    let request = signed(&sandbox, "GET", "/api/coins", "");
    for _ in 0..5 {
        assert_eq!(say(&mut stream, request.as_bytes()).await.status, Some(200));
    }
    let heard = say(&mut stream, request.as_bytes()).await;
    assert_eq!((heard.status, heard.header("retry-after")), (Some(429), None));
    assert_eq!(last(&sandbox), json!(["coins.list", 429, false]));
    sandbox.advance(60_000).await;
    assert_eq!(say(&mut stream, request.as_bytes()).await.status, Some(200));
}

#[tokio::test]
async fn the_key_may_be_restricted_and_the_control_api_may_not() {
    let sandbox = sandbox().await;
    sandbox.control("POST", "key", &json!({"permissions": ["read"]})).await.unwrap();
    let heard = call(&sandbox, "POST", "/api/invoices", INVOICE).await;
    assert_eq!((heard.status, &heard.json()["error"]["code"]), (Some(403), &json!("unauthorized")));
    assert_eq!(call(&sandbox, "GET", "/api/coins", "").await.status, Some(200));
    sandbox.control("POST", "key", &json!({"ips": ["10.1.2.3"]})).await.unwrap();
    let heard = call(&sandbox, "GET", "/api/coins", "").await;
    assert_eq!((heard.status, &heard.json()["error"]["code"]), (Some(403), &json!("ip_not_allowed")));
    sandbox.control("POST", "key", &json!({"ips": [], "permissions": ["read", "write"]})).await.unwrap();
    assert_eq!(call(&sandbox, "POST", "/api/invoices", INVOICE).await.status, Some(201));
}

#[tokio::test]
async fn a_known_etag_answers_304() {
    let sandbox = sandbox().await;
    let first = call(&sandbox, "GET", "/api/coins", "").await;
    let tag = first.header("etag").unwrap().to_owned();
    let request = signed(&sandbox, "GET", "/api/coins", "")
        .replace("\r\n\r\n", &format!("\r\nIf-None-Match: {tag}\r\n\r\n"));
    let mut stream = connect(&sandbox).await;
    let again = say(&mut stream, request.as_bytes()).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (Some(304), 0, Some(tag.as_str())));
    assert_eq!(say(&mut stream, request.as_bytes()).await.status, Some(304), "the connection goes on");
}
