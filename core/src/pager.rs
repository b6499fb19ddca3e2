//! Walks a list page by page (P1). Faces only loop: they call with the pager's parameters, show it the page, and take
//! the rows that it leaves. It never guesses: a list ends only when the API says so.

use crate::api;
use crate::code::Code;
use crate::error::ApiError;
use crate::json;
use crate::operation::Answer;
use core::ops::Range;
use serde_json::{Map, Value};

/// More rows than that are on no page: the API's own have 50.
pub(crate) const MOST_ROWS: usize = 1_000;

/// The walk through one list.
#[derive(Clone, Debug)]
pub struct Pager {
    operation: String,
    params: Map<String, Value>,
    /// The ids of the page before: a row that moved onto the next page meanwhile is not shown twice.
    before: Vec<String>,
    /// A cursor of some pages ago, taken anew at ever longer intervals: pages that lead in a circle come back to it.
    mark: String,
    /// How many pages there were since, and how many there are until the next.
    since: (u64, u64),
    ended: bool,
}

/// What a page leaves after rows that were shown already are taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Where each row stands in the text of the page's `data`.
    pub rows: Vec<Range<usize>>,
    /// Whether another page follows.
    pub more: bool,
}

impl Pager {
    /// Begins with the parameters of the list operation; `starting_after` among them resumes after that row.
    #[must_use]
    pub fn new(operation: &str, params: Map<String, Value>) -> Self {
        Self {
            operation: operation.to_owned(),
            params,
            before: Vec::new(),
            mark: String::new(),
            since: (0, 1),
            ended: false,
        }
    }

    /// The parameters of the next page; `None`: the list has ended.
    #[must_use]
    pub fn next(&self) -> Option<&Map<String, Value>> {
        (!self.ended).then_some(&self.params)
    }

