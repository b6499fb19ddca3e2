//! The Rust client over a transport and a clock of the test's own.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_core::Stream;
use serde_json::{Value, json};

use super::{CallOptions, Changed, Cryptopay, Page};
use crate::api::channels::ChannelUpdateParams;
use crate::api::coin_withdrawals::CoinWithdrawalParams;
use crate::api::invoices::{InvoiceListParams, InvoiceParams, InvoiceRefundParams, InvoiceStatus};
use crate::call::pending::Record;
use crate::code::Code;
use crate::drive::{Fetch, Time};
use crate::environment::Environment;
use crate::event::{Failure, Moment};
use crate::http::{Request, Response};
use crate::value::Update;

const ID: &str = "6f1d2f60-0f3c-4c9e-9b0e-2f5c1a7d8e90";
const OTHER: &str = "6f1d2f60-0f3c-4c9e-9b0e-2f5c1a7d8e91";

/// Answers from a script; when it is used up, never.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    fn of(answers: &[(u16, Value)]) -> Self {
        let script = Self::default();
        script
            .answers
            .lock()
            .unwrap()
            .extend(answers.iter().map(|(status, body)| (*status, body.to_string())));
        script
    }

    fn asked(&self) -> Vec<String> {
        let base = "https://business-sandbox.cryptopay.me";
        let line = |request: &Request| {
            [request.method.as_str(), " ", request.url.strip_prefix(base).unwrap()].concat()
        };
        self.asked.lock().unwrap().iter().map(line).collect()
    }

    fn body(&self, index: usize) -> Value {
        serde_json::from_slice(self.asked.lock().unwrap()[index].body.as_ref().unwrap()).unwrap()
    }
}

impl Fetch for Script {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            None => core::future::pending().await,
            Some((status, body)) => {
                let headers = vec![
                    ("content-type".into(), "application/json; charset=utf-8".into()),
                    ("date".into(), "Thu, 01 Jan 2026 00:00:00 GMT".into()),
                ];
                Ok(Response { status, headers, body: body.into_bytes() })
            }
        }
    }
}

/// Always the first moment of 2026; a sleep is over at once, a limit never.
struct Still;

impl Time for Still {
    fn now(&self) -> Moment {
        Moment { unix_ms: 1_767_225_600_000, tick_ms: 0 }
    }

    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }

    async fn sleep(&self, _: u64) {}

    async fn limit(&self, _: u64) {
        core::future::pending().await
    }
}

fn client(script: &Script) -> Cryptopay<Script, Still> {
    Cryptopay::builder(Environment::Sandbox)
        .api_key("k")
        .api_secret("s")
        .build_over(script.clone(), Still)
        .unwrap()
}

fn invoice(id: &str, custom_id: &str) -> Value {
    json!({
        "id": id, "custom_id": custom_id, "status": "new", "status_context": null, "address": "a", "network": "bitcoin",
        "uri": "bitcoin:a", "price_amount": "10.0", "price_currency": "EUR", "fee": "0.1", "fee_currency": "EUR",
        "pay_amount": "0.0001", "pay_currency": "BTC", "paid_amount": "0.0", "transactions": [], "hosted_page_url": "h",
        "created_at": "2026-01-01T00:00:00+00:00", "expires_at": "2026-01-01T00:10:00+00:00", "later": 1.50,
    })
}

