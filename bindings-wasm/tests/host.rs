//! `drive()` and the typed client over a JavaScript fetch and timer: what it is given, answers, failures, and what ends
//! when the attempt's time is over or the call is dropped.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use cryptopay_core::call::options::Options;
use cryptopay_core::client::Client;
use cryptopay_core::code::Code;
use cryptopay_core::config::Config;
use cryptopay_core::drive::{Fetch, Time, drive};
use cryptopay_core::environment::Environment;
use cryptopay_core::error::ApiError;
use cryptopay_core::event::{Failure, FailureKind, Sent};
use cryptopay_core::face::Cryptopay;
use cryptopay_core::http::{Method, Request, Response};
use cryptopay_core::outcome::Outcome;
use cryptopay_core::secret::Secret;
use cryptopay_wasm::host::{JsFetch, JsTime};
use js_sys::{Array, Function, Reflect};
use serde_json::{Map, Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// A fetch whose body is this JavaScript, with `url`, `init` and `seen`, a list that the test reads.
fn fetch(code: &str) -> (JsFetch, Array) {
    let seen = Array::new();
    let bound = Function::new_with_args("seen", &format!("return async (url, init) => {{ {code} }}"));
    let function = bound.call1(&JsValue::NULL, &seen).unwrap().unchecked_into();
    (JsFetch::new(function), seen)
}

/// A timer that runs out at once, and notes what was started and what was cleared.
fn timer(code: &str) -> (JsTime, Array) {
    let seen = Array::new();
    let bound = Function::new_with_args("seen", code);
    let pair: Array = bound.call1(&JsValue::NULL, &seen).unwrap().unchecked_into();
    (JsTime::new(pair.get(0).unchecked_into(), pair.get(1).unchecked_into()).unwrap(), seen)
}

fn request() -> Request {
    let mut request = Request::new(Method::Post, "http://127.0.0.1:9/api/invoices?a=%20b");
    request.headers =
        vec![("Date", "Tue, 14 Nov 2023 22:13:20 GMT".into()), ("Authorization", "HMAC key:s=".into())];
    request.body = Some(b"{\"a\":\"\xc3\xa9\"}".to_vec());
    request.timeout_ms = 50;
    request.max_body = 1_000;
    request
}

async fn sent(code: &str) -> Result<Response, Failure> {
    fetch(code).0.fetch(request()).await
}

/// One call, driven to its end.
async fn driven(operation: &str, params: Value, fetch: &JsFetch, time: &JsTime) -> Result<Outcome, ApiError> {
    let mut config = Config::new(
        Environment::parse("http://127.0.0.1:9").unwrap(),
        "key",
        Secret::new("api_secret", "secret").unwrap(),
    );
    (config.max_retries, config.attempt_timeout_ms) = (1, 40);
    let client = Client::new(config).unwrap();
    let params: Map<String, Value> = params.as_object().cloned().unwrap();
    let (mut call, step) = client.begin(time.now(), operation, params, &Options::default(), time.entropy());
    drive(&mut call, step, fetch, time, |_| {}).await
}

fn payout() -> Value {
    json!({"address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", "charged_currency": "EUR", "received_currency": "BTC",
           "received_amount": "0.01", "force_commit": true, "custom_id": "p-1"})
}

#[wasm_bindgen_test]
async fn a_fetch_is_given_exactly_what_was_signed() {
    let told = "seen.push(url, JSON.stringify([init.method, init.headers, init.redirect]), \
                new TextDecoder().decode(init.body), init.signal.aborted); \
                return new Response('{}', {status: 201, headers: {'cf-ray': 'r', 'x-other': 'o'}})";
    let (fetch, seen) = fetch(told);
    let response = fetch.fetch(request()).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (201, &b"{}"[..]));
    assert_eq!((response.header("cf-ray"), response.header("x-other")), (Some("r"), None));
    assert_eq!(seen.get(0), "http://127.0.0.1:9/api/invoices?a=%20b");
    let init =
        r#"["POST",[["Date","Tue, 14 Nov 2023 22:13:20 GMT"],["Authorization","HMAC key:s="]],"manual"]"#;
    assert_eq!(seen.get(1), init);
    assert_eq!(seen.get(2), "{\"a\":\"\u{e9}\"}");
    assert_eq!(seen.get(3), false);
}

