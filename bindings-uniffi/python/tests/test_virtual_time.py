"""The clocks of the stories: time jumps when every step sleeps, and never further than was asked for."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from virtual_time import PATIENCE, AsyncVirtualTime, VirtualTime

#: What may pass of real time beside the jumps, in ms.
REAL_MS = 10_000


def test_whoever_is_told_to_wait_while_another_sleeps_waits_no_longer_than_told() -> None:
    jumps: list[int] = []
    time = VirtualTime(jumps.append)
    time.enter(2)
    began = time.now()[1]

    def slept() -> None:
        time.now()
        time.sleep(61_000)
        time.leave()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(slept)
        while not time._sleepers:
            threading.Event().wait(0.001)
        assert (jumps, other.done()) == ([], False), "this step is awake"
        time.sleep(61_000)
        time.leave()
        other.result()
    assert 60_000 < sum(jumps) <= 61_000
    assert 61_000 <= time.now()[1] - began < 61_000 + REAL_MS


def test_tasks_wake_in_the_order_of_their_waits() -> None:
    jumps: list[int] = []
    woken: list[int] = []

    async def main() -> None:
        time = AsyncVirtualTime(jumps.append)

        async def step(ms: int) -> None:
            time.now()
            await time.sleep(ms)
            woken.append(ms)
            time.leave()

        time.enter(3)
        await asyncio.gather(step(200_000), step(100_000), step(300_000))

    asyncio.run(main())
    assert woken == [100_000, 200_000, 300_000]
    assert 290_000 < sum(jumps) <= 300_000


def test_a_step_that_is_cancelled_in_its_sleep_holds_nobody_up() -> None:
    jumps: list[int] = []

    async def main() -> None:
        time = AsyncVirtualTime(jumps.append)
        time.enter(2)
        time.now()
        task = asyncio.create_task(time.sleep(1_000_000))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        time.leave()
        await time.sleep(61_000)
        time.leave()

    asyncio.run(main())
    assert 60_000 < sum(jumps) <= 61_000


def test_an_exchange_that_never_ends_is_not_waited_for_long() -> None:
    jumps: list[int] = []
    time = VirtualTime(jumps.append)
    time.enter(2)
    time.now()
    time.sleep(61_000)
    assert 61_000 - PATIENCE * 1000 - REAL_MS < sum(jumps) <= 61_000 - PATIENCE * 1000