    /// The id of the last row that was shown: what a list is resumed from.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.params.get("starting_after").and_then(Value::as_str)
    }

    /// Takes in a page: the texts of its `data` and `meta`.
    ///
    /// # Errors
    /// `invalid_response`, naming the last good id, when the page cannot be trusted to lead on.
    pub fn read(&mut self, data: &str, meta: Option<&str>) -> Result<Rows, ApiError> {
        let rows = json::items(data).ok_or_else(|| self.wrong("the page is not a list"))?;
        if rows.len() > MOST_ROWS {
            return Err(self.wrong("the page has far more rows than the API puts on one"));
        }
        let pages = api::find(&self.operation).is_none_or(|operation| operation.answer == Answer::Page);
        let more = match meta {
            // A list that has no pages comes whole.
            None if !pages => false,
            _ => meta
                .and_then(json::members)
                .and_then(|meta| json::truth(json::member(&meta, "has_more")?))
                .ok_or_else(|| self.wrong("the page does not say whether more follow"))?,
        };
        let id = |row: &&str| Some(json::string(json::member(&json::members(row)?, "id")?)?.into_owned());
        let ids: Vec<Option<String>> = rows.iter().map(id).collect();
        if more {
            let last = match ids.last() {
                None => return Err(self.wrong("an empty page says that more rows follow")),
                Some(None) => return Err(self.wrong("the last row of a page has no id to go on from")),
                Some(Some(last)) => last.clone(),
            };
            if self.last_id() == Some(last.as_str()) {
                return Err(self.wrong("a page ends where the page before ended"));
            }
            if self.mark == last {
                return Err(self.wrong("a page ends where an earlier one ended"));
            }
            let (walked, until) = self.since;
            self.since = (walked.saturating_add(1), until);
            if walked >= until {
                self.mark.clone_from(&last);
                self.since = (0, until.saturating_mul(2));
            }
            self.params.insert("starting_after".into(), last.into());
        } else if let Some(Some(last)) = ids.last() {
            self.params.insert("starting_after".into(), last.clone().into());
        }
        self.ended = !more;
        let base = data.as_ptr() as usize;
        let shown = rows
            .iter()
            .zip(&ids)
            .filter(|(_, id)| id.as_ref().is_none_or(|id| !self.before.contains(id)))
            .map(|(row, _)| {
                let start = (row.as_ptr() as usize).saturating_sub(base);
                start..start.saturating_add(row.len())
            })
            .collect();
        self.before = ids.into_iter().flatten().collect();
        Ok(Rows { rows: shown, more })
    }

    fn wrong(&self, what: &str) -> ApiError {
        let after = match self.last_id() {
            Some(id) => [what, "; the last good row is ", id].concat(),
            None => what.to_owned(),
        };
        let mut error = ApiError::new(
            Code::InvalidResponse,
            &self.operation,
            after,
            "the rows so far are good: resume with starting_after set to the last good id",
        );
        error.existing_id = self.last_id().map(str::to_owned);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], more: bool) -> (String, String) {
        let rows: Vec<Value> = ids.iter().map(|id| serde_json::json!({ "id": id })).collect();
        (Value::Array(rows).to_string(), serde_json::json!({"total": 9, "has_more": more}).to_string())
    }

    fn shown(pager: &mut Pager, ids: &[&str], more: bool) -> Result<usize, ApiError> {
        let (data, meta) = page(ids, more);
        pager.read(&data, Some(&meta)).map(|rows| rows.rows.len())
    }

    #[test]
    fn p1_a_page_with_twenty_times_as_many_rows_as_the_api_sends_is_refused() {
        let mut pager = Pager::new("invoices.list", Map::new());
        let ids: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(shown(&mut pager, &ids, true).unwrap_err().code, Code::InvalidResponse);
        assert_eq!(shown(&mut pager, &ids[..1_000], true).unwrap(), 1_000);
    }

    #[test]
    fn a_list_goes_on_from_its_last_row_and_ends_only_when_told() {
        let mut pager = Pager::new("invoices.list", Map::new());
        assert_eq!(shown(&mut pager, &["a", "b"], true).unwrap(), 2);
        assert_eq!(pager.next().unwrap().get("starting_after").unwrap(), "b");
        assert_eq!(shown(&mut pager, &[], false).unwrap(), 0);
        assert!(pager.next().is_none());
    }

    #[test]
    fn a_row_that_moved_onto_the_next_page_is_shown_once() {
        let mut pager = Pager::new("invoices.list", Map::new());
        shown(&mut pager, &["a", "b"], true).unwrap();
        assert_eq!(shown(&mut pager, &["b", "c"], false).unwrap(), 1);
    }

    #[test]
    fn a_page_that_does_not_lead_on_is_an_error_with_the_last_good_id() {
        for ids in [&[][..], &["a", "b"], &["b"]] {
            let mut pager = Pager::new("invoices.list", Map::new());
            shown(&mut pager, &["a", "b"], true).unwrap();
            let error = shown(&mut pager, ids, true).unwrap_err();
            assert_eq!(
                (error.code, error.existing_id.as_deref()),
                (Code::InvalidResponse, Some("b")),
                "{ids:?}"
            );
            assert_eq!(pager.last_id(), Some("b"));
        }
    }

    #[test]
    fn a_first_page_that_ends_at_the_row_it_was_to_begin_after_is_an_error() {
        let after = serde_json::json!({"starting_after": "b"}).as_object().cloned().unwrap();
        let error = shown(&mut Pager::new("invoices.list", after), &["a", "b"], true).unwrap_err();
        assert_eq!((error.code, error.existing_id.as_deref()), (Code::InvalidResponse, Some("b")));
    }

    #[test]
    fn pages_that_lead_in_a_circle_are_an_error_and_not_a_list_without_end() {
        for circle in [2_u32, 3, 7] {
            let mut pager = Pager::new("invoices.list", Map::new());
            let pages = (0..100).map(|page| shown(&mut pager, &[&format!("id-{}", page % circle)], true));
            let walked = pages.take_while(Result::is_ok).count();
            assert!(walked < 40, "{circle}: {walked}");
        }
        let mut long = Pager::new("invoices.list", Map::new());
        assert!((0..1_000).all(|page| shown(&mut long, &[&format!("id-{page}")], true).is_ok()));
    }

    #[test]
    fn a_page_without_its_meta_or_without_ids_is_told_apart() {
        let mut pager = Pager::new("invoices.list", Map::new());
        assert!(pager.read("[{}]", Some("{\"has_more\":true}")).is_err());
        assert!(pager.read("[{}]", Some("{}")).is_err());
        assert!(pager.read("{}", None).is_err());
        assert!(pager.read("[{\"id\":\"a\"}]", None).is_err());
        let whole = Pager::new("invoices.list_refunds", Map::new()).read("[{\"id\":\"a\"},{}]", None);
        assert_eq!(whole.unwrap().rows.len(), 2);
    }
}
