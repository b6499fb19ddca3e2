"""Clock, entropy and waiting, so that tests can lend their own. Wall time is written into headers, monotonic time is
measured with."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from math import inf
from os import urandom
from time import monotonic_ns, time_ns
from typing import Any, Protocol, TypeVar

from ._stopping import mark
from .fetch import FetchError

T = TypeVar("T")
_log = logging.getLogger("cryptopay_client")


class Time(Protocol):
    """What a blocking client asks for."""

    def now(self) -> tuple[int, int]:
        """Tells the time.

        Returns:
            Unix time, for headers, and monotonic time, to measure with: whole ms, both.
        """
        ...

    def entropy(self) -> str:
        """Randomness for one call, from the system's own source.

        Returns:
            32 hex digits.
        """
        ...

    def sleep(self, ms: int) -> None:
        """Waits.

        Args:
            ms: How long, in ms; a longer wait is allowed.
        """
        ...


class AsyncTime(Protocol):
    """What an asynchronous client asks for."""

    def now(self) -> tuple[int, int]:
        """Tells the time.

        Returns:
            Unix time, for headers, and monotonic time, to measure with: whole ms, both.
        """
        ...

    def entropy(self) -> str:
        """Randomness for one call, from the system's own source.

        Returns:
            32 hex digits.
        """
        ...

    async def sleep(self, ms: int) -> None:
        """Waits.

        Args:
            ms: How long, in ms; a longer wait is allowed.
        """
        ...

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        """Runs `act`, and cancels it when the time is up.

        Args:
            ms: How long it may take in real time, in ms.
            act: Makes what is awaited.

        Returns:
            What `act` returned.

        Raises:
            TimeoutError: it took longer and was cancelled.
        """
        ...


class RealTime:
    """The machine's clocks."""

    def now(self) -> tuple[int, int]:
        return time_ns() // 1_000_000, monotonic_ns() // 1_000_000

    def entropy(self) -> str:
        return urandom(16).hex()

    def sleep(self, ms: int) -> None:
        time.sleep(ms / 1000)


class RealAsyncTime:
    """The machine's clocks, waiting in asyncio or trio, whichever runs."""

    now = RealTime.now
    entropy = RealTime.entropy

    async def sleep(self, ms: int) -> None:
        if in_trio():
            import trio

            await trio.sleep(ms / 1000)
        else:
            await asyncio.sleep(ms / 1000)

    async def limit(self, ms: int, act: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio._get_running_loop()
        if loop is None:
            import trio

            try:
                with trio.fail_after(ms / 1000):
                    return await act()
            except trio.TooSlowError as error:
                raise TimeoutError from error
        timer = _timers.get(loop) or _timer(loop)
        limit = timer.limit(ms / 1000)
        try:
            return await act()
        except asyncio.CancelledError as stop:
            if limit.caused():
                raise TimeoutError from stop
            raise
        except Exception as error:
            if limit.others():
                # A transport made a failure of its own of it, but the caller has gone.
                left = asyncio.CancelledError()
                mark(left, sent=not isinstance(error, FetchError) or error.sent)
                raise left from error
            raise
        finally:
            timer.limits.discard(limit)
            limit.over()


class _Limit:
    """What `asyncio.timeout` does: cancels a task when the time is up."""

    __slots__ = ("_asked", "_late", "_task", "until")

    def __init__(self, task: asyncio.Task[Any], until: float) -> None:
        self._task, self._asked, self._late, self.until = task, task.cancelling(), False, until

    def end(self) -> None:
        """The time is up."""
        self._late = True
        self._task.cancel()

    def caused(self) -> bool:
        """Whether nobody else cancelled the task as well."""
        if not self._late:
            return False
        self._late = False
        return self._task.uncancel() <= self._asked

    def others(self) -> bool:
        """Whether somebody else cancelled the task, too."""
        return self._task.cancelling() > self._asked + self._late

    def over(self) -> None:
        """The time is not measured any more."""
        if self._late:
            self._task.uncancel()


class _Timer:
    """All limits of one loop behind one timer of it, set to the first that ends. Hardly any limit is ever reached, so
    the timer stays as it is when its own has gone, and looks again when it rings: to make and cancel one for each
    exchange takes longer than all the rest of a limit."""

    __slots__ = ("_loop", "_rings", "_set", "limits")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.limits: set[_Limit] = set()
        self._rings = inf
        self._set: asyncio.TimerHandle | None = None

    def limit(self, seconds: float) -> _Limit:
        """The running task may take so long from now on."""
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("a call runs in a task")
        limit = _Limit(task, self._loop.time() + seconds)
        self.limits.add(limit)
        if limit.until < self._rings:
            self._ring_at(limit.until)
        return limit

    def _ring_at(self, until: float) -> None:
        if self._set is not None:
            self._set.cancel()
        self._rings, self._set = until, self._loop.call_at(until, self._ring)

    def _ring(self) -> None:
        # The loop may be early by what its clock cannot tell apart.
        now = max(self._loop.time(), self._rings)
        self._rings, self._set = inf, None
        for limit in [limit for limit in self.limits if limit.until <= now]:
            self.limits.discard(limit)
            limit.end()
        if self.limits:
            self._ring_at(min(limit.until for limit in self.limits))


_timers: dict[asyncio.AbstractEventLoop, _Timer] = {}


def _timer(loop: asyncio.AbstractEventLoop) -> _Timer:
    for old in [old for old in list(_timers) if is_over(old)]:
        _timers.pop(old, None)
    return _timers.setdefault(loop, _Timer(loop))


def in_trio() -> bool:
    """Whether trio runs this coroutine."""
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


def close_in(loop: Any, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Lets another loop close what belongs to it."""
    # It may end at any moment; what it had closes with it then.
    with suppress(RuntimeError):
        if isinstance(loop, asyncio.AbstractEventLoop):
            loop.call_soon_threadsafe(lambda: _closing.add(loop.create_task(_closed(close))))
        else:
            import trio

            loop.run_sync_soon(trio.lowlevel.spawn_system_task, _closed, close)


#: A loop does not hold its tasks.
_closing: set[asyncio.Task[None]] = set()


async def _closed(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await close()
    except Exception as error:
        _log.warning("a connection of another loop could not be closed: %s", type(error).__name__)
    finally:
        _closing.difference_update([task for task in _closing if task.done()])
