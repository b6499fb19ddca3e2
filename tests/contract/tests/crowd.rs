//! Many at once: clients that come back together after an outage, calls that go on through one, and more calls than the limit
//! of the API lets through. Where a server answers it is the sandbox with its own limit of 200 a minute; time is virtual.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use cryptopay_contract::fast_time::{FastTime, World};
use cryptopay_contract::random::Random;
use cryptopay_core::call::Call;
use cryptopay_core::call::options::Options;
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::drive::{Time, drive};
use cryptopay_core::environment::Environment;
use cryptopay_core::event::{Event, Failure, FailureKind, Moment, Sent};
use cryptopay_core::http::Response;
use cryptopay_core::secret::Secret;
use cryptopay_core::step::Step;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::{Options as SandboxOptions, Sandbox};
use serde_json::{Map, Value, json};
use tokio::task::LocalSet;

const WALL_MS: u64 = 1_700_000_000_000;
/// How long an answer takes.
const ANSWER_MS: u64 = 20;
/// The wait before a first retry is drawn from 0 to this (T4).
const BASE_DELAY_MS: u64 = 500;
const OUTAGE_MS: u64 = 300_000;
/// Longer than the limit needs for everything that is asked of it here.
const PATIENCE_MS: u64 = 900_000;

fn client(url: &str, key: &str, secret: &str) -> Client {
    let secret = Secret::new("api_secret", secret).unwrap();
    let mut config = Config::new(Environment::parse(url).unwrap(), key, secret);
    config.deadline_ms = PATIENCE_MS;
    Client::new(config).unwrap()
}

fn client_of_nobody() -> Client {
    client("http://127.0.0.1:1", "key", "secret")
}

fn entropy(random: &mut Random) -> [u8; 16] {
    ((u128::from(random.bits()) << 64) | u128::from(random.bits())).to_be_bytes()
}

fn payout(n: usize, forced: bool) -> Map<String, Value> {
    let payout = json!({
        "address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", "charged_currency": "EUR", "received_currency": "BTC",
        "received_amount": "0.001", "force_commit": forced, "custom_id": format!("p-{n}"),
    });
    payout.as_object().unwrap().clone()
}

fn read(_: usize) -> (&'static str, Map<String, Value>) {
    ("rates.all", Map::new())
}

fn pay(n: usize) -> (&'static str, Map<String, Value>) {
    ("coin_withdrawals.create", payout(n, true))
}

