"""Clocks that run with real time and jump over waits: a sleep lets the sandbox's time pass too, so that both sides
agree. Time jumps only while every running step of the scene sleeps, and no further than to the first that is to wake:
whoever is between two states, or has an answer on its way, is awake. How long an attempt may take stays real, because a
socket cannot be hurried; an exchange that never ends is not waited for long."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from typing import Any

from cryptopay_client._time import RealAsyncTime

#: How long, in real seconds, sleepers wait for the steps that are awake, when nothing happens.
PATIENCE = 0.5

#: When this thread or task was last told the time: the wait that it gets then counts from there.
_told: ContextVar[int] = ContextVar("told")


class Clock:
    """What both styles share: real clocks, what was jumped over, and who runs and who sleeps. The last two change
    within the turn alone."""

    #: Held by whoever looks or changes.
    _turn: Any

    def __init__(self, advance: Callable[[int], object]) -> None:
        self._advance = advance
        self._unix_ms, self._began = time.time_ns() // 1_000_000, time.monotonic_ns() // 1_000_000
        self._jumped_ms = 0
        self._drawn = itertools.count(1)
        self._running = 0
        #: Until when each of them sleeps.
        self._sleepers: list[int] = []
        #: When something happened last, in real seconds.
        self._stirred = 0.0

    def now(self) -> tuple[int, int]:
        tick_ms = self._tick_ms()
        _told.set(tick_ms)
        return self._unix_ms + tick_ms, tick_ms

    def entropy(self) -> str:
        """Another number for every call, the same ones in every run."""
        return f"{next(self._drawn) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}"

    def enter(self, steps: int) -> None:
        """So many steps run from now on: said before the first of them begins."""
        with self._turn:
            self._running += steps
            self._stir()

    def leave(self) -> None:
        """One of them has ended."""
        with self._turn:
            self._running -= 1
            self._stir()

    def _tick_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000 - self._began + self._jumped_ms

    def _stir(self) -> None:
        self._stirred = time.monotonic()
        self._wake()

    def _wake(self) -> None:
        """Lets the sleepers look again."""
        raise NotImplementedError

    def _lie_down(self, ms: int) -> int:
        until = _told.get() + ms
        self._sleepers.append(until)
        self._stir()
        return until

    def _get_up(self, until: int) -> None:
        self._sleepers.remove(until)
        self._stir()

    def _passed(self, until: int) -> float:
        """Lets time jump if it may, and tells a sleeper in how many real seconds to look again, unless something
        happens; 0: its time has come."""
        patience = self._stirred + PATIENCE - time.monotonic()
        left_ms = min(self._sleepers) - self._tick_ms()
        if left_ms > 0 and (len(self._sleepers) >= self._running or patience <= 0):
            self._jumped_ms += left_ms
            self._advance(left_ms)
            self._stir()
        left = (until - self._tick_ms()) / 1000
        # Patience that is used up while somebody else is about to wake begins again.
        return max(min(left, patience if patience > 0 else PATIENCE), 0)


class VirtualTime(Clock):
    """For the blocking client, whose steps run in threads."""

    def __init__(self, advance: Callable[[int], object]) -> None:
        super().__init__(advance)
        self._turn = threading.Condition()

    def _wake(self) -> None:
        self._turn.notify_all()

    def sleep(self, ms: int) -> None:
        with self._turn:
            until = self._lie_down(ms)
            try:
                while left := self._passed(until):
                    self._turn.wait(left)
            finally:
                self._get_up(until)


class AsyncVirtualTime(Clock):
    """For the asynchronous client, whose steps are tasks: they take turns by themselves."""

    limit = RealAsyncTime.limit

    def __init__(self, advance: Callable[[int], object]) -> None:
        super().__init__(advance)
        self._turn = nullcontext()
        self._news = asyncio.Event()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def sleep(self, ms: int) -> None:
        until = self._lie_down(ms)
        try:
            while left := self._passed(until):
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._news.wait()
        finally:
            self._get_up(until)
