//! One kind of object: by id, by `custom_id`, newest first, and as it was at an earlier moment.
//!
//! Old versions are kept for five minutes of sandbox time, so that reads can be made stale. What an object means
//! is decided by its resource.

use std::collections::{HashMap, VecDeque};

const KEPT_MS: u64 = 300_000;

/// All objects of one kind, in the order in which they were created.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    rows: Vec<Row<T>>,
    by_id: HashMap<String, usize>,
    by_custom_id: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Row<T> {
    id: String,
    created_ms: u64,
    last: T,
    /// Older versions with the moment at which each was replaced, oldest first.
    before: VecDeque<(u64, T)>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new(), by_custom_id: HashMap::new() }
    }
}

impl<T: Clone> Shelf<T> {
    /// Adds an object at a moment.
    pub(crate) fn add(&mut self, id: &str, custom_id: Option<&str>, object: T, now_ms: u64) {
        let index = self.rows.len();
        self.by_id.insert(id.to_owned(), index);
        if let Some(custom_id) = custom_id {
            self.by_custom_id.entry(custom_id.to_owned()).or_default().push(index);
        }
        self.rows.push(Row { id: id.to_owned(), created_ms: now_ms, last: object, before: VecDeque::new() });
    }

    /// The object as it is.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.seen(id, None)
    }

    /// The object as it was at `as_of` (`None`: now); absent if it did not exist then.
    pub(crate) fn seen(&self, id: &str, as_of: Option<u64>) -> Option<&T> {
        self.rows.get(*self.by_id.get(id)?)?.at(as_of)
    }

    /// Every object with this `custom_id`, newest first.
    pub(crate) fn with_custom_id<'a>(
        &'a self,
        custom_id: &str,
        as_of: Option<u64>,
    ) -> impl Iterator<Item = &'a T> {
        let indexes = self.by_custom_id.get(custom_id).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().rev().filter_map(move |index| self.rows.get(*index)?.at(as_of))
    }

    /// Changes an object and keeps the version before; `None` if there is no such object.
    pub(crate) fn change(&mut self, id: &str, now_ms: u64, change: impl FnOnce(&mut T)) -> Option<&T> {
        let row = self.rows.get_mut(*self.by_id.get(id)?)?;
        let before = row.last.clone();
        change(&mut row.last);
        row.before.push_back((now_ms, before));
        while row.before.front().is_some_and(|(replaced_ms, _)| replaced_ms.saturating_add(KEPT_MS) < now_ms)
        {
            row.before.pop_front();
        }
        Some(&row.last)
    }

    /// Ids and objects, newest first.
    pub(crate) fn newest_first(&self, as_of: Option<u64>) -> impl Iterator<Item = (&str, &T)> {
        self.rows.iter().rev().filter_map(move |row| Some((row.id.as_str(), row.at(as_of)?)))
    }
}

impl<T> Row<T> {
    fn at(&self, as_of: Option<u64>) -> Option<&T> {
        let Some(as_of) = as_of else { return Some(&self.last) };
        if self.created_ms > as_of {
            return None;
        }
        let earlier = self.before.iter().find(|(replaced_ms, _)| *replaced_ms > as_of);
        Some(earlier.map_or(&self.last, |(_, version)| version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_read_sees_the_version_of_that_moment_or_nothing() {
        let mut shelf = Shelf::default();
        shelf.add("a", Some("A"), 1, 100);
        shelf.change("a", 200, |value| *value = 2);
        shelf.change("a", 300, |value| *value = 3);
        let at = |as_of| shelf.seen("a", Some(as_of)).copied();
        assert_eq!(
            [at(99), at(100), at(199), at(200), at(299), at(300)],
            [None, Some(1), Some(1), Some(2), Some(2), Some(3)]
        );
        assert_eq!(shelf.with_custom_id("A", Some(99)).count(), 0);
        assert_eq!(shelf.newest_first(Some(250)).collect::<Vec<_>>(), [("a", &2)]);
    }

    #[test]
    fn versions_older_than_five_minutes_are_dropped() {
        let mut shelf = Shelf::default();
        shelf.add("a", None, 1, 0);
        shelf.change("a", 1, |value| *value = 2);
        shelf.change("a", 300_002, |value| *value = 3);
        assert_eq!(shelf.seen("a", Some(0)), Some(&2));
    }

    #[test]
    fn the_newest_comes_first_and_a_custom_id_may_be_shared() {
        let mut shelf = Shelf::default();
        shelf.add("a", Some("X"), 1, 0);
        shelf.add("b", Some("X"), 2, 0);
        assert_eq!(shelf.with_custom_id("X", None).collect::<Vec<_>>(), [&2, &1]);
        assert_eq!(shelf.newest_first(None).map(|(id, _)| id).collect::<Vec<_>>(), ["b", "a"]);
        assert!(shelf.change("c", 0, |_| ()).is_none());
    }
}
