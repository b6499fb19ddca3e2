//! The vectors that need a call: the request of an operation, and the error that an answer becomes. The call gets the
//! same answer to everything it asks; what whole calls do is decided in transcripts.

use crate::answers::response;
use crate::vectors::Came;
use anyhow::{Context, Result, bail};
use cryptopay_core::border;
use cryptopay_core::call::Call;
use cryptopay_core::call::pending::Record;
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::event::{Event, Failure, FailureKind, Moment, Sent};
use cryptopay_core::http::{Purpose, Request, Response};
use cryptopay_core::sign::{CONTENT_TYPE, Signer};
use cryptopay_core::step::Step;
use serde_json::{Map, Value, json};

/// The time at which an `error` is made: 14 November 2023, 22:13:20 GMT.
const NOW_MS: u64 = 1_700_000_000_000;

/// A page that ends a list and holds nothing.
pub(crate) const NOTHING: &[u8] = br#"{"data":[],"meta":{"has_more":false}}"#;

fn begin(given: &Value, config: &Value, unix_ms: u64) -> Result<(Client, Call, Step)> {
    let client = Client::new(Config::from_json(config)?)?;
    let operation = given.get("operation").and_then(Value::as_str).context("no operation")?;
    let params = given.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
    let start = json!({"unix_ms": unix_ms, "tick_ms": 0, "entropy": "0".repeat(32), "params": params,
                       "options": given.get("options")});
    let (call, step) = border::begin(&client, operation, start.to_string().as_bytes());
    Ok((client, call, step))
}

/// The request of the operation itself; what is read before it finds nothing.
///
/// # Errors
/// When the case cannot be read.
pub fn request(given: &Value) -> Result<Came> {
    let part = |name: &str| given.get(name).cloned().unwrap_or_default();
    let config = json!({"environment": part("base_url"), "api_key": part("api_key"), "api_secret": part("api_secret")});
    let unix_ms = given.get("unix_ms").and_then(Value::as_u64).context("no unix_ms")?;
    let (client, mut call, mut step) = begin(given, &config, unix_ms)?;
    for _ in 0..3 {
        match step {
            Step::Fetch(request) if request.purpose == Purpose::Before => {
                let answer = Response { status: 200, headers: Vec::new(), body: NOTHING.to_vec() };
                step = advance(&mut call, Moment { unix_ms, tick_ms: 0 }, Event::Response(answer))?;
            }
            Step::Fetch(request) => return Ok(Ok(spelled(&client, &request)?)),
            Step::Done(ended) => match *ended {
                Err(error) => return Ok(Err(error.code.as_str().into())),
                Ok(_) => bail!("the call ended without a request"),
            },
            _ => bail!("the call waits before its request"),
        }
    }
    bail!("the call reads without end")
}

/// A request as the vectors say it. The bytes of a body are the sender's choice, so its signature is only compared with what
/// `sign` makes of them.
fn spelled(client: &Client, request: &Request) -> Result<Value> {
    let mut headers: Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.to_lowercase(), value.as_str().into())).collect();
    let header = |name: &str| headers.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (date, base) = (header("date"), client.config().environment.base_url().to_owned());
    let path = request.url.strip_prefix(&base).context("another host")?;
    let signer = Signer::new(&client.config().api_key, &client.config().api_secret)?;
    let signature = signer.sign(request.method, request.body.as_deref(), CONTENT_TYPE, &date, path);
    if header("authorization") != signer.authorization(&signature) {
        headers.insert("authorization".into(), Value::Null);
    }
    let body: Value = request.body.as_deref().map(serde_json::from_slice).transpose()?.unwrap_or_default();
    Ok(json!({"method": request.method.as_str(), "url": request.url, "headers": headers, "body": body}))
}

/// The error of a call that gets one answer, or one failure, to everything it asks.
///
/// # Errors
/// When the case cannot be read, or the call does not end with an error.
pub fn error(given: &Value) -> Result<Came> {
    let secret = given.get("api_secret").and_then(Value::as_str).unwrap_or("secret");
    let config = json!({"environment": "sandbox", "api_key": "key", "api_secret": secret, "max_retries": 0});
    let (_, mut call, mut step) = begin(given, &config, NOW_MS)?;
    let mut tick_ms = 0;
    for _ in 0..99 {
        let event = match step {
            Step::Fetch(_) => match given.get("failure") {
                Some(failure) => Event::Failed(failed(failure)?),
                None => Event::Response(response(given)?),
            },
            Step::Sleep { ms, .. } => {
                tick_ms += ms;
                Event::Woken
            }
            Step::Permit { .. } => Event::PermitFailed,
            Step::Done(ended) => {
                let Err(error) = &*ended else { bail!("the call succeeded") };
                let printed =
                    format!("{error}\n{error:?}\n{error:#?}\n{}", border::text(&Step::Done(ended.clone())));
                return Ok(Ok(
                    json!({"code": error.code.as_str(), "message": error.to_string(), "printed": printed}),
                ));
            }
        };
        step = advance(&mut call, Moment { unix_ms: NOW_MS + tick_ms, tick_ms }, event)?;
    }
    bail!("the call does not end")
}

/// A record as it is read back; what resolve cannot begin with is no record.
///
/// # Errors
/// Never, but for a client that cannot be made.
pub fn record(record: &Value) -> Result<Came> {
    let config = json!({"environment": "sandbox", "api_key": "key", "api_secret": "secret"});
    let client = Client::new(Config::from_json(&config)?)?;
    let start = json!({"unix_ms": NOW_MS, "tick_ms": 0, "entropy": "0".repeat(32), "params": record});
    if let (_, Step::Done(ended)) = border::resolve(&client, start.to_string().as_bytes())
        && let Err(error) = *ended
    {
        return Ok(Err(error.code.as_str().into()));
    }
    Ok(Record::from_json(record).map(|record| record.to_json()).map_err(|wrong| wrong.to_string()))
}

fn failed(failure: &Value) -> Result<Failure> {
    let text = |name: &str| failure.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Failure {
        kind: FailureKind::parse(text("kind")).context("no such kind of failure")?,
        sent: Sent::parse(text("sent")),
        detail: text("detail").into(),
    })
}

pub(crate) fn advance(call: &mut Call, at: Moment, event: Event) -> Result<Step> {
    call.advance(at, event).map_err(|misuse| anyhow::anyhow!("{misuse:?}"))
}
