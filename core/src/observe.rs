//! What an observer is told after every step: enough to log and to count, nothing that must stay secret.

use crate::json::Object;
use crate::step::Step;

/// One step of a call, as observers see it. Holds no body, no header and no secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The operation, `invoices.create`.
    pub operation: &'static str,
    /// The call's `custom_id`, a generated one included, before the first send.
    pub custom_id: Option<String>,
    /// What the call does next: `fetch`, `sleep`, `permit` or `done`.
    pub step: &'static str,
    /// For `fetch`: what for. For `sleep`: the reason. For `done`: `ok` or the error's code.
    pub detail: &'static str,
    /// For `sleep`: how long, in ms.
    pub wait_ms: Option<u64>,
    /// How often the operation was sent so far.
    pub sends: u32,
    /// How many rounds of looks there were so far.
    pub looks: u32,
    /// What was read from the response that led to this step, if one did.
    pub read: Option<ReadSeen>,
}

/// What was read from a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadSeen {
    /// Its status.
    pub status: u16,
    /// Its request id.
    pub request_id: Option<String>,
    /// Server time minus the host's, in ms, where the response had a usable `Date`.
    pub clock_offset_ms: Option<i64>,
    /// How many requests the rate limit still allows now; `None` without a limit of the client's own.
    pub places_left: Option<u32>,
}

impl Seen {
    pub(crate) fn of(
        operation: &'static str,
        custom_id: Option<&str>,
        step: &Step,
        sends: u32,
        looks: u32,
        read: Option<ReadSeen>,
    ) -> Self {
        let (word, detail, wait_ms) = match step {
            Step::Fetch(request) => ("fetch", request.purpose.as_str(), None),
            Step::Sleep { ms, reason } => ("sleep", reason.as_str(), Some(*ms)),
            Step::Permit { priority, .. } => ("permit", priority.as_str(), None),
            Step::Done(result) => match result.as_ref() {
                Ok(_) => ("done", "ok", None),
                Err(error) => ("done", error.code.as_str(), None),
            },
        };
        Self {
            operation,
            custom_id: custom_id.map(str::to_owned),
            step: word,
            detail,
            wait_ms,
            sends,
            looks,
            read,
        }
    }

    /// The same as JSON text, for the border of the bindings; members in the order of their names.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut seen = Object::new();
        seen.text_or_null("custom_id", self.custom_id.as_deref());
        seen.text("detail", self.detail);
        seen.number("looks", self.looks.into());
        seen.text("operation", self.operation);
        match &self.read {
            Some(told) => seen.json("read", &read(told)),
            None => seen.json("read", "null"),
        }
        seen.number("sends", self.sends.into());
        seen.text("step", self.step);
        seen.number_or_null("wait_ms", self.wait_ms);
        seen.end()
    }
}

fn read(read: &ReadSeen) -> String {
    let mut wire = Object::new();
    wire.signed_or_null("clock_offset_ms", read.clock_offset_ms);
    wire.number_or_null("places_left", read.places_left.map(u64::from));
    wire.text_or_null("request_id", read.request_id.as_deref());
    wire.number("status", read.status.into());
    wire.end()
}