fn price() -> InvoiceParams {
    InvoiceParams {
        price_amount: "10.00".parse().unwrap(),
        price_currency: "EUR".into(),
        pay_currency: "BTC".into(),
        custom_id: Some("o-1".into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_create_answers_its_model_and_how_it_went() {
    let script = Script::of(&[(201, json!({"data": invoice(ID, "o-1"), "meta": {"request_id": "r"}}))]);
    let created = client(&script).invoices().create(&price()).await.unwrap();
    assert_eq!((created.id.to_string().as_str(), &created.status), (ID, &InvoiceStatus::New));
    assert_eq!(created.price_amount, "10".parse().unwrap());
    assert_eq!(created.extra.get("later"), Some("1.5"));
    let outcome = created.outcome();
    assert_eq!((outcome.status, outcome.request_id.as_deref(), outcome.trace.sends), (201, Some("r"), 1));
    assert!(!outcome.recovered && !outcome.accepted);
    assert!(outcome.data().unwrap().starts_with('{'));
    assert_eq!(script.asked(), ["POST /api/invoices"]);
    assert_eq!(
        script.body(0),
        json!({"price_amount": "10.00", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "o-1"})
    );
}

#[tokio::test]
async fn an_unset_required_field_is_refused_and_nothing_is_sent() {
    let script = Script::default();
    let refused = client(&script).invoices().create(&InvoiceParams::default()).await.unwrap_err();
    assert_eq!((refused.code, refused.fields[0].target.as_str()), (Code::InvalidArgument, "price_amount"));
    let payout = CoinWithdrawalParams {
        address: "a".into(),
        charged_currency: "EUR".into(),
        received_currency: "BTC".into(),
        charged_amount: Some(5.into()),
        ..Default::default()
    };
    let refused = client(&script).coin_withdrawals().create(&payout).await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidArgument, "{refused}");
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn path_and_body_come_from_their_own_parameters() {
    let script = Script::default();
    let change = ChannelUpdateParams { name: "n".into(), description: Update::Null, ..Default::default() };
    let future = client(&script).channels().update(ID.parse().unwrap(), &change);
    assert!(poll(future).is_pending());
    assert_eq!(script.asked(), [format!("PATCH /api/channels/{ID}")]);
    assert_eq!(script.body(0), json!({"name": "n", "description": null}));
    assert!(poll(client(&script).invoices().retrieve_by_custom_id("a/b")).is_pending());
    assert!(poll(client(&script).rates().retrieve("BTC", "EUR")).is_pending());
    assert_eq!(script.asked()[1..], ["GET /api/invoices/custom_id/a%2Fb", "GET /api/rates/BTC/EUR"]);
}

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn two_pages() -> Script {
    let page = |ids: &[&str], more: bool| {
        let rows: Vec<Value> = ids.iter().map(|id| invoice(id, "c")).collect();
        (200, json!({"data": rows, "meta": {"total": 2, "has_more": more}}))
    };
    Script::of(&[page(&[ID], true), page(&[ID, OTHER], false)])
}

#[tokio::test]
async fn p1_a_list_is_a_stream_over_its_pages_without_repeated_rows() {
    let script = two_pages();
    let mut rows = client(&script).invoices().list(&InvoiceListParams::default()).into_stream();
    let mut ids = Vec::new();
    while let Some(row) = core::future::poll_fn(|context| pin!(&mut rows).poll_next(context)).await {
        ids.push(row.unwrap().id.to_string());
    }
    assert_eq!(ids, [ID, OTHER]);
    assert_eq!(
        script.asked(),
        ["GET /api/invoices".to_owned(), format!("GET /api/invoices?starting_after={ID}")]
    );
}

#[tokio::test]
async fn p1_a_list_can_be_read_by_page_and_resumed_from_an_id() {
    let script = two_pages();
    let mut pages = client(&script).invoices().list(&InvoiceListParams::default());
    let Page { items, more, .. } = pages.next_page().await.unwrap().unwrap();
    assert_eq!((items.len(), more, pages.last_id()), (1, true, Some(ID)));
    let after = InvoiceListParams { starting_after: Some(ID.parse().unwrap()), ..Default::default() };
    let mut resumed = client(&script).invoices().list(&after);
    assert_eq!(resumed.next().await.unwrap().map(|row| row.id.to_string()).as_deref(), Some(ID));
    assert_eq!(resumed.next().await.unwrap().map(|row| row.id.to_string()).as_deref(), Some(OTHER));
    assert!(resumed.next().await.unwrap().is_none());
    assert_eq!(script.asked()[1], format!("GET /api/invoices?starting_after={ID}"));
}

#[tokio::test]
async fn a_list_whose_first_page_is_refused_says_so_once() {
    let script = Script::of(&[(403, json!({"error": {"code": "unauthorized", "message": "no"}}))]);
    let mut rows = client(&script).invoices().list(&InvoiceListParams::default()).into_stream();
    let first = core::future::poll_fn(|context| pin!(&mut rows).poll_next(context)).await;
    assert_eq!(first.unwrap().unwrap_err().code, Code::Forbidden);
    assert!(core::future::poll_fn(|context| pin!(&mut rows).poll_next(context)).await.is_none());
}

#[test]
fn w4_a_dropped_future_tells_the_record_of_a_write_that_may_have_been_applied() {
    let (script, records) = (Script::default(), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&records);
    let client = Cryptopay::builder(Environment::Sandbox)
        .api_key("k")
        .api_secret("s")
        .on_abandoned(move |record| kept.lock().unwrap().push(record))
        .build_over(script.clone(), Still)
        .unwrap();
    drop(client.invoices().create(&price()));
    assert!(script.asked().is_empty(), "a future that is never polled sends nothing");
    assert!(poll(client.invoices().retrieve(ID.parse().unwrap())).is_pending());
    assert!(records.lock().unwrap().is_empty(), "a read leaves nothing to resolve");
    assert!(poll(client.invoices().create(&price())).is_pending());
    let records = records.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].operation.as_str(), records[0].custom_id.as_deref()),
        ("invoices.create", Some("o-1"))
    );
}

