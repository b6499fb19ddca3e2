//! The record of a write that may have been applied (W8): plain data without a secret, good for a database column,
//! enough for another process to find out how the write ended.

use super::decide::InDoubt;
use super::{Call, Phase, Waiting};
use crate::code::Code;
use crate::error::Cause;
use crate::event::Moment;
use crate::invalid::InvalidArgument;
use crate::json::{self, Object};
use crate::sign::account;
use serde_json::{Map, Value};

/// What the argument of `resolve` is called.
pub(crate) const RECORD: &str = "record";
/// What to do about a record of another API key.
const ANOTHER_ACCOUNT: &str = "was made with another API key: resolve it with a client of that account and environment; \
     if only the key was renewed, set its 'account' to null";
/// How long before its 20 minutes the API refuses a signed request at the latest, in ms: a send that is that far away is proven gone.
const SPARE_MS: u64 = 5 * 60_000;
/// What to do about a record that is damaged.
pub(crate) const AS_STORED: &str = ": pass it as it was stored";

/// What `resolve` takes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// The operation that was called.
    pub operation: String,
    /// Its parameters, a generated `custom_id` among them.
    pub params: Map<String, Value>,
    /// The `custom_id`, where the operation has one.
    pub custom_id: Option<String>,
    /// When the write was first sent, ms since 1970, by the server's clock if `server_time`, else by the host's.
    pub first_send_ms: u64,
    /// When it was last signed, ms since 1970, never before the `Date` that was signed. The server refuses it 15 minutes later. In a record
    /// that was kept in mid-call: until when it may still be signed, less 5 minutes.
    pub last_signed_ms: u64,
    /// Whether the server answered 202: it has the write in hand, so that finding nothing never proves anything (save of a quote).
    pub accepted: bool,
    /// Whose it is: 16 hex digits made of the API key. A client of another key would look in the wrong place. `None`: not known.
    pub account: Option<String>,
    /// Whether the host had seen the server's clock when it wrote these times down.
    pub server_time: bool,
    /// The ids that existed before the first send (ledger rows, refunds).
    pub seen: Vec<String>,
    /// For a commit: the quote it is of.
    pub quote: Option<Value>,
    /// What stopped the call.
    pub cause: Option<Cause>,
    /// How often it was sent.
    pub sends: u32,
    /// How many rounds of looks there were.
    pub looks: u32,
}

impl Record {
    /// The record as JSON, `{"v": 1, …}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::from_str(&self.to_text()).unwrap_or_default()
    }

    /// The record as JSON text, `{…, "v": 1}`: members in the order of their names.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut record = Object::new();
        record.truth("accepted", self.accepted);
        record.text_or_null("account", self.account.as_deref());
        match &self.cause {
            Some(told) => record.json("cause", &cause_text(told)),
            None => record.json("cause", "null"),
        }
        record.text_or_null("custom_id", self.custom_id.as_deref());
        record.number("first_send_ms", self.first_send_ms);
        record.number("last_signed_ms", self.last_signed_ms);
        record.number("looks", self.looks.into());
        record.text("operation", &self.operation);
        record.json("params", &json::object_text(&self.params));
        match &self.quote {
            Some(quote) => record.json("quote", &json::text_of(quote)),
            None => record.json("quote", "null"),
        }
        record.texts("seen", &self.seen);
        record.number("sends", self.sends.into());
        record.truth("server_time", self.server_time);
        record.number("v", 1);
        record.end()
    }

    /// The record in this JSON.
    ///
    /// # Errors
    /// Names the member that is missing or wrong, or says that the record is of a version that this core does not know.
    pub fn from_json(value: &Value) -> Result<Self, InvalidArgument> {
        let wrong = |message: &[&str]| InvalidArgument::new(RECORD, message.concat());
        let members = value.as_object().ok_or_else(|| wrong(&["must be a JSON object", AS_STORED]))?;
        if members.get("v").and_then(Value::as_u64) != Some(1) {
            return Err(wrong(&[
                "is not a record, or one that another version of this client has to resolve: its 'v' is not 1",
            ]));
        }
        // Amounts are text, so the client made no such record, and what it meant exactly is lost. A quote is whatever was given.
        if !members.iter().all(|(name, member)| name == "quote" || is_exact(member)) {
            return Err(wrong(&["has a number that is not whole", AS_STORED]));
        }
        let text = |name: &str| {
            members
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| wrong(&["has no string '", name, "'", AS_STORED]))
        };
        let number = |name: &str| {
            members
                .get(name)
                .and_then(Value::as_u64)
                .ok_or_else(|| wrong(&["has no number '", name, "'", AS_STORED]))
        };
        let count = |name: &str| {
            members.get(name).and_then(Value::as_u64).and_then(|n| n.try_into().ok()).unwrap_or(0)
        };
        let truth = |name: &str| members.get(name).and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            operation: text("operation")?,
            params: members
                .get("params")
                .and_then(Value::as_object)
                .cloned()
                .ok_or_else(|| wrong(&["has no object 'params'", AS_STORED]))?,
            custom_id: members.get("custom_id").and_then(Value::as_str).map(str::to_owned),
            first_send_ms: number("first_send_ms")?,
            last_signed_ms: number("last_signed_ms")?,
            accepted: truth("accepted"),
            account: members.get("account").and_then(Value::as_str).map(str::to_owned),
            server_time: truth("server_time"),
            seen: members
                .get("seen")
                .and_then(Value::as_array)
                .map(|ids| ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default(),
            quote: members.get("quote").filter(|quote| !quote.is_null()).cloned(),
            cause: members.get("cause").and_then(cause),
            sends: count("sends"),
            looks: count("looks"),
        })
    }

    /// Whether a client of this API key may resolve it.
    pub(super) fn check(&self, api_key: &str) -> Result<(), (&'static str, &'static str)> {
        match &self.account {
            Some(own) if *own != account(api_key) => Err((RECORD, ANOTHER_ACCOUNT)),
            _ => Ok(()),
        }
    }
}

