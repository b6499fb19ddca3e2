"""Clocks that run with real time and jump over waits: a sleep lets the sandbox's time pass too, so that both sides
agree. How long an attempt may take stays real, because a socket cannot be hurried; so time knows what is on its way,
and lets it arrive first."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from cryptopay_client import Request, Response
from cryptopay_client._time import RealAsyncTime
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch


class Clock:
    """What both styles share: real clocks, plus what was jumped over."""

    def __init__(self, advance: Callable[[int], object]) -> None:
        self._advance = advance
        self._unix_ms, self._began = time.time_ns() // 1_000_000, time.monotonic_ns() // 1_000_000
        self._jumped_ms = 0
        self._drawn = itertools.count(1)
        #: How many exchanges are on their way.
        self.flying = 0

    def now(self) -> tuple[int, int]:
        tick_ms = time.monotonic_ns() // 1_000_000 - self._began + self._jumped_ms
        return self._unix_ms + tick_ms, tick_ms

    def entropy(self) -> str:
        """Another number for every call, the same ones in every run."""
        return f"{next(self._drawn) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}"

    def _reach(self, tick_ms: int) -> None:
        # Of two who wait at once, the later only jumps over what is left.
        left = tick_ms - self.now()[1]
        if left > 0:
            self._jumped_ms += left
            self._advance(left)


class VirtualTime(Clock):
    """For the blocking client."""

    def __init__(self, advance: Callable[[int], object]) -> None:
        super().__init__(advance)
        self._turn = threading.Lock()

    def sleep(self, ms: int) -> None:
        until = self.now()[1] + ms
        with self._turn:
            # Answers that are on their way arrive before time jumps.
            for _ in range(100):
                if not self.flying:
                    break
                time.sleep(0.005)
            self._reach(until)


class AsyncVirtualTime(Clock):
    """For the asynchronous client."""

    limit = RealAsyncTime.limit

    def __init__(self, advance: Callable[[int], object]) -> None:
        super().__init__(advance)
        self._turn = asyncio.Lock()

    async def sleep(self, ms: int) -> None:
        until = self.now()[1] + ms
        async with self._turn:
            for _ in range(100):
                if not self.flying:
                    break
                await asyncio.sleep(0.005)
            self._reach(until)


class Counted(HttpxFetch):
    """The default transport; its clock knows what is on its way."""

    def __init__(self, clock: Any) -> None:
        super().__init__()
        self._clock = clock

    def fetch(self, request: Request) -> Response:
        self._clock.flying += 1
        try:
            return super().fetch(request)
        finally:
            self._clock.flying -= 1


class AsyncCounted(AsyncHttpxFetch):
    """The same for the asynchronous one."""

    def __init__(self, clock: Any) -> None:
        super().__init__()
        self._clock = clock

    async def fetch(self, request: Request) -> Response:
        self._clock.flying += 1
        try:
            return await super().fetch(request)
        finally:
            self._clock.flying -= 1
