"""Clock, entropy and waiting, so that tests can lend their own. Wall time is written into headers, monotonic time is
measured with."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Time(Protocol):
    """What a blocking client asks for."""

    def now(self) -> tuple[int, int]:
        """Unix time and monotonic time, in ms."""
        ...

    def entropy(self) -> str:
        """32 hex digits."""
        ...

    def sleep(self, ms: int) -> None:
        """Waits."""
        ...


class AsyncTime(Protocol):
    """What an asynchronous client asks for."""

    def now(self) -> tuple[int, int]:
        """Unix time and monotonic time, in ms."""
        ...

    def entropy(self) -> str:
        """32 hex digits."""
        ...

    async def sleep(self, ms: int) -> None:
        """Waits."""
        ...

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        """Runs `act`, at most so long in real time; `TimeoutError` when it took longer and was cancelled."""
        ...


class RealTime:
    """The machine's clocks."""

    def now(self) -> tuple[int, int]:
        return time.time_ns() // 1_000_000, time.monotonic_ns() // 1_000_000

    def entropy(self) -> str:
        return os.urandom(16).hex()

    def sleep(self, ms: int) -> None:
        time.sleep(ms / 1000)


class RealAsyncTime:
    """The machine's clocks, waiting in asyncio or trio, whichever runs."""

    now = RealTime.now
    entropy = RealTime.entropy

    async def sleep(self, ms: int) -> None:
        if _trio():
            import trio

            await trio.sleep(ms / 1000)
        else:
            await asyncio.sleep(ms / 1000)

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        if _trio():
            import trio

            try:
                with trio.fail_after(ms / 1000):
                    return await act()
            except trio.TooSlowError as error:
                raise TimeoutError from error
        async with asyncio.timeout(ms / 1000):
            return await act()


def _trio() -> bool:
    # asyncio is asked first: it knows without an import.
    return asyncio._get_running_loop() is None


def event_loop() -> Any:
    """What runs this coroutine: connections belong to one loop."""
    loop = asyncio._get_running_loop()
    if loop is None:
        import trio

        return trio.lowlevel.current_trio_token()
    return loop


def is_over(loop: Any) -> bool:
    """Whether a loop will never run again, as far as it can tell."""
    return bool(getattr(loop, "is_closed", lambda: False)())
