//! Looking among rows: the ledger, and lists of one kind. A new row proves something only if it is the only one that
//! fits, and an object behind a row only if it is as asked for.

use super::{Asked, Lookup, Round};
use crate::call::decide::Told;
use crate::call::same::{Found, differing_strictly};
use crate::json::items;
use crate::operation::{Compared, Look};
use crate::pager::MOST_ROWS;
use crate::retry::SCAN_AT_MS;

impl Lookup {
    /// What the snapshot before the first send says (`by_ledger`, `by_listing`): keeps the ids, and tells whether
    /// this `custom_id` is already there.
    pub(crate) fn snapshot(&mut self, asked: &Asked<'_>, data: &str) -> Told {
        let Some(rows) = page_of(data) else { return Told::Refused };
        let id = if matches!(asked.look, Look::NewIn { .. }) { "id" } else { "reference_id" };
        for row in rows.iter().filter_map(|row| Found::parse(row)) {
            let Some(known) = row.text(id) else { continue };
            if asked.custom_id.is_some()
                && id == "reference_id"
                && row.text("custom_id").as_deref() == asked.custom_id
            {
                self.existing_id = Some(known);
                return Told::Taken;
            }
            self.seen.push(known);
        }
        Told::Done
    }

    /// One page of the ledger. `before` is the cursor that it was read with.
    pub(super) fn page(
        &mut self,
        asked: &Asked<'_>,
        data: &str,
        has_more: Option<bool>,
        mut candidates: Vec<String>,
        before: Option<&str>,
    ) -> Told {
        let Some(rows) = page_of(data) else { return Told::Refused };
        let own = own_id(asked);
        let mut last = None;
        for row in rows.iter().filter_map(|row| Found::parse(row)) {
            last = row.text("id");
            let Some(id) = row.text("reference_id") else { continue };
            match asked.look {
                Look::Ledger { .. } => {
                    let known =
                        [&self.seen, &self.rejected, &candidates].into_iter().any(|ids| ids.contains(&id));
                    if !known {
                        candidates.push(id);
                    }
                }
                _ if own.is_some_and(|own| own.eq_ignore_ascii_case(&id)) => {
                    self.round = Round::Itself { id };
                    return Told::More;
                }
                _ => {}
            }
        }
        // A page that does not say whether it is the last proves nothing either (P1).
        let Some(has_more) = has_more else { return Told::Refused };
        if has_more {
            // A page that does not lead on proves nothing.
            let Some(after) = last.filter(|last| Some(last.as_str()) != before) else { return Told::Refused };
            self.round = Round::Rows { after: Some(after), candidates };
            return Told::More;
        }
        match asked.look {
            Look::Ledger { .. } => {
                self.round = Round::Behind { candidates, ours: Vec::new() };
                self.behind_next(asked)
            }
            // The status said that nothing was committed unless a row says otherwise, and none does.
            Look::State { .. } if asked.resolving_since.is_none() => self.without(asked, Told::Other),
            _ => self.without(asked, self.absent(asked)),
        }
    }

    /// The next object behind a new row; after the last: exactly one of ours is proof, more than one is none.
    pub(super) fn behind_next(&mut self, asked: &Asked<'_>) -> Told {
        let Round::Behind { candidates, ours } = &self.round else { return Told::Refused };
        if !candidates.is_empty() {
            return Told::More;
        }
        match ours.as_slice() {
            [] => self.not_among_new(asked),
            [id] => {
                self.round = Round::Itself { id: id.clone() };
                Told::More
            }
            _ => Told::Refused,
        }
    }

    /// Exactly one row that was not there before, and it is as asked for.
    pub(super) fn new_row(&mut self, asked: &Asked<'_>, same: &[Compared], data: &str, at: usize) -> Told {
        let Some(rows) = page_of(data) else { return Told::Refused };
        let mut fresh = rows.iter().filter_map(|row| {
            let found = Found::parse(row)?;
            let id = found.text("id")?;
            (!self.seen.contains(&id)).then_some((id, found, *row))
        });
        match (fresh.next(), fresh.next()) {
            (None, _) => self.not_among_new(asked),
            (Some((id, found, text)), None) => {
                let differing = differing_strictly(asked.operation, same, asked.params, &found);
                if !differing.is_empty() && asked.resolving_since.is_none() {
                    return self.not_among_new(asked);
                }
                let start =
                    at.saturating_add((text.as_ptr() as usize).saturating_sub(data.as_ptr() as usize));
                self.data = Some(start..start.saturating_add(text.len()));
                self.existing_id = Some(id);
                self.differing = differing;
                // Whoever resolves is shown it: it may be what the write left, written in another way.
                if self.differing.is_empty() { Told::Same } else { Told::Other }
            }
            (Some(_), Some(_)) => Told::Refused,
        }
    }

    /// Nothing new is there that is ours: counts once the last of the scheduled looks has been made, and never against something
    /// that was met and could be ours (W8).
    fn not_among_new(&self, asked: &Asked<'_>) -> Told {
        let last = SCAN_AT_MS.last().copied().unwrap_or_default();
        match asked.resolving_since {
            Some(_) if self.doubtful() => Told::Refused,
            None if asked.now < asked.doubt_at.saturating_add(last) => Told::NotYet,
            _ => self.absent(asked),
        }
    }
}

/// The rows of a page. Each is compared with all that were seen: one that no API would send must not keep a client busy for minutes.
fn page_of(data: &str) -> Option<Vec<&str>> {
    items(data).filter(|rows| rows.len() <= MOST_ROWS)
}

/// The id that a commit commits.
fn own_id<'c>(asked: &Asked<'c>) -> Option<&'c str> {
    let name = asked.operation.path_fields.last()?.name;
    asked.params.get(name)?.as_str()
}
