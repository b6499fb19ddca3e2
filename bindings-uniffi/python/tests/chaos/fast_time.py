"""Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved
to the first that is to wake, and the client's with it. Only sockets take real time. For threads and for tasks."""

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeVar

from cryptopay_client._time import RealAsyncTime

T = TypeVar("T")

#: The longest that a stalled answer is waited for, in real ms: drawn between these for every attempt.
STALL_MS = (50, 200)
_real = RealAsyncTime()


class Clock:
    """The real clocks, plus what was slept."""

    def __init__(self, advance: Callable[[int], object], random: Random, passed_ms: int = 0) -> None:
        self._advance, self.random, self.passed_ms = advance, random, passed_ms
        #: How many of those who share this time do not sleep.
        self.awake = 0
        self._sleepers: list[tuple[int, int, Any]] = []
        self._number = itertools.count()

    def now(self) -> tuple[int, int]:
        return time.time_ns() // 1_000_000 + self.passed_ms, time.monotonic_ns() // 1_000_000 + self.passed_ms

    def entropy(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def patience_ms(self, ms: int) -> int:
        """A socket cannot be hurried, but nobody waits for a stalled one for long."""
        return min(ms, self.random.randint(*STALL_MS))

    def _lie_down(self, ms: int, bed: Any) -> None:
        heapq.heappush(self._sleepers, (self.now()[1] + ms, next(self._number), bed))
        self.awake -= 1

    def _move(self, wake: Callable[[Any], bool]) -> None:
        """When nobody is awake, time passes until somebody is; `wake` says whether there was somebody in the bed."""
        while self.awake == 0 and self._sleepers:
            step = max(self._sleepers[0][0] - self.now()[1], 0)
            self._advance(step)
            self.passed_ms += step
            now = self.now()[1]
            while self._sleepers and self._sleepers[0][0] <= now:
                self.awake += wake(heapq.heappop(self._sleepers)[2])


class FastTime(Clock):
    """For threads."""

    def __init__(self, advance: Callable[[int], object], random: Random, passed_ms: int = 0) -> None:
        super().__init__(advance, random, passed_ms)
        self._turn = threading.Lock()

    def sleep(self, ms: int) -> None:
        woken = threading.Event()
        with self._turn:
            self._lie_down(ms, woken)
            self._move(self._wake)
        woken.wait()

    def leave(self) -> None:
        """One that shared this time is done."""
        with self._turn:
            self.awake -= 1
            self._move(self._wake)

    def _wake(self, woken: threading.Event) -> bool:
        woken.set()
        return True


class AsyncFastTime(Clock):
    """For tasks."""

    async def sleep(self, ms: int) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._lie_down(ms, woken)
        self._soon()
        try:
            await woken
        except asyncio.CancelledError:
            # Whoever was woken already counts as awake.
            if woken.cancelled():
                self.awake += 1
            raise

    def leave(self) -> None:
        """One that shared this time is done."""
        self.awake -= 1
        self._soon()

    def _soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._move, self._wake)

    def _wake(self, woken: "asyncio.Future[None]") -> bool:
        if woken.done():
            return False
        woken.set_result(None)
        return True

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        return await _real.limit(self.patience_ms(ms), act)
