"""Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved
to the first that is to wake, and the client's with it. Only sockets take real time."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

from cryptopay_client._time import RealAsyncTime

T = TypeVar("T")

#: The longest that a stalled answer is waited for, in real ms: drawn between these for every attempt.
STALL_MS = (50, 200)
_real = RealAsyncTime()


class FastTime:
    """The real clocks, plus what was slept."""

    def __init__(self, advance: Callable[[int], object], random: Random, passed_ms: int = 0) -> None:
        self._advance, self.random, self.passed_ms = advance, random, passed_ms
        #: How many of those who share this time do not sleep.
        self.awake = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    def now(self) -> tuple[int, int]:
        return time.time_ns() // 1_000_000 + self.passed_ms, time.monotonic_ns() // 1_000_000 + self.passed_ms

    def entropy(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    async def sleep(self, ms: int) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now()[1] + ms, next(self._number), woken))
        self.leave()
        try:
            await woken
        except asyncio.CancelledError:
            # Whoever was woken already counts as awake.
            if woken.cancelled():
                self.awake += 1
            raise

    def leave(self) -> None:
        """One that shared this time sleeps, or is done."""
        self.awake -= 1
        asyncio.get_running_loop().call_soon(self._move)

    def _move(self) -> None:
        while self.awake == 0 and self._sleepers:
            step = max(self._sleepers[0][0] - self.now()[1], 0)
            self._advance(step)
            self.passed_ms += step
            now = self.now()[1]
            while self._sleepers and self._sleepers[0][0] <= now:
                woken = heapq.heappop(self._sleepers)[2]
                if not woken.done():
                    self.awake += 1
                    woken.set_result(None)

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        """A socket cannot be hurried, but nobody waits for a stalled one for long."""
        return await _real.limit(min(ms, self.random.randint(*STALL_MS)), act)
