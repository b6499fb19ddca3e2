"""Where the keys of handled callbacks are kept. Several processes share one: a row with key, done and until. A row that
is only unique, or a key that only expires, is not enough: `core/docs/callback-store.md` in the repository says why, and
has a store on PostgreSQL. A key is kept for at least eight days, because deliveries are repeated for almost a week."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, Protocol

Claim = Literal["new", "in_progress", "done"]

KEEP_MS = 8 * 24 * 3600 * 1000
"""How long a completed key is kept, in ms."""


class Store(Protocol):
    """What keeps the keys; several processes share one. Every method is atomic. `core/docs/callback-store.md` in the
    repository has one on PostgreSQL."""

    def claim(self, key: str, lease_ms: int) -> Claim:
        """Claims a key for one delivery of an event.

        Args:
            key: The event's `dedupe_key`, 64 hex digits.
            lease_ms: How long the claim holds, in ms, unless it is completed or released before.

        Returns:
            `new`: the key is the caller's until the lease ends. `in_progress`: another one has it. `done`: it was
            handled.
        """
        ...

    def complete(self, key: str) -> None:
        """The key was handled: keep it for `KEEP_MS`.

        Args:
            key: One that was claimed.
        """
        ...

    def release(self, key: str) -> None:
        """The handler failed within its lease: the key is free. A completed key stays completed.

        Args:
            key: One that was claimed.
        """
        ...


class AsyncStore(Protocol):
    """The same for coroutines."""

    async def claim(self, key: str, lease_ms: int) -> Claim:
        """As in `Store`."""
        ...

    async def complete(self, key: str) -> None:
        """As in `Store`."""
        ...

    async def release(self, key: str) -> None:
        """As in `Store`."""
        ...


class MemoryStore:
    """A store for one process, lost with it. Several processes need a shared one: see `Store`.

    Args:
        now: Unix time in ms, for tests.
    """

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now = now
        self._lock = threading.Lock()
        #: Whether it is done, and until when it counts.
        self._entries: dict[str, tuple[bool, int]] = {}
        self._sweep_at = 1024

    def claim(self, key: str, lease_ms: int) -> Claim:
        """As in `Store`."""
        now = self._now()
        with self._lock:
            done, until = self._entries.get(key, (False, now))
            if now < until:
                return "done" if done else "in_progress"
            if len(self._entries) >= self._sweep_at:
                self._entries = {key: entry for key, entry in self._entries.items() if now < entry[1]}
                self._sweep_at = max(2 * len(self._entries), 1024)
            self._entries[key] = (False, now + lease_ms)
            return "new"

    def complete(self, key: str) -> None:
        """As in `Store`."""
        with self._lock:
            self._entries[key] = (True, self._now() + KEEP_MS)

    def release(self, key: str) -> None:
        """As in `Store`."""
        with self._lock:
            if not self._entries.get(key, (True, 0))[0]:
                del self._entries[key]