#[test]
fn w3_observers_see_a_generated_custom_id_before_the_first_send() {
    let (script, seen) = (Script::default(), Arc::new(Mutex::new(Vec::new())));
    let (kept, sent) = (Arc::clone(&seen), script.clone());
    let client = Cryptopay::builder(Environment::Sandbox)
        .api_key("k")
        .api_secret("s")
        .observe(move |step| kept.lock().unwrap().push((step.custom_id.clone(), sent.asked().len())))
        .build_over(script.clone(), Still)
        .unwrap();
    assert!(poll(client.invoices().create(&InvoiceParams { custom_id: None, ..price() })).is_pending());
    assert_eq!(*seen.lock().unwrap(), [(Some("07".repeat(16)), 0)]);
    assert_eq!(script.body(0)["custom_id"], json!("07".repeat(16)));
}

#[tokio::test]
async fn k3_a_conditional_read_answers_none_for_what_has_not_changed() {
    let script =
        Script::of(&[(304, json!("")), (200, json!({"data": invoice(ID, "o-1")})), (304, json!(""))]);
    let known = CallOptions::new().if_none_match("\"v1\"").if_modified_since("Thu, 01 Jan 2026 00:00:00 GMT");
    let invoices = client(&script).with(known).invoices();
    assert!(invoices.retrieve(ID.parse().unwrap()).await.changed().unwrap().is_none());
    let sent = |name: &str| {
        let asked = script.asked.lock().unwrap();
        asked[0].headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).unwrap().1.clone()
    };
    assert_eq!((sent("if-none-match"), sent("if-modified-since").len()), ("\"v1\"".to_owned(), 29));
    let now = invoices.retrieve(ID.parse().unwrap()).await.changed().unwrap();
    assert_eq!(now.map(|now| now.status.clone()), Some(InvoiceStatus::New));
    let error = invoices.retrieve(ID.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.code, error.status), (Code::InvalidResponse, Some(304)));
    assert!(error.hint.contains("keep the version"), "{error}");
}

#[tokio::test]
async fn k3_a_304_that_nobody_asked_for_is_an_error_of_its_own() {
    let script = Script::of(&[(304, json!(""))]);
    let once = CallOptions::new().max_retries(0);
    let read = client(&script).with(once).invoices().retrieve(ID.parse().unwrap()).await;
    assert_eq!(read.changed().unwrap_err().code, Code::UnexpectedStatus);
}

