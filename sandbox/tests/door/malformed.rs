//! Broken HTTP and odd bodies: each is refused or survived, and the next client is served.

use serde_json::json;

use crate::raw::*;

#[tokio::test]
async fn broken_http_never_takes_it_down() {
    let sandbox = sandbox().await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(5000));
    let rows: [&[u8]; 22] = [
        b"",
        b"\0",
        b"\r\n\r\n\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  /  HTTP/1.1\r\n\r\n",
        b"GET /api/co ins HTTP/1.1\r\n\r\n",
        b"GET nothing HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
        b"GET http://elsewhere/api/coins HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \0\r\n\r\n",
        b"POST /api/invoices HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/invoices HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /api/invoices HTTP/1.1\r\nContent-Length: 10\r\n\r\n{",
        b"POST /api/invoices HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/invoices HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ];
    for row in rows {
        let mut stream = connect(&sandbox).await;
        let heard = say_briefly(&mut stream, row, SILENCE).await;
        let shown = String::from_utf8_lossy(&row[..row.len().min(60)]).into_owned();
        assert!(heard.status.is_none_or(|status| (400..500).contains(&status)), "{shown}: {heard:?}");
        drop(stream);
        assert_eq!(call(&sandbox, "GET", "/api/coins", "").await.status, Some(200), "after {shown}");
    }
}

#[tokio::test]
async fn an_unsigned_or_unknown_request_has_the_error_envelope() {
    let sandbox = sandbox().await;
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/api/nothing"),
        ("DELETE", "/api/invoices"),
        ("PUT", "/api/coins"),
        ("POST", "/api"),
    ] {
        let heard = call(&sandbox, method, target, "").await;
        assert_eq!(heard.status, Some(404), "{method} {target}");
        assert_eq!(heard.json()["error"]["code"], "not_found");
        assert_eq!(last(&sandbox), json!([null, 404, false]));
    }
    let heard = say(&mut connect(&sandbox).await, b"GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((heard.status, &heard.json()["error"]["code"]), (Some(401), &json!("unauthenticated")));
}

#[tokio::test]
async fn malformed_json_is_400_and_a_foreign_content_type_too() {
    let sandbox = sandbox().await;
    for body in ["{", "[]", "null", "{\"a\":}", &"[".repeat(20_000)] {
        let heard = call(&sandbox, "POST", "/api/invoices", body).await;
        assert_eq!(
            (heard.status, &heard.json()["error"]["code"]),
            (Some(400), &json!("bad_request")),
            "{body:.10}"
        );
    }
    assert_eq!(call(&sandbox, "GET", "/api/transactions?currency=%e", "").await.status, Some(400));
}

#[tokio::test]
async fn more_than_a_mebibyte_is_413() {
    let sandbox = sandbox().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(8 << 20));
    let heard = call(&sandbox, "POST", "/api/channels", &body).await;
    assert_eq!((heard.status, heard.header("connection")), (Some(413), Some("close")));
    assert_eq!(last(&sandbox), json!(["channels.create", 413, false]));
}

#[tokio::test]
async fn numbers_text_and_empty_objects_are_understood() {
    let sandbox = sandbox().await;
    let body = r#"{"price_amount":100.10,"price_currency":"EUR","pay_currency":"BTC"}"#;
    let heard = call(&sandbox, "POST", "/api/invoices", body).await;
    assert_eq!((heard.status, &heard.json()["data"]["price_amount"]), (Some(201), &json!("100.1")));
    let body = r#"{"address":"2N9sLkPjJ4bWZzW7MPVkTmVGkrgeyqTLLcM","charged_currency":"BTC","received_currency":"BTC",
                   "received_amount":0.01,"force_commit":"false"}"#;
    let heard = call(&sandbox, "POST", "/api/coin_withdrawals", body).await;
    let data = &heard.json()["data"];
    assert_eq!((&data["status"], &data["received_amount"]), (&json!("new"), &json!("0.01")), "{data}");
    let commit = format!("/api/coin_withdrawals/{}/commit", data["id"].as_str().unwrap());
    let heard = call(&sandbox, "POST", &commit, "{}").await;
    assert_eq!(heard.status, Some(200), "{}", String::from_utf8_lossy(&heard.body));
    let heard = call(&sandbox, "GET", "/api/coin_withdrawals/network_fees?all_networks=1", "").await;
    let text = call(&sandbox, "GET", "/api/coin_withdrawals/network_fees?all_networks=true", "").await;
    assert_eq!((heard.status, heard.body), (Some(200), text.body));
}

#[tokio::test]
async fn a_body_may_come_in_chunks_and_requests_one_behind_the_other() {
    let sandbox = sandbox().await;
    let whole = signed(&sandbox, "POST", "/api/invoices", INVOICE);
    let head = whole.split("Content-Length").next().unwrap();
    let (first, second) = INVOICE.split_at(20);
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    let mut stream = connect(&sandbox).await;
    assert_eq!(say(&mut stream, chunked.as_bytes()).await.status, Some(201));
    let get = signed(&sandbox, "GET", FIND, "");
    let two = say(&mut stream, format!("{get}{get}").as_bytes()).await;
    assert_eq!(two.status, Some(200));
    let journal = sandbox.journal();
    assert_eq!(journal.as_array().unwrap().len(), 3, "both were read");
}
