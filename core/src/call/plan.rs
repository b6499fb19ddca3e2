//! What one call is to do, worked out once before anything is sent and never changed: the row of the table that
//! applies to these parameters, the request, the `custom_id` (W3).

use super::decide::InDoubt;
use super::options::Options;
use super::pending::{AS_STORED, RECORD, Record};
use super::same::has_amounts;
use crate::api;
use crate::error::ApiError;
use crate::http::Method;
use crate::invalid::InvalidArgument;
use crate::limiter::Priority;
use crate::operation::{Answer, Look, Operation, Safety};
use crate::request::{Prepared, prepare};
use serde_json::{Map, Value};

/// The plan of a call.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) operation: &'static Operation,
    pub(crate) params: Map<String, Value>,
    pub(crate) prepared: Prepared,
    pub(crate) custom_id: Option<String>,
    pub(crate) row: InDoubt,
    pub(crate) look: Option<&'static Look>,
    /// In doubt the write is not sent again, even if a look proves that nothing is there.
    pub(crate) once: bool,
    /// Whether `force_commit` was asked for.
    pub(crate) forced: bool,
    /// The quote that a commit commits.
    pub(crate) quote: Option<Map<String, Value>>,
}

impl Plan {
    /// Works out a new call.
    pub(crate) fn new(
        name: &str,
        mut params: Map<String, Value>,
        options: &Options,
        entropy: &[u8; 16],
    ) -> Result<Self, ApiError> {
        let Some(operation) = api::find(name) else {
            return Err(ApiError::invalid_argument(name, "operation", "there is no operation of this name"));
        };
        let wrong = |(field, message): (&str, &str)| ApiError::invalid_argument(name, field, message);
        let forced = params.get("force_commit") == Some(&Value::Bool(true));
        let safety = safety_of(operation, forced);
        options.check(operation.method == Method::Get, matches!(safety, Safety::Commit(_))).map_err(wrong)?;
        let custom_id = custom_id(operation, safety, &mut params, options, entropy).map_err(wrong)?;
        Self::of(operation, safety, params, custom_id, forced, options.quote.clone())
            .map_err(|wrong| ApiError::invalid_argument(name, &wrong.field, &wrong.message))
    }

    /// Works out how an earlier call is looked for.
    pub(crate) fn resolving(record: &Record) -> Result<Self, ApiError> {
        let name = record.operation.as_str();
        let Some(operation) = api::find(name) else {
            return Err(ApiError::invalid_argument(name, RECORD, "there is no operation of this name"));
        };
        let forced = record.params.get("force_commit") == Some(&Value::Bool(true));
        let safety = safety_of(operation, forced);
        let quote = record.quote.as_ref().and_then(Value::as_object).cloned();
        Self::of(operation, safety, record.params.clone(), record.custom_id.clone(), forced, quote).map_err(
            |wrong| {
                let message = ["its ", &wrong.field, " ", &wrong.message, AS_STORED].concat();
                ApiError::invalid_argument(name, RECORD, &message)
            },
        )
    }

    fn of(
        operation: &'static Operation,
        safety: &'static Safety,
        params: Map<String, Value>,
        custom_id: Option<String>,
        forced: bool,
        quote: Option<Map<String, Value>>,
    ) -> Result<Self, InvalidArgument> {
        let prepared = prepare(operation, &params)?;
        let (row, once) = match safety {
            Safety::Read | Safety::Quote => (InDoubt::Repeat, false),
            Safety::Idempotent(_) => (InDoubt::Settle, false),
            Safety::ByCustomId(_) | Safety::ByCustomIdOnce(_) | Safety::ByLedger(_)
                if custom_id.is_none() =>
            {
                (InDoubt::GiveUp, false)
            }
            Safety::ByCustomId(_) | Safety::ByOwnId(_) => (InDoubt::Find, false),
            Safety::ByCustomIdOnce(_) => (InDoubt::Find, true),
            Safety::Commit(_) => (InDoubt::Commit, false),
            Safety::ByLedger(_) | Safety::ByListing(_) => (InDoubt::Scan, false),
            Safety::Never => (InDoubt::GiveUp, false),
        };
        let look = safety.look();
        // A recalculation's commit can only be recognised by the amounts of its quote.
        let blind = match look {
            Some(Look::Quote { same, .. }) => !quote.as_ref().is_some_and(|quote| has_amounts(same, quote)),
            _ => false,
        };
        let look = look.filter(|_| row != InDoubt::GiveUp && !blind);
        Ok(Self { operation, params, prepared, custom_id, row, look, once, forced, quote })
    }