#[tokio::test]
async fn k3_a_write_with_a_condition_is_refused_and_nothing_is_sent() {
    let script = Script::default();
    let known = client(&script).with(CallOptions::new().if_none_match("v"));
    assert_eq!(known.invoices().create(&price()).await.unwrap_err().fields[0].target, "if_none_match");
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn k3_a_write_that_is_accepted_and_not_finished_says_so_and_hands_over_its_record() {
    let missing = (404, json!({"error": {"code": "not_found", "message": "no"}}));
    let mut answers = vec![(202, json!({}))];
    answers.extend(core::iter::repeat_n(missing, 8));
    let error = client(&Script::of(&answers)).invoices().create(&price()).await.unwrap_err();
    assert_eq!((error.code, error.status), (Code::OutcomeUnknown, Some(202)), "{error}");
    assert!(error.to_string().contains("accepted the request, but has not finished it"), "{error}");
    assert!(error.hint.contains("do not send it again"), "{error}");
    assert_eq!(error.record.and_then(|record| record.custom_id).as_deref(), Some("o-1"));
    let read = client(&Script::of(&[(202, json!({}))])).invoices().retrieve(ID.parse().unwrap()).await;
    let error = read.unwrap_err();
    assert!(error.record.is_none() && error.hint.contains("ask again later"), "{error}");
}

#[tokio::test]
async fn w2_a_write_whose_object_fits_no_model_ends_as_unknown_with_its_id_and_record() {
    let script = Script::of(&[(201, json!({"data": {"id": ID, "status": "new"}}))]);
    let error = client(&script).invoices().create(&price()).await.unwrap_err();
    assert_eq!((error.code, error.existing_id.as_deref()), (Code::OutcomeUnknown, Some(ID)));
    assert!(error.message.contains("missing field"), "{error}");
    assert_eq!(error.record.and_then(|record| record.custom_id).as_deref(), Some("o-1"));
}

#[tokio::test]
async fn w8_the_record_of_a_commit_keeps_its_quote_without_a_float_and_is_read_again() {
    let quote = json!({
        "id": ID, "custom_id": "p-1", "address": "a", "status": "new", "charged_amount": "300.0", "charged_currency": "EUR",
        "received_amount": "0.01", "received_currency": "BTC", "network_fee": "0.0", "network_fee_level": "average",
        "fee": "0.0", "fee_currency": "EUR", "created_at": "2026-01-01T00:00:00+00:00",
        "risk": {"score": 0.5, "level": "low", "resource_name": "n", "resource_category": "c"},
    });
    let refused = json!({"error": {"code": "forbidden", "message": "no"}});
    let answers = [(200, json!({"data": quote})), (202, json!({})), (403, refused)];
    let client = client(&Script::of(&answers));
    let quote = client.coin_withdrawals().retrieve(ID.parse().unwrap()).await.unwrap();
    let error = client
        .with(CallOptions::new().quote(&quote))
        .coin_withdrawals()
        .commit(ID.parse().unwrap())
        .await
        .unwrap_err();
    let record = error.record.unwrap();
    assert_eq!(record.quote.as_ref().unwrap()["risk"]["score"], json!("0.5"));
    assert_eq!(Record::from_json(&record.to_json()).unwrap(), *record);
}

#[tokio::test]
async fn options_are_those_of_one_call() {
    let script = Script::of(&[(500, json!({})), (200, json!({"data": []}))]);
    let client = client(&script);
    let once = client.with(CallOptions::new().max_retries(0).timeout(Duration::from_secs(20)));
    let error = once.invoices().list_refunds(ID.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.code, error.trace.sends), (Code::ServerError, 1));
    assert!(client.invoices().list_refunds(ID.parse().unwrap()).await.unwrap().is_empty());
}

#[test]
fn a_missing_or_wrong_setting_is_named() {
    let builder = || Cryptopay::builder(Environment::Sandbox).api_key("k");
    let missing = builder().build_over(Script::default(), Still).unwrap_err();
    assert_eq!(missing.name, "api_secret");
    let spaced = builder().api_secret("a b").build_over(Script::default(), Still).unwrap_err();
    assert_eq!(spaced.name, "api_secret");
    let shown = format!("{:?}", builder().api_secret("hunter2").callback_secret("hunter3"));
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn futures_and_streams_can_be_spawned() {
    fn spawnable<T: Send + 'static>(_: T) {}
    let client = client(&Script::default());
    spawnable(client.invoices().create(&price()));
    spawnable(client.invoices().create_refund(ID.parse().unwrap(), &InvoiceRefundParams::default()));
    spawnable(client.invoices().list(&InvoiceListParams::default()).into_stream());
}