#[wasm_bindgen_test]
async fn the_engines_own_fetch_takes_the_request_and_its_stream_is_read() {
    let (fetch, seen) = fetch(
        "const asked = new Request(url, init); seen.push(asked.method, asked.redirect, await asked.text()); \
         const {redirect, signal} = init; \
         return fetch('data:application/json,' + encodeURIComponent('[1,2]'), {redirect, signal})",
    );
    let response = fetch.fetch(request()).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (200, &b"[1,2]"[..]));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(seen.join("|"), "POST|manual|{\"a\":\"\u{e9}\"}");
}

#[wasm_bindgen_test]
async fn whatever_a_fetch_fails_with_may_have_been_sent() {
    for (code, kind, detail) in [
        (
            "throw new TypeError('fetch failed', {cause: new Error('reset')})",
            FailureKind::Broken,
            "fetch failed: reset",
        ),
        ("throw 'text'", FailureKind::Broken, "text"),
        ("throw undefined", FailureKind::Broken, "the fetch failed"),
        ("return undefined", FailureKind::Broken, ""),
        ("return {status: '200'}", FailureKind::Broken, "the fetch returned no response"),
        ("return {status: 200}", FailureKind::Broken, ""),
        ("return {get status() { throw new Error('gone') }}", FailureKind::Broken, "gone"),
        ("return {status: 200, headers: new Headers(), body: 7}", FailureKind::Broken, ""),
        (
            "return new Response(new ReadableStream({start(c) { c.enqueue('text') }}))",
            FailureKind::Broken,
            "the answer's body is not a stream of bytes",
        ),
        (
            "return new Response(new ReadableStream({pull(c) { c.error(new Error('cut')) }}))",
            FailureKind::Broken,
            "cut",
        ),
        (
            "return new Response('x'.repeat(1001))",
            FailureKind::TooLarge,
            "the body is larger than 1000 bytes",
        ),
        (
            "return {status: 200, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(1001)}",
            FailureKind::TooLarge,
            "the body is larger than 1000 bytes",
        ),
    ] {
        let failure = sent(code).await.unwrap_err();
        assert_eq!((failure.kind, failure.sent), (kind, Sent::Maybe), "{code}");
        assert!(failure.detail.contains(detail) && !failure.detail.is_empty(), "{code}: {}", failure.detail);
    }
    let synchronous = JsFetch::new(Function::new_no_args("throw new Error('at once')"));
    assert_eq!(synchronous.fetch(request()).await.unwrap_err().sent, Sent::Maybe);
}

#[wasm_bindgen_test]
async fn no_failure_repeats_the_signature() {
    let failure = sent("throw new Error(`cannot send ${init.headers[1][1]}\\nnow`)").await.unwrap_err();
    assert_eq!(failure.detail, "cannot send … now");
}

#[wasm_bindgen_test]
async fn answers_of_any_kind_come_whole() {
    let whole = sent("return new Response('x'.repeat(1000))").await.unwrap();
    assert_eq!(whole.body.len(), 1_000);
    let empty = sent("return new Response(null, {status: 204})").await.unwrap();
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    // A redirect that was not followed is of status 0 in browsers; what it means is the core's to say.
    let opaque = sent(
        "return {status: 0, headers: new Headers(), body: null, arrayBuffer: async () => new ArrayBuffer()}",
    );
    assert_eq!(opaque.await.unwrap().status, 0);
    let bare = sent(
        "return {status: 200, headers: new Headers(), arrayBuffer: async () => new Uint8Array([1, 2]).buffer}",
    );
    assert_eq!(bare.await.unwrap().body, [1, 2]);
}

#[wasm_bindgen_test]
async fn a_call_over_a_fetch_that_answers_ends_with_its_answer() {
    let (fetch, seen) = fetch(
        "seen.push(init.headers.map(([name]) => name).join()); \
         return new Response('{\"data\":[],\"meta\":{\"has_more\":false}}', {headers: {'content-type': 'application/json'}})",
    );
    let outcome = driven("accounts.list", json!({}), &fetch, &JsTime::global().unwrap()).await.unwrap();
    assert_eq!((outcome.data(), outcome.trace.sends), (Some("[]"), 1));
    assert!(seen.get(0).as_string().unwrap().contains("Date,"), "{seen:?}");
}

