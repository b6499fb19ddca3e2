//! Handling a callback once only (rule B3): who handles a key claims it for a while, then completes or releases it. Answer 200
//! after `complete` or when it is done already, 503 while it is in progress, 500 after `release`. A lease that lapses frees
//! the key, so that a handler that died does not lose the event; it should be longer than the slowest handler. Who is slower
//! than the lease releases nothing: the key may be another's by then. The crate's `docs/callback-store.md` has a store on
//! PostgreSQL.

use core::future::Future;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How long a completed key is kept, in ms: 8 days. The API's repetitions may add up to 6.5 (API, "Callbacks").
pub const KEEP_MS: u64 = 8 * 24 * 3600 * 1000;

/// What a claim found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is now the caller's, until its lease ends.
    New,
    /// Another caller has it.
    InProgress,
    /// It was handled before.
    Done,
}

/// Where keys of handled callbacks are kept; several processes share one. Every method is atomic. A row that is only unique, or
/// a key that only expires, is not enough: `docs/callback-store.md` in the crate says why, and has a store on PostgreSQL.
pub trait Store {
    /// Why the store cannot be reached; the callback is then answered with 500 and comes again.
    type Error;

    /// Claims a key for `lease_ms`.
    fn claim(&self, key: &str, lease_ms: u64) -> impl Future<Output = Result<Claim, Self::Error>> + Send;
    /// The key was handled: keep it for at least [`KEEP_MS`].
    fn complete(&self, key: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// The handler failed within its lease: the key is free again. A completed key stays completed.
    fn release(&self, key: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A store for one process, lost with it; what several processes share is in the crate's `docs/callback-store.md`. `Now` tells
/// the time in Unix milliseconds.
pub struct MemoryStore<Now> {
    now: Now,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: BTreeMap<String, Entry>,
    /// The size at which lapsed entries are swept out.
    sweep_at: usize,
}

struct Entry {
    done: bool,
    until_ms: u64,
}

impl<Now: Fn() -> u64> MemoryStore<Now> {
    /// An empty store that asks `now` for the time in Unix milliseconds.
    pub fn new(now: Now) -> Self {
        Self { now, entries: Mutex::default() }
    }

    /// A thread that panicked cannot have left an entry half written.
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn claim(&mut self, now_ms: u64, key: &str, lease_ms: u64) -> Claim {
        match self.by_key.get(key).filter(|entry| now_ms < entry.until_ms) {
            Some(entry) if entry.done => Claim::Done,
            Some(_) => Claim::InProgress,
            None => {
                self.put(now_ms, key, false, lease_ms);
                Claim::New
            }
        }
    }

    fn put(&mut self, now_ms: u64, key: &str, done: bool, for_ms: u64) {
        if self.by_key.len() >= self.sweep_at {
            self.by_key.retain(|_, entry| now_ms < entry.until_ms);
            self.sweep_at = (self.by_key.len() * 2).max(1024);
        }
        self.by_key.insert(key.to_owned(), Entry { done, until_ms: now_ms.saturating_add(for_ms) });
    }
}

impl<Now: Fn() -> u64 + Sync> Store for MemoryStore<Now> {
    type Error = core::convert::Infallible;

    async fn claim(&self, key: &str, lease_ms: u64) -> Result<Claim, Self::Error> {
        Ok(self.entries().claim((self.now)(), key, lease_ms))
    }

    async fn complete(&self, key: &str) -> Result<(), Self::Error> {
        self.entries().put((self.now)(), key, true, KEEP_MS);
        Ok(())
    }

    async fn release(&self, key: &str) -> Result<(), Self::Error> {
        let entries = &mut self.entries().by_key;
        if entries.get(key).is_some_and(|entry| !entry.done) {
            entries.remove(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[tokio::test]
    async fn a_key_is_handled_once() {
        let clock = AtomicU64::new(1000);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::New));
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::InProgress));
        assert_eq!(store.claim("other", 30_000).await, Ok(Claim::New));
        store.complete("k").await.unwrap();
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::Done));
        store.release("k").await.unwrap();
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::Done), "a late release undoes nothing");
        clock.fetch_add(8 * 86_400_000 - 1, Relaxed);
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::Done), "kept for 8 days");
    }

    #[tokio::test]
    async fn a_failed_or_dead_handler_frees_the_key() {
        let clock = AtomicU64::new(0);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::New));
        store.release("k").await.unwrap();
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::New));
        clock.store(29_999, Relaxed);
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::InProgress));
        clock.store(30_000, Relaxed);
        assert_eq!(store.claim("k", 30_000).await, Ok(Claim::New));
    }

    #[tokio::test]
    async fn however_many_come_what_was_handled_stays_handled() {
        let clock = AtomicU64::new(0);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        store.complete("paid").await.unwrap();
        assert_eq!(store.claim("running", KEEP_MS).await, Ok(Claim::New));
        for key in 0..10_000_u64 {
            clock.store(key, Relaxed);
            assert_eq!(store.claim(&key.to_string(), 1).await, Ok(Claim::New));
        }
        assert_eq!(store.claim("paid", 1).await, Ok(Claim::Done));
        assert_eq!(store.claim("running", 1).await, Ok(Claim::InProgress));
    }

    #[tokio::test]
    async fn a_lapsed_key_is_swept_out_in_the_moment_in_which_it_is_free() {
        let clock = AtomicU64::new(0);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        for key in 0..1024 {
            assert_eq!(store.claim(&key.to_string(), 1000).await, Ok(Claim::New));
        }
        clock.store(1000, Relaxed);
        assert_eq!(store.claim("next", 1000).await, Ok(Claim::New));
        assert_eq!(store.entries().by_key.len(), 1);
    }

    #[tokio::test]
    async fn a_sweep_comes_only_after_as_many_new_keys_as_it_left() {
        let clock = AtomicU64::new(0);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        for key in 0..2000_u64 {
            // From the first sweep on every key has lapsed before the next comes, and waits for the second.
            assert_eq!(
                store.claim(&key.to_string(), if key < 1024 { KEEP_MS } else { 1 }).await,
                Ok(Claim::New)
            );
            clock.fetch_add(1, Relaxed);
        }
        assert_eq!(store.entries().by_key.len(), 2000);
    }

    #[tokio::test]
    async fn lapsed_keys_do_not_fill_the_memory() {
        let clock = AtomicU64::new(0);
        let store = MemoryStore::new(|| clock.load(Relaxed));
        for key in 0..10_000_u64 {
            clock.store(key * 10, Relaxed);
            assert_eq!(store.claim(&key.to_string(), 1000).await, Ok(Claim::New));
        }
        assert!(store.entries().by_key.len() <= 1024);
    }
}