    /// A plan for a call that ends before it begins.
    pub(crate) fn nothing() -> Self {
        static NOTHING: Operation = Operation {
            name: "",
            method: Method::Get,
            path: "",
            path_fields: &[],
            query: None,
            body: None,
            status: 0,
            answer: Answer::Object,
            safety: Safety::Read,
            forced: None,
            #[cfg(feature = "describe")]
            doc: "",
            #[cfg(feature = "describe")]
            answer_model: &crate::schema::Model { name: "", fields: &[], one_of: &[], doc: "" },
        };
        Self {
            operation: &NOTHING,
            params: Map::new(),
            prepared: Prepared::default(),
            custom_id: None,
            row: InDoubt::Repeat,
            look: None,
            once: false,
            forced: false,
            quote: None,
        }
    }

    /// Whether the call is a write that can be in doubt.
    pub(crate) fn writes(&self) -> bool {
        self.row != InDoubt::Repeat
    }

    /// Whether what is sent makes a quote whose commit must follow soon (L2).
    pub(crate) fn two_step(&self) -> bool {
        self.operation.forced_by_parameter() && !self.forced
    }

    /// The id that a commit commits.
    pub(crate) fn commits(&self) -> Option<&str> {
        if self.row != InDoubt::Commit {
            return None;
        }
        self.params.get(self.operation.path_fields.last()?.name)?.as_str()
    }

    /// How urgent a send is (L3).
    pub(crate) fn send_priority(&self) -> Priority {
        match (self.row, self.operation.answer) {
            (InDoubt::Commit, _) => Priority::Urgent,
            (_, Answer::Page) if self.operation.query.is_some() => Priority::Page,
            _ if self.operation.method == Method::Get => Priority::Read,
            _ => Priority::Write,
        }
    }

    /// How urgent a look is (L3): money that moves must not be lost sight of.
    pub(crate) fn look_priority(&self) -> Priority {
        let moves_money =
            matches!(self.row, InDoubt::Commit | InDoubt::Scan) || self.operation.forced_by_parameter();
        if moves_money { Priority::Urgent } else { Priority::Read }
    }
}

/// The class of a call: `force_commit` may have one of its own.
fn safety_of(operation: &'static Operation, forced: bool) -> &'static Safety {
    operation.forced.as_ref().filter(|_| forced).unwrap_or(&operation.safety)
}

/// W3: the caller's `custom_id`, or one made of the call's entropy, which is put among the parameters.
fn custom_id(
    operation: &Operation,
    safety: &Safety,
    params: &mut Map<String, Value>,
    options: &Options,
    entropy: &[u8; 16],
) -> Result<Option<String>, (&'static str, &'static str)> {
    if !operation.takes("custom_id") {
        return match options.generated_custom_id {
            Some(_) => Err(("custom_id", "this operation has none to generate")),
            None => Ok(None),
        };
    }
    match params.get("custom_id") {
        Some(Value::String(own)) if own == "." || own == ".." => {
            return Err(("custom_id", "must not be \".\" or \"..\": no path could read it back"));
        }
        Some(Value::String(own)) => return Ok(Some(own.clone())),
        Some(Value::Null) | None => {}
        Some(_) => return Err(("custom_id", "must be a string")),
    }
    let moves_money = match safety {
        Safety::ByLedger(_) => true,
        Safety::ByCustomId(_) => operation.forced_by_parameter(),
        _ => false,
    };
    match options.generated_custom_id {
        None | Some(false) if moves_money => Err((
            "custom_id",
            "is required for a create that moves money: give one of your own and store it first, so that a lost answer can be \
             found again; or set the call's option that generates one",
        )),
        Some(false) => Ok(None),
        _ => {
            let made = hex(entropy);
            params.insert("custom_id".into(), made.clone().into());
            Ok(Some(made))
        }
    }
}

fn hex(bytes: &[u8; 16]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}
