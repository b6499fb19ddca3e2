//! Makes one call after another for one write and remembers what happened: what was sent, what came, what was waited for.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cryptopay_contract::fast_time::FastTime;
use cryptopay_core::call::Call;
use cryptopay_core::call::options::Options;
use cryptopay_core::call::pending::Record;
use cryptopay_core::client::Client;
use cryptopay_core::code::Code;
use cryptopay_core::drive::{Fetch, Time, drive};
use cryptopay_core::error::ApiError;
use cryptopay_core::event::{Failure, Sent};
use cryptopay_core::http::{Request, Response};
use cryptopay_core::observe::Seen;
use cryptopay_core::outcome::{Outcome, Resolution};
use cryptopay_core::step::Step;
use cryptopay_core::transport::ReqwestFetch;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the client said of a write.
#[derive(Debug)]
pub(crate) enum Told {
    /// It was applied.
    Success {
        /// The text of its object.
        data: String,
        /// The answer was lost, and the object found by reading.
        recovered: bool,
    },
    /// It was not, and never will be.
    Refused(Code),
    /// It was made again under the same id, and its object was there already.
    Exists,
    /// It may have been.
    Unknown(Option<Box<Record>>),
}

/// What `resolve` said later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Resolved {
    Applied,
    NotApplied,
    Unknown,
}

/// The same with the id of the object that was read, if one was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) resolved: Resolved,
    pub(crate) id: Option<String>,
}

/// One call in so many is cancelled.
const CANCELLED_ONE_IN: u64 = 20;
/// How soon, in real ms at most.
const CANCELLED_WITHIN_MS: u64 = 12;
/// How long whoever is patient lets `resolve` take: behind a busy merchant's ledger are more transfers than can be read in 90 s.
const PATIENT_DEADLINE_MS: u64 = 600_000;

/// Client, transport and clock of a run.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) fetch: ReqwestFetch,
    pub(crate) time: Rc<FastTime>,
    /// Whether it waits for every call to end.
    pub(crate) patient: bool,
}

/// One line for each thing that happened, with its tick.
#[derive(Debug, Default)]
pub(crate) struct Log(RefCell<Vec<(u64, String)>>);

impl Log {
    pub(crate) fn note(&self, tick_ms: u64, line: String) {
        self.0.borrow_mut().push((tick_ms, line));
    }

    pub(crate) fn lines(&self) -> Vec<(u64, String)> {
        self.0.borrow().clone()
    }
}

impl Caller {
    /// Calls an operation.
    pub(crate) async fn call(
        &self,
        log: &Log,
        operation: &str,
        params: Map<String, Value>,
        options: &Options,
    ) -> Told {
        self.note(log, format!("{operation} {}", Value::Object(params.clone())));
        let begun = self.client.begin(self.time.now(), operation, params, options, self.time.entropy());
        let (ended, pending) = self.run(log, begun).await;
        match ended {
            None => {
                pending.map_or(Told::Refused(Code::Cancelled), |record| Told::Unknown(Some(record.into())))
            }
            Some(ended) => told(ended),
        }
    }

    /// Resolves a record, which has been through a database in between.
    pub(crate) async fn resolve(&self, log: &Log, record: &Record) -> Found {
        self.note(log, format!("resolve {}", record.to_json()));
        let unknown = Found { resolved: Resolved::Unknown, id: None };
        let Ok(record) = Record::from_json(&record.to_json()) else { return unknown };
        let options =
            Options { deadline_ms: self.patient.then_some(PATIENT_DEADLINE_MS), ..Options::default() };
        let begun = self.client.resolve(self.time.now(), &record, &options, self.time.entropy());
        let Some(Ok(outcome)) = self.run(log, begun).await.0 else { return unknown };
        match outcome.resolution {
            Some(Resolution::Applied) => Found { resolved: Resolved::Applied, id: id_of(outcome.data()) },
            Some(Resolution::NotApplied) => Found { resolved: Resolved::NotApplied, id: None },
            _ => unknown,
        }
    }

    /// Runs a call to its end, or to where its caller gives up; then also what it leaves to be resolved.
    async fn run(
        &self,
        log: &Log,
        (mut call, step): (Call, Step),
    ) -> (Option<Result<Outcome, ApiError>>, Option<Record>) {
        let see = |seen: &Seen| {
            if let Some(ms) = seen.wait_ms {
                self.note(log, format!("  waits {ms} ms: {}", seen.detail));
            }
        };
        let given_up = async {
            let within_ms = {
                let mut random = self.time.random.borrow_mut();
                (!self.patient && random.once_in(CANCELLED_ONE_IN))
                    .then(|| random.between(0, CANCELLED_WITHIN_MS))
            };
            match within_ms {
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                None => std::future::pending().await,
            }
        };
        let watched = Watched { caller: self, log };
        let ended = tokio::select! {
            ended = drive(&mut call, step, &watched, &*self.time, see) => Some(ended),
            () = given_up => None,
        };
        let line = match &ended {
            None => "  is cancelled".to_owned(),
            Some(Ok(outcome)) => format!(
                "  ends with {}{}{}",
                outcome.resolution.as_ref().map_or("success", Resolution::as_str),
                if outcome.recovered { ", recovered" } else { "" },
                if outcome.accepted { ", accepted" } else { "" },
            ),
            Some(Err(error)) => format!("  ends with {error}"),
        };
        self.note(log, line);
        (ended, call.pending())
    }

    pub(crate) fn note(&self, log: &Log, line: String) {
        log.note(self.time.now().tick_ms, line);
    }
}

/// The id in the text of an object.
pub(crate) fn id_of(data: Option<&str>) -> Option<String> {
    let object: Value = serde_json::from_str(data?).ok()?;
    object.get("id").and_then(Value::as_str).map(str::to_owned)
}

fn told(ended: Result<Outcome, ApiError>) -> Told {
    match ended {
        Ok(outcome) if outcome.accepted => Told::Unknown(outcome.record),
        Ok(outcome) => {
            let data = outcome.data().unwrap_or_default().to_owned();
            Told::Success { data, recovered: outcome.recovered }
        }
        Err(error) if matches!(error.code, Code::OutcomeUnknown | Code::ParameterMismatch) => {
            Told::Unknown(error.record)
        }
        Err(error) => Told::Refused(error.code),
    }
}

/// The transport, with everything that goes over it noted.
struct Watched<'c> {
    caller: &'c Caller,
    log: &'c Log,
}

impl Fetch for Watched<'_> {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        let base = self.caller.client.config().environment.base_url();
        let path = request.url.strip_prefix(base).unwrap_or_default().to_owned();
        let line = format!("  {:<6} {} {path}", request.purpose.as_str(), request.method.as_str());
        self.caller.note(self.log, line);
        let came = self.caller.fetch.fetch(request).await;
        let line = match &came {
            Ok(response) => response.status.to_string(),
            Err(Failure { kind, sent, detail }) => {
                let sent = if *sent == Sent::No { "not sent" } else { "maybe sent" };
                format!("{}, {sent}: {detail}", kind.as_str())
            }
        };
        self.caller.note(self.log, format!("         → {line}"));
        came
    }
}