#[wasm_bindgen_test]
async fn the_typed_client_runs_over_javascript() {
    let rate = r#"{"data":{"buy_rate":"27700.0","sell_rate":"27600.5"}}"#;
    let (fetch, _) = fetch(&format!("return new Response('{rate}')"));
    let client = Cryptopay::builder(Environment::parse("http://127.0.0.1:9").unwrap())
        .api_key("key")
        .api_secret("secret")
        .build_over(fetch, JsTime::global().unwrap())
        .unwrap();
    let rate = client.rates().retrieve("BTC", "EUR").await.unwrap();
    assert_eq!(rate.sell_rate.as_str(), "27600.5");
}

#[wasm_bindgen_test]
async fn a_read_that_is_never_answered_is_aborted_and_times_out() {
    let (fetch, seen) =
        fetch("init.signal.onabort = () => seen.push('aborted'); await new Promise(() => {})");
    let error = driven("accounts.list", json!({}), &fetch, &JsTime::global().unwrap()).await.unwrap_err();
    assert_eq!((error.code, error.trace.sends), (Code::Timeout, 2));
    assert_eq!(seen.length(), 2, "both attempts were aborted");
}

#[wasm_bindgen_test]
async fn a_payout_that_is_never_answered_is_unknown_and_not_sent_again() {
    let (fetch, seen) = fetch(
        "seen.push(init.method); \
         if (init.method === 'GET') return new Response('{}', {status: 503}); \
         await new Promise((_, no) => init.signal.onabort = () => no(init.signal.reason))",
    );
    let at_once =
        "return [(done, ms) => ms === 40 ? setTimeout(done, 1) : setTimeout(done, 0), clearTimeout]";
    let error = driven("coin_withdrawals.create", payout(), &fetch, &timer(at_once).0).await.unwrap_err();
    assert_eq!(error.code, Code::OutcomeUnknown);
    assert_eq!(error.record.unwrap().custom_id.as_deref(), Some("p-1"));
    let posts = seen.iter().filter(|method| method == "POST").count();
    assert_eq!(posts, 1, "{seen:?}");
}

#[wasm_bindgen_test]
async fn a_body_that_drips_is_ended_with_the_attempts_time() {
    let (fetch, seen) = fetch(
        "return new Response(new ReadableStream({ \
           async pull(c) { await new Promise(done => setTimeout(done, 5)); c.enqueue(new Uint8Array(1)) }, \
           cancel() {} }), init.signal.onabort = () => seen.push('aborted'))",
    );
    let error = driven("accounts.list", json!({}), &fetch, &JsTime::global().unwrap()).await.unwrap_err();
    assert_eq!(error.code, Code::Timeout);
    assert_eq!(seen.length(), 2);
}

#[wasm_bindgen_test]
async fn a_dropped_call_aborts_its_fetch_and_clears_its_timer() {
    let (fetch, aborted) =
        fetch("init.signal.onabort = () => seen.push('aborted'); await new Promise(() => {})");
    let (time, cleared) = timer(
        "return [(done, ms) => { seen.push(`set ${ms}`); return 7 }, id => seen.push(`cleared ${id}`)]",
    );
    {
        let mut call = pin!(driven("accounts.list", json!({}), &fetch, &time));
        poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!((aborted.length(), cleared.join(",").as_string().unwrap().as_str()), (0, "set 40"));
    }
    assert_eq!(aborted.length(), 1);
    assert_eq!(cleared.join(","), "set 40,cleared 7");
}

#[wasm_bindgen_test]
async fn a_fetch_that_is_over_is_not_aborted() {
    let (fetch, seen) = fetch("init.signal.onabort = () => seen.push('aborted'); return new Response('{}')");
    fetch.fetch(request()).await.unwrap();
    assert_eq!(seen.length(), 0);
}

#[wasm_bindgen_test]
async fn clocks_and_entropy_are_the_engines() {
    let time = JsTime::global().unwrap();
    let before = time.now();
    time.sleep(20).await;
    let after = time.now();
    // 2026-01-01 in ms since 1970: date -u -d 2026-01-01 +%s
    assert!(before.unix_ms > 1_767_225_600_000);
    assert!((19..5_000).contains(&(after.tick_ms - before.tick_ms)), "{before:?} {after:?}");
    assert_ne!(time.entropy(), time.entropy());
}

#[wasm_bindgen_test]
fn the_global_fetch_is_taken_only_where_it_sends_a_date() {
    let page = Reflect::has(&js_sys::global(), &"document".into()).unwrap();
    match JsFetch::global() {
        Ok(_) => assert!(!page, "a page drops the Date of a request"),
        Err(error) => assert!(page && error.to_string().contains("Date"), "{error}"),
    }
}
