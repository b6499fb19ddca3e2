"""How long an exchange may take in asyncio: every limit ends at its own time, and none swallows what others cancel."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from cryptopay_client import _time
from cryptopay_client._time import RealAsyncTime


class Jumping(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer."""

    now = 1000.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        waiting = [it.when() for it in self._scheduled if not it.cancelled()]  # type: ignore[attr-defined]
        if waiting and not self._ready:  # type: ignore[attr-defined]
            self.now = max(self.now, min(waiting))
        super()._run_once()  # type: ignore[misc]


def run(main: Coroutine[Any, Any, Any]) -> Any:
    loop = Jumping()
    try:
        return loop.run_until_complete(main)
    finally:
        # Nothing is measured any more.
        assert loop not in _time._timers or not _time._timers[loop].limits
        loop.close()


async def limited(ms: int, needs_ms: int) -> tuple[str, int]:
    """How an exchange ended that needs so long, and after how many ms."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await RealAsyncTime().limit(ms, lambda: asyncio.sleep(needs_ms / 1000))
        how = "in time"
    except TimeoutError:
        how = "late"
    return how, round((loop.time() - began) * 1000)


def test_each_limit_ends_at_its_own_time_whatever_the_others_do() -> None:
    async def main() -> None:
        limits = [(300, 9999), (100, 9999), (200, 150), (200, 9999), (100, 20), (9000, 8000)]
        assert await asyncio.gather(*(limited(*it) for it in limits)) == [
            ("late", 300),
            ("late", 100),
            ("in time", 150),
            ("late", 200),
            ("in time", 20),
            ("in time", 8000),
        ]
        # The timer of those that have gone does not end the next ones.
        assert await limited(5000, 4000) == ("in time", 4000)
        assert await limited(50, 4000) == ("late", 50)

    run(main())


def test_one_limit_in_another_ends_first_and_only_itself() -> None:
    async def main() -> None:
        inner: list[Any] = []

        async def both() -> None:
            inner.append(await limited(100, 9999))
            await asyncio.sleep(0.1)

        await RealAsyncTime().limit(300, both)
        assert inner == [("late", 100)]

    run(main())


@pytest.mark.parametrize("at_ms", [50, 100])
def test_who_cancels_a_task_is_heard_also_at_the_very_end_of_a_limit(at_ms: int) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(RealAsyncTime().limit(100, lambda: asyncio.sleep(9)))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(at_ms / 1000, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    run(main())


def test_a_timeout_of_the_callers_own_goes_on_after_a_limit_was_reached() -> None:
    async def main() -> None:
        async def on_and_on() -> None:
            async with asyncio.timeout(0.25):
                while True:
                    assert await limited(100, 9999) == ("late", 100)

        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await on_and_on()
        assert asyncio.get_running_loop().time() - began == pytest.approx(0.25)

    run(main())


def test_loops_that_are_closed_are_forgotten() -> None:
    for _ in range(3):
        run(limited(100, 9999))
    assert len([loop for loop in _time._timers if loop.is_closed()]) <= 1
