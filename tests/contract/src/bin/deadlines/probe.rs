//! The probes: what each server does, how a read and a payout must end there, and how they did.

use std::time::{Duration, Instant};

use anyhow::Result;
use cryptopay_core::call::options::Options;
use cryptopay_core::code::Code;
use cryptopay_core::environment::Environment;
use cryptopay_core::face::Cryptopay;
use cryptopay_core::transport::{ReqwestFetch, TokioTime};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::server::{Fault, Server};

/// A misbehaviour with its name in the ledger, and the codes with which a read and a payout end.
pub(crate) struct Probe {
    name: &'static str,
    fault: Fault,
    read: Code,
    payout: Code,
}

const fn probe(name: &'static str, fault: Fault, read: Code) -> Probe {
    Probe { name, fault, read, payout: Code::OutcomeUnknown }
}

/// All of them. A payout that was never sent is the only one of which the client knows how it ended.
pub(crate) static PROBES: [Probe; 12] = [
    Probe { payout: Code::Connection, ..probe("refuse", Fault::Refuse, Code::Connection) },
    Probe { payout: Code::Connection, ..probe("blackhole", Fault::Blackhole, Code::Connection) },
    probe("stall before", Fault::StallBefore, Code::Timeout),
    probe("stall in body", Fault::StallInBody, Code::Timeout),
    probe("drip", Fault::Drip, Code::Timeout),
    probe("redirect loop", Fault::Redirect, Code::UnexpectedStatus),
    probe("100 MB", Fault::Large, Code::InvalidResponse),
    probe("100 MB in chunks", Fault::LargeUntold, Code::InvalidResponse),
    probe("chunked garbage", Fault::Garbage, Code::Connection),
    probe("early close", Fault::CloseEarly, Code::Connection),
    probe("reset in body", Fault::ResetInBody, Code::Connection),
    probe("half closed", Fault::HalfClosed, Code::Connection),
];

/// A read may take this long, and a payout long enough for its sends and its looks.
const READ_MS: u64 = 1_000;
const PAYOUT_MS: u64 = 3_000;
/// So few that the waits before them always fit: which code a call ends with is no matter of luck.
const RETRIES: u32 = 1;
/// The largest body that is taken: small beside 100 MB, large enough for a leak of it to be seen.
const MAX_BODY: usize = 1_000_000;

/// A probe whose server stands.
pub(crate) struct Standing {
    probe: &'static Probe,
    server: Server,
}

impl Standing {
    pub(crate) async fn start(probe: &'static Probe) -> Result<Self> {
        Ok(Self { probe, server: Server::start(probe.fault).await? })
    }
}

/// How a call ended.
pub(crate) struct Probed {
    pub(crate) name: String,
    pub(crate) deadline_ms: u64,
    pub(crate) ended_ms: u64,
    pub(crate) code: &'static str,
    /// Of a payout, whether it may have been sent; `-` of a read.
    pub(crate) sent: &'static str,
    /// What should have come out differently.
    pub(crate) amiss: Option<String>,
}

/// Makes every read and every payout, so many times, all at once.
pub(crate) async fn all(standing: &[Standing], times: usize) -> Result<Vec<Probed>> {
    let payout = json!({
        "address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", "charged_currency": "EUR", "received_currency": "BTC",
        "received_amount": "0.01", "force_commit": true, "custom_id": "p-1",
    });
    // One transport for all, as in a program; it goes with the last of the calls.
    let fetch = ReqwestFetch::new()?;
    let mut calls = JoinSet::new();
    for (index, Standing { probe, server }) in standing.iter().enumerate() {
        for _ in 0..times {
            let read = call(probe, &server.url, fetch.clone(), READ_MS, Map::new());
            let payout = payout.as_object().cloned().unwrap_or_default();
            let payout = call(probe, &server.url, fetch.clone(), PAYOUT_MS, payout);
            calls.spawn(async move { (2 * index, read.await) });
            calls.spawn(async move { (2 * index + 1, payout.await) });
        }
    }
    let mut probed = Vec::new();
    for (index, ended) in calls.join_all().await {
        probed.push((index, ended?));
    }
    probed.sort_by_key(|(index, _)| *index);
    let mut probed: Vec<Probed> = probed.into_iter().map(|(_, ended)| ended).collect();
    for one in standing {
        let (posts, expected) = (one.server.posts(), if one.probe.reachable() { times } else { 0 });
        if posts != expected {
            let amiss = format!("was sent {posts} times, not {expected} times");
            let payout = probed.iter_mut().find(|ended| ended.name == format!("{}, payout", one.probe.name));
            payout.into_iter().for_each(|payout| payout.amiss = Some(amiss.clone()));
        }
    }
    Ok(probed)
}

impl Probe {
    /// Whether a request can arrive.
    fn reachable(&self) -> bool {
        !matches!(self.fault, Fault::Refuse | Fault::Blackhole)
    }
}

/// One call: a payout where there are parameters.
fn call(
    probe: &'static Probe,
    url: &str,
    fetch: ReqwestFetch,
    deadline_ms: u64,
    params: Map<String, Value>,
) -> impl Future<Output = Result<Probed>> + use<> {
    let url = url.to_owned();
    async move {
        let deadline = Duration::from_millis(deadline_ms);
        let client = Cryptopay::builder(Environment::parse(&url)?)
            .api_key("key")
            .api_secret("secret")
            .timeout(deadline)
            .max_retries(RETRIES)
            .max_body(MAX_BODY)
            .build_over(fetch, TokioTime::new())?;
        let pays = !params.is_empty();
        let (name, operation, expected) = if pays {
            (format!("{}, payout", probe.name), "coin_withdrawals.create", probe.payout)
        } else {
            (probe.name.to_owned(), "rates.all", probe.read)
        };
        // How late a thread wakes that only sleeps is the machine's doing, not the call's.
        let sleeper = std::thread::spawn(move || {
            let began = Instant::now();
            std::thread::sleep(deadline);
            began.elapsed().saturating_sub(deadline)
        });
        let began = Instant::now();
        let ended = client.call(operation, params, &Options::default()).await;
        let took = began.elapsed();
        while !sleeper.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let late = sleeper.join().unwrap_or_default();
        let took = if took > deadline { took.saturating_sub(late).max(deadline) } else { took };
        let (code, sent) = match &ended {
            Ok(_) => ("success", "-"),
            Err(error) if !pays => (error.code.as_str(), "-"),
            Err(error) if error.record.is_some() => (error.code.as_str(), "maybe_sent"),
            Err(error) => (error.code.as_str(), "not_sent"),
        };
        let amiss = (code != expected.as_str()).then(|| format!("ended with {code}, not {expected}"));
        Ok(Probed { name, deadline_ms, ended_ms: took.as_millis().try_into()?, code, sent, amiss })
    }
}