type Asked = fn(usize) -> (&'static str, Map<String, Value>);

fn unavailable() -> Event {
    Event::Response(Response { status: 503, headers: Vec::new(), body: Vec::new() })
}

fn refused() -> Event {
    let detail = "nobody listens".to_owned();
    Event::Failed(Failure { kind: FailureKind::Connect, sent: Sent::No, detail })
}

fn at(tick_ms: u64) -> Moment {
    Moment { unix_ms: WALL_MS + tick_ms, tick_ms }
}

/// When each of 200 clients comes back whose first request failed at the same moment.
fn first_retries(asked: Asked, fails: fn() -> Event) -> Vec<u64> {
    let mut random = Random::new(200);
    let mut retries: Vec<u64> = (0..200)
        .map(|n| {
            let (operation, params) = asked(n);
            let (mut call, step) =
                client_of_nobody().begin(at(0), operation, params, &Options::default(), entropy(&mut random));
            assert!(matches!(step, Step::Fetch(_)), "{step:?}");
            match call.advance(at(ANSWER_MS), fails()).unwrap() {
                Step::Sleep { ms, .. } => ANSWER_MS + ms,
                // A wait that was drawn as nothing.
                Step::Fetch(_) => ANSWER_MS,
                other => panic!("{other:?}"),
            }
        })
        .collect();
    retries.sort_unstable();
    retries
}

#[test]
fn t4_two_hundred_clients_do_not_come_back_together() {
    for (asked, fails) in [(read as Asked, unavailable as fn() -> Event), (read, refused), (pay, refused)] {
        let retries = first_retries(asked, fails);
        let spread = retries[189] - retries[10];
        assert!(2 * spread >= BASE_DELAY_MS, "from the 5th to the 95th percentile only {spread} ms");
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Begin,
    Wake,
    Answer,
}

/// How many requests 1,000 calls of one client make that begin evenly spread over five minutes in which all of them fail.
fn requests_in_an_outage(asked: Asked, fails: fn() -> Event) -> usize {
    const CALLS: usize = 1_000;
    let (client, mut random) = (client_of_nobody(), Random::new(5));
    let mut calls: Vec<Option<Call>> = (0..CALLS).map(|_| None).collect();
    let begins = (0..CALLS).map(|n| Reverse((u64::try_from(n).unwrap() * OUTAGE_MS / 1_000, n, Due::Begin)));
    let mut due: BinaryHeap<_> = begins.collect();
    let (mut requests, mut ended) = (0, 0);
    while let Some(Reverse((tick, n, what))) = due.pop() {
        let step = if what == Due::Begin {
            let (operation, params) = asked(n);
            let begun = client.begin(at(tick), operation, params, &Options::default(), entropy(&mut random));
            calls[n] = Some(begun.0);
            begun.1
        } else {
            let event = if what == Due::Wake { Event::Woken } else { fails() };
            calls[n].as_mut().unwrap().advance(at(tick), event).unwrap()
        };
        match step {
            Step::Sleep { ms, .. } => due.push(Reverse((tick + ms, n, Due::Wake))),
            Step::Fetch(_) => {
                requests += 1;
                due.push(Reverse((tick + ANSWER_MS, n, Due::Answer)));
            }
            Step::Done(result) => {
                assert!(result.is_err());
                ended += 1;
            }
            Step::Permit { .. } => panic!("this limit is not shared"),
        }
    }
    assert_eq!(ended, CALLS);
    requests
}

#[test]
fn t6_an_outage_of_five_minutes_is_not_made_worse_by_retries() {
    for (asked, fails) in
        [(read as Asked, unavailable as fn() -> Event), (read, refused), (pay, unavailable), (pay, refused)]
    {
        let requests = requests_in_an_outage(asked, fails);
        assert!((1_001..=1_200).contains(&requests), "{requests} requests of 1,000 calls");
    }
}

/// The sandbox, a client of it, and the time that both share.
struct Shared {
    client: Client,
    fetch: ReqwestFetch,
    time: FastTime,
    sandbox: Rc<Sandbox>,
}

impl Shared {
    /// One call to its end: the text of its object.
    async fn call(&self, operation: &str, params: Map<String, Value>) -> String {
        let now = self.time.now();
        let (mut call, step) =
            self.client.begin(now, operation, params, &Options::default(), self.time.entropy());
        let ended = drive(&mut call, step, &self.fetch, &self.time, |_| ()).await;
        ended.unwrap_or_else(|error| panic!("{error}")).data().unwrap().to_owned()
    }

    /// The status of every request, with its time.
    fn answered(&self) -> Vec<(u64, u64)> {
        let journal = self.sandbox.journal();
        let number = |entry: &Value, name: &str| entry[name].as_u64().unwrap();
        journal
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (number(entry, "at_ms"), number(entry, "status")))
            .collect()
    }
}

/// Makes so many calls at once, each on a task of its own, in time that nobody waits for.
fn at_once<F: Future<Output = ()> + 'static>(
    calls: usize,
    call: impl Fn(Rc<Shared>, usize) -> F,
    judge: impl FnOnce(&Shared),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let sandbox = Sandbox::start(SandboxOptions { rate_limit: 200, ..Default::default() }).await;
        let sandbox = Rc::new(sandbox.unwrap_or_else(|error| panic!("{error}")));
        let shared = Rc::new(Shared {
            client: client(sandbox.url(), &sandbox.api_key, &sandbox.api_secret),
            fetch: ReqwestFetch::new().unwrap(),
            time: FastTime::new(World::Here(Rc::clone(&sandbox)), Random::new(3), 0, 0).patient(),
            sandbox,
        });
        let left = Rc::new(Cell::new(calls));
        let mut running = tokio::task::JoinSet::new();
        for n in 0..calls {
            shared.time.enter();
            let (calling, owner, left) = (call(Rc::clone(&shared), n), Rc::clone(&shared), Rc::clone(&left));
            running.spawn_local(async move {
                calling.await;
                left.set(left.get() - 1);
                owner.time.leave();
            });
        }
        tokio::select! {
            () = shared.time.run() => {}
            _ = running.join_all() => {}
        }
        assert_eq!(left.get(), 0);
        judge(&shared);
    });
}

#[test]
fn l1_a_thousand_calls_at_once_meet_no_429_and_use_nine_tenths_of_the_rate() {
    let read = |shared: Rc<Shared>, _| async move { drop(shared.call("rates.all", Map::new()).await) };
    let began = std::time::Instant::now();
    at_once(1_000, read, |shared| {
        let answered = shared.answered();
        assert_eq!(answered.len(), 1_000);
        assert!(answered.iter().all(|(_, status)| *status == 200));
        // From the end of the burst through four whole windows: 780 requests. What the requests themselves took is the
        // machine's time, not the limit's.
        let machine_ms = u64::try_from(began.elapsed().as_millis()).unwrap();
        let rate = 780 * 60_000 / (answered[974].0 - answered[194].0).saturating_sub(machine_ms);
        assert!(rate >= 180, "{rate} a minute");
    });
}

#[test]
fn l1_a_hundred_calls_at_once_go_out_without_waiting() {
    let read = |shared: Rc<Shared>, _| async move { drop(shared.call("rates.all", Map::new()).await) };
    at_once(100, read, |shared| {
        assert_eq!((shared.answered().len(), shared.time.passed_ms()), (100, 0));
    });
}

#[test]
fn l2_every_commit_of_300_payouts_at_once_comes_within_its_30_s() {
    let pay_in_two = |shared: Rc<Shared>, n| async move {
        let quote = shared.call("coin_withdrawals.create", payout(n, false)).await;
        let quote: Value = serde_json::from_str(&quote).unwrap();
        let id = json!({"coin_withdrawal_id": quote["id"]});
        let committed = shared.call("coin_withdrawals.commit", id.as_object().unwrap().clone()).await;
        let committed: Value = serde_json::from_str(&committed).unwrap();
        assert_ne!(committed["status"], "new");
    };
    at_once(300, pay_in_two, |shared| {
        let answered = shared.answered();
        assert_eq!(answered.len(), 600);
        assert!(answered.iter().all(|(_, status)| matches!(status, 200 | 201)));
    });
}