impl Call {
    /// The record that `resolve` takes, from the moment on when the write can have been applied (W4). A driver
    /// attaches it to its language's own cancellation.
    #[must_use]
    pub fn pending(&self) -> Option<Record> {
        if let Some(record) = &self.resolving {
            return Some((**record).clone());
        }
        let in_flight =
            matches!(self.waiting, Waiting::Answer(_)) && self.phase == Phase::Send && self.plan.writes();
        let mut record = self.record().filter(|_| self.in_doubt() || in_flight)?;
        if self.may_send_again() {
            // Whoever keeps it now keeps it although the call may send again until its end, signed by the clock as it is now.
            let signed = self.shared.lock().clock.now(self.now.unix_ms);
            // As long as no answer has shown the server's clock, the machine's own may be the right one.
            let own = if self.server.is_none() { self.now.unix_ms } else { 0 };
            let left = self.budget.deadline.saturating_sub(self.now.tick_ms);
            let end = self.happened(self.now).1.max(signed).max(own).saturating_add(left);
            record.last_signed_ms = record.last_signed_ms.max(end.saturating_sub(SPARE_MS));
        }
        Some(record)
    }

    /// Whether another send may follow: the last one that is allowed may still be waiting for its turn.
    fn may_send_again(&self) -> bool {
        match self.waiting {
            Waiting::Nothing => false,
            Waiting::Answer(_) => !self.facts.no_more_sends,
            Waiting::Permit | Waiting::Sleep { .. } => !self.facts.no_more_sends || self.phase == Phase::Send,
        }
    }

    /// Whether a send of this call, or one before it to which a commit's 409 points, may have been applied.
    pub(super) fn in_doubt(&self) -> bool {
        self.facts.doubt || (self.facts.taken && self.plan.row == InDoubt::Commit)
    }

    pub(super) fn record(&self) -> Option<Record> {
        let sent = self.sent?;
        let quote = self.plan.quote.clone().map(Value::Object);
        Some(Record {
            operation: self.plan.operation.name.into(),
            params: self.plan.params.clone(),
            custom_id: self.plan.custom_id.clone(),
            first_send_ms: self.happened(sent.first).0,
            // Signed ahead of the server's clock it stays acceptable for longer.
            last_signed_ms: self.happened(sent.last).1.max(sent.signed_ms),
            accepted: self.facts.accepted,
            account: Some(account(&self.shared.config.api_key)),
            server_time: self.server.is_some(),
            seen: self.lookup.seen.clone(),
            quote,
            cause: self.cause(),
            sends: self.trace.sends,
            looks: self.trace.looks,
        })
    }

    /// What the server's clock can have shown at a moment, as far as the call knows: the earliest and the latest. By the clock of the
    /// wall, which may have been put right since, and by the monotonic one, which may have stood still.
    pub(super) fn happened(&self, moment: Moment) -> (u64, u64) {
        let ticks = self.now.tick_ms.saturating_sub(moment.tick_ms);
        let (wall, counted) = (moment.unix_ms, self.now.unix_ms.saturating_sub(ticks));
        let (lowest, highest) = match (self.server, self.sent) {
            (Some(shown), Some(sent)) => shown.among(sent.offsets_ms.0..=sent.offsets_ms.1),
            (Some(shown), None) => (shown.lowest_ms, shown.highest_ms),
            // Where they were not refused for it, they were signed by about the server's clock.
            (None, Some(sent)) => sent.offsets_ms,
            (None, None) => (0, 0),
        };
        (wall.min(counted).saturating_add_signed(lowest), wall.max(counted).saturating_add_signed(highest))
    }

    /// Server time minus the host's, ms, as far as it is known.
    pub(super) fn offset_ms(&self) -> i64 {
        self.server.map_or(0, |shown| shown.offset_ms)
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        self.last_error.as_ref().map(|error| error.to_cause())
    }
}

/// Whether every number in it is whole.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_u64() || number.is_i64(),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn cause_text(cause: &Cause) -> String {
    let mut wire = Object::new();
    wire.text("code", cause.code.as_str());
    wire.text("message", &cause.message);
    wire.text_or_null("request_id", cause.request_id.as_deref());
    wire.number_or_null("status", cause.status.map(u64::from));
    wire.end()
}

fn cause(value: &Value) -> Option<Cause> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Cause {
        code: Code::parse(value.get("code")?.as_str()?)?,
        status: value.get("status").and_then(Value::as_u64).and_then(|status| status.try_into().ok()),
        request_id: text("request_id"),
        message: text("message").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
