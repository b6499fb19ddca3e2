//! Replays one recorded exchange: the request is built anew from operation and parameters, the answer read into the model and
//! written back.

use crate::recorded::{operation, without_nulls};
use crate::wire::{NOTHING, advance};
use anyhow::{Context, Result, anyhow, bail};
use cryptopay_core::api;
use cryptopay_core::call::options::Options;
use cryptopay_core::client::Client;
use cryptopay_core::config::Config;
use cryptopay_core::date::parse_http_date;
use cryptopay_core::event::{Event, Moment};
use cryptopay_core::http::{Purpose, Request, Response};
use cryptopay_core::operation::Operation;
use cryptopay_core::step::Step;
use serde_json::{Value, json};

/// The headers that the API needs, beside the signature, which was masked.
const NEEDED: [&str; 2] = ["content-type", "date"];

/// The id that a create of money gets here: the client does not send one without (W3), most of the recorded ones have none.
const OWN_ID: &str = "recorded";
/// A time as it was recorded once, and as the client writes it.
const LOOSE_TIME: (&str, &str) = (" UTC", "+00:00");

/// How a rebuilt exchange differs from the recorded one.
///
/// # Errors
/// When the client does not have the operation, or the call ends another way than with the recorded answer.
pub fn replay(exchange: &Value) -> Result<Vec<String>> {
    let text =
        |place: &str| exchange.pointer(place).and_then(Value::as_str).with_context(|| format!("no {place}"));
    let (path_and_query, date) = (text("/request/path_and_query")?, text("/request/headers/date")?);
    let mut body: Value = text("/request/body").map_or(Ok(Value::Null), serde_json::from_str)?;
    let (operation, mut params) = operation(text("/request/method")?, path_and_query)?;
    explained(operation, &mut body);
    params.extend(body.as_object().cloned().unwrap_or_default());

    let config = json!({"environment": "sandbox", "api_key": "key", "api_secret": "secret"});
    let client = Client::new(Config::from_json(&config)?)?;
    let unix_ms = parse_http_date(date).context("no date")?;
    let at = Moment { unix_ms, tick_ms: 0 };
    // Most of what was recorded had no id of its own.
    let generated_custom_id = operation.takes("custom_id").then_some(false);
    let options = Options { generated_custom_id, ..Options::default() };
    let (mut call, mut step) = client.begin(at, operation.name, params, &options, [0; 16]);
    let request = loop {
        match step {
            Step::Fetch(request) if request.purpose == Purpose::Before => {
                let read = Response { status: 200, headers: Vec::new(), body: NOTHING.to_vec() };
                step = advance(&mut call, at, Event::Response(read))?;
            }
            Step::Fetch(request) => break request,
            Step::Done(ended) => bail!("not sent: {:?}", ended.err().map(|error| error.to_string())),
            _ => bail!("it waits before its request"),
        }
    };
    let mut found = compared(exchange, &request, &body)?;

    let status =
        exchange.pointer("/response/status").and_then(Value::as_u64).context("no status")?.try_into()?;
    let headers = exchange.pointer("/response/headers").and_then(Value::as_object).into_iter().flatten();
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    let recorded = text("/response/body")?;
    let answer = Response { status, headers, body: recorded.as_bytes().to_vec() };
    let Step::Done(ended) = advance(&mut call, at, Event::Response(answer))? else {
        bail!("the answer is no end")
    };
    let outcome = ended.map_err(|error| anyhow!("{error}"))?;
    if outcome.status != operation.status {
        found.push(format!("the status is {}, the table says {}", outcome.status, operation.status));
    }
    let data = outcome.data().context("no data")?;
    let written = api::rewrite(operation.name, data).context("no model")??;
    let recorded: Value = serde_json::from_str(recorded)?;
    let recorded = without_nulls(recorded.get("data").context("no data")?);
    let written = without_nulls(&serde_json::from_str(&written)?);
    if recorded != written {
        found.push(format!("the answer {recorded} was written back as {written}"));
    }
    Ok(found)
}

/// What the client says in another way on purpose, and tells; everything else must be as it was recorded.
fn explained(operation: &Operation, body: &mut Value) {
    let forced = body.get("force_commit") == Some(&Value::Bool(true));
    let moves = operation.name == "coin_withdrawals.create"
        || (operation.name == "exchange_transfers.create" && forced);
    let Some(members) = body.as_object_mut() else { return };
    if moves && !members.contains_key("custom_id") {
        println!("{}: sent with a custom_id, which the client insists on where money moves", operation.name);
        members.insert("custom_id".into(), OWN_ID.into());
    }
    if let Some(time) =
        members.get("starts_at").and_then(Value::as_str).and_then(|text| text.strip_suffix(LOOSE_TIME.0))
    {
        println!("{}: starts_at sent as RFC 3339, as the API documents it", operation.name);
        let time = time.replacen(' ', "T", 1) + LOOSE_TIME.1;
        members.insert("starts_at".into(), time.into());
    }
}

fn compared(exchange: &Value, request: &Request, body: &Value) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut same = |what: &str, recorded: &str, built: &str| {
        if recorded != built {
            found.push(format!("{what}: recorded {recorded}, built {built}"));
        }
    };
    let part = |place: &str| exchange.pointer(place).and_then(Value::as_str).unwrap_or_default();
    same("method", part("/request/method"), request.method.as_str());
    let (_, path) = request.url.split_once("cryptopay.me").context("another host")?;
    same("path and query", part("/request/path_and_query"), path);
    let header = |name: &str| {
        let found = request.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    for name in NEEDED {
        same(name, part(&format!("/request/headers/{name}")), header(name));
    }
    let signed = |value: &str| value.starts_with("HMAC ") && value.len() > 28;
    if !signed(part("/request/headers/authorization")) || !signed(header("authorization")) {
        found.push("authorization: not signed".into());
    }
    let built: Value = request.body.as_deref().map_or(Ok(Value::Null), serde_json::from_slice)?;
    if *body != built {
        found.push(format!("body: recorded {body}, built {built}"));
    }
    Ok(found)
}
