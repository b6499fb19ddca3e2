//! One page of a list: fifty rows after `starting_after`, newest first, with `meta {total, has_more}`.
//!
//! Which rows belong to a list is decided by its resource.

use serde_json::{Value, json};

use crate::answer::{Answer, Incoming, is_uuid};
use crate::refusal::{Detail, Refusal};

/// Rows of a full page; the API has no parameter for it.
pub(crate) const SIZE: usize = 50;

/// What `starting_after` may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// A UUID, else 422 `must_be_uuid`.
    Uuid,
    /// Any text: customers choose their ids themselves.
    Free,
}

/// Cuts the page that the request asks for out of `rows`; `total` counts all of them.
pub(crate) fn page<'a, T>(
    incoming: &Incoming,
    cursor: Cursor,
    rows: impl Iterator<Item = (&'a str, T)>,
    render: impl Fn(T) -> Value,
) -> Result<Answer, Refusal> {
    let after = incoming.query_text("starting_after");
    if let Some(after) = after
        && cursor == Cursor::Uuid
        && !is_uuid(after)
    {
        return Err(Detail::must_be_uuid("starting_after").into());
    }
    let (mut reached, mut total, mut has_more) = (after.is_none(), 0_u64, false);
    let mut data = Vec::new();
    for (id, row) in rows {
        total += 1;
        if !reached {
            reached = after == Some(id);
        } else if data.len() < SIZE {
            data.push(render(row));
        } else {
            has_more = true;
        }
    }
    if !reached {
        return Err(
            Detail::new("must_exist", "starting_after", "must be the id of a row of this list").into()
        );
    }
    let meta = json!({"total": total, "has_more": has_more});
    Ok(Answer { status: 200, data: Value::Array(data), meta: Some(meta) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(count: usize, after: Option<&str>) -> Result<Answer, Refusal> {
        let ids: Vec<String> = (0..count).map(|n| format!("00000000-0000-4000-8000-{n:012}")).collect();
        let query = after.map(|after| ("starting_after".to_owned(), after.to_owned())).into_iter().collect();
        let incoming = Incoming {
            operation: "invoices.list",
            path: vec![],
            query,
            body: Default::default(),
            as_of_ms: None,
        };
        page(&incoming, Cursor::Uuid, ids.iter().map(|id| (id.as_str(), id)), |id| json!(id))
    }

    #[test]
    fn a_page_has_at_most_fifty_rows_and_says_whether_more_follow() {
        for (count, rows, more) in [(0, 0, false), (1, 1, false), (50, 50, false), (51, 50, true)] {
            let answer = list(count, None).unwrap();
            assert_eq!(answer.data.as_array().unwrap().len(), rows);
            assert_eq!(answer.meta, Some(json!({"total": count, "has_more": more})));
        }
    }

    #[test]
    fn the_next_page_starts_after_the_last_row_and_counts_all() {
        let answer = list(51, Some("00000000-0000-4000-8000-000000000049")).unwrap();
        assert_eq!(answer.data, json!(["00000000-0000-4000-8000-000000000050"]));
        assert_eq!(answer.meta, Some(json!({"total": 51, "has_more": false})));
        let empty = list(51, Some("00000000-0000-4000-8000-000000000050")).unwrap();
        assert_eq!(empty.data, json!([]));
    }

    #[test]
    fn a_cursor_must_be_a_uuid_of_the_list() {
        assert_eq!(list(3, Some("nonsense")).unwrap_err().details[0].code, "must_be_uuid");
        assert_eq!(list(3, Some("cfc93c44-fef3-4ccc-ac8f-090f8e702006")).unwrap_err().status, 422);
    }
}
