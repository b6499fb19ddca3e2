//! Which read of a look comes next, and what is in its path.

use super::{AGE_TOLERANCE_MS, Asked, Lookup, Round, SETTLED_MS};
use crate::date::format_rfc3339;
use crate::operation::{Look, Operation};
use serde_json::{Map, Value};

impl Lookup {
    /// The next read of the round: an operation and its parameters.
    pub(crate) fn read(&self, asked: &Asked<'_>) -> (&'static Operation, Map<String, Value>) {
        match (&self.round, asked.look) {
            (Round::First, Look::ByCustomId { read, .. }) => {
                (read, one("custom_id", asked.custom_id.unwrap_or_default()))
            }
            (Round::First, look) => match first_read(look) {
                Some(read) => (read, path_of(read, asked)),
                None => self.rows(asked, None),
            },
            (Round::Rows { after, .. }, _) => self.rows(asked, after.as_deref()),
            (Round::Behind { candidates, .. }, look) => {
                behind(look, asked, candidates.last().map_or("", String::as_str))
            }
            (Round::Itself { id }, look) => behind(look, asked, id),
        }
    }

    fn rows(&self, asked: &Asked<'_>, after: Option<&str>) -> (&'static Operation, Map<String, Value>) {
        let (ledger, reference_type) = match asked.look {
            Look::State { ledger, reference_type, .. }
            | Look::LedgerRow { ledger, reference_type, .. }
            | Look::Ledger { ledger, reference_type, .. } => (*ledger, *reference_type),
            Look::ByCustomId { read, .. } | Look::ById { read, .. } | Look::Quote { read, .. } => (*read, ""),
            Look::NewIn { list, .. } => (*list, ""),
        };
        let mut params = one("reference_type", reference_type);
        let from = match asked.look {
            Look::Ledger { .. } => asked.earliest_send.map(|sent| sent.saturating_sub(asked.tolerance)),
            Look::State { .. } => self.created.map(|created| created.saturating_sub(AGE_TOLERANCE_MS)),
            _ => None,
        };
        if let Some(from) = from {
            params.insert("created_at_from".into(), format_rfc3339(from).into());
        }
        // What came later is not ours: the server would have refused it. Twice the time, because a row may be late.
        if let (Look::Ledger { .. }, Some(_), Some(signed)) = (asked.look, from, asked.resolving_since) {
            let last = signed.saturating_add(2 * SETTLED_MS);
            params.insert("created_at_to".into(), format_rfc3339(last).into());
        }
        if let Some(id) = after {
            params.insert("starting_after".into(), id.into());
        }
        (ledger, params)
    }
}

fn first_read(look: &Look) -> Option<&'static Operation> {
    match look {
        Look::ByCustomId { read, .. }
        | Look::ById { read, .. }
        | Look::State { read, .. }
        | Look::Quote { read, .. } => Some(read),
        Look::NewIn { list, .. } => Some(list),
        Look::LedgerRow { .. } | Look::Ledger { .. } => None,
    }
}

/// The read of the object behind a ledger row.
fn behind(look: &Look, asked: &Asked<'_>, id: &str) -> (&'static Operation, Map<String, Value>) {
    let read = match look {
        Look::ByCustomId { read, .. }
        | Look::ById { read, .. }
        | Look::State { read, .. }
        | Look::Quote { read, .. }
        | Look::LedgerRow { read, .. }
        | Look::Ledger { read, .. } => *read,
        Look::NewIn { list, .. } => *list,
    };
    let name = read.path_fields.last().map_or("id", |field| field.name);
    let mut params = path_of(read, asked);
    params.insert(name.into(), id.into());
    (read, params)
}

/// The id that the first read names.
pub(super) fn id_read_by<'c>(look: &Look, asked: &Asked<'c>) -> Option<&'c str> {
    in_path(first_read(look)?.path_fields.last()?.name, asked)?.as_str()
}

/// The path parameters of a read, taken from the write's parameters; a customer's read takes the write's `id`.
fn path_of(read: &Operation, asked: &Asked<'_>) -> Map<String, Value> {
    let mut params = Map::new();
    for field in read.path_fields {
        if let Some(value) = in_path(field.name, asked) {
            params.insert(field.name.to_owned(), value.clone());
        }
    }
    params
}

fn in_path<'c>(name: &str, asked: &Asked<'c>) -> Option<&'c Value> {
    asked.params.get(name).or_else(|| asked.params.get("id"))
}

fn one(name: &str, value: &str) -> Map<String, Value> {
    let mut params = Map::new();
    params.insert(name.to_owned(), value.into());
    params
}
