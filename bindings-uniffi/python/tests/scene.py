"""The steps of a story through the public API. The steps are written once, as coroutines; over the blocking client they
never wait."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from conftest import Sandbox
from contract import differences
from told import as_json, ending, filled, named, wire
from virtual_time import AsyncVirtualTime, VirtualTime

from cryptopay_client import Accepted, AsyncCryptopay, Cryptopay, CryptopayError, NotModified, outcome_of, pending


class Saved(NamedTuple):
    """What a step leaves: its value as JSON, how it ended, and the object itself, which a commit takes as its quote."""

    value: Any
    done: dict[str, Any]
    object: Any = None


class Scene:
    """A client, its clocks, its sandbox, and what was saved."""

    def __init__(self, sandbox: Sandbox, settings: dict[str, Any], style: str) -> None:
        self.sandbox, self.blocking = sandbox, style == "sync"
        self.saved: dict[str, Saved] = {}
        self.callbacks = 0

        def advance(ms: int) -> None:
            sandbox.control("POST", "clock", {"advance_ms": ms})

        self.time: Any = VirtualTime(advance) if self.blocking else AsyncVirtualTime(advance)
        make: Any = Cryptopay if self.blocking else AsyncCryptopay
        own = {"environment": sandbox.url, "time": self.time, "rate_limit": 195}
        self.client = make(**sandbox.settings | own | dict(named(settings)))

    async def play(self, story: dict[str, Any]) -> None:
        try:
            for number, step in enumerate(story["do"], 1):
                try:
                    await self.together(step.get("parallel", [step]) * step.get("times", 1))
                except Exception as error:
                    error.add_note(f"step {number}: {json.dumps(step)}")
                    raise
        finally:
            await self.maybe(self.client.close())

    async def maybe(self, value: Any) -> Any:
        return value if self.blocking else await value

    async def together(self, steps: list[Any]) -> None:
        self.time.enter(len(steps))
        if len(steps) == 1:
            await self.running(steps[0])
        elif self.blocking:
            with ThreadPoolExecutor(len(steps)) as threads:
                list(threads.map(lambda step: at_once(self.running(step)), steps))
        else:
            await asyncio.gather(*map(self.running, steps))

    async def running(self, step: dict[str, Any]) -> None:
        try:
            await self.step(step)
        finally:
            self.time.leave()

    async def step(self, step: dict[str, Any]) -> None:
        came = await self.one(step)
        expected = filled(self.saved, step.get("expect")) or {}
        found = differences(expected, came.done)
        for end in ("error", "resolved", "cancelled"):
            if (expected.get(end) is None) != (came.done.get(end) is None):
                found.append(f"it ended with {came.done}")
        assert not found, found
        if "save" in step:
            self.saved[step["save"]] = came

    async def one(self, step: dict[str, Any]) -> Saved:
        if "control" in step:
            body = filled(self.saved, step.get("json"))
            if step["control"] == "POST clock" and "advance_ms" in body:
                self.time.now()
                await self.maybe(self.time.sleep(body["advance_ms"]))
                return Saved(None, {})
            return Saved(self.sandbox.control(*step["control"].split(), body), {})
        if "callback" in step:
            given = self.sandbox.control("GET", "callbacks")[self.callbacks]
            self.callbacks += 1
            event = self.client.callbacks.verify(given["body"].encode(), given["signature"])
            value = {"type": event.type, "event": event.event, "value": json.loads(given["body"])}
            return Saved(value, value)
        try:
            return await self.stopped_after(step.get("cancel_after_ms"), partial(self.called, step))
        except (Accepted, NotModified) as nothing:
            return Saved(None, ending(nothing.outcome))
        except CryptopayError as error:
            told = wire(error)
            return Saved(told, {"error": told})
        except (KeyboardInterrupt, TimeoutError) as stopped:
            if "cancel_after_ms" not in step:
                raise
            return Saved({"record": pending(stopped)}, {"cancelled": True})

    async def stopped_after(self, ms: int | None, act: Callable[[], Awaitable[Saved]]) -> Saved:
        if ms is None:
            return await act()
        if self.blocking:
            with ctrl_c_after(ms / 1000):
                return await act()
        async with asyncio.timeout(ms / 1000):
            return await act()

    async def called(self, step: dict[str, Any]) -> Saved:
        if "resolve" in step:
            found = await self.maybe(self.client.resolve(filled(self.saved, step["resolve"])))
            unresolved = {"retry_at_ms": found.retry_at_ms, "differing": list(found.differing)}
            value = as_json(found.value)
            return Saved(value, {"resolved": found.state, "value": value, "unresolved": unresolved})
        resource, method = (step.get("call") or step["list"]).split(".")
        options = dict(named(step.get("options", {})))
        for name, value in options.items():
            options[name] = self.saved[value[1:]].object if name == "quote" else filled(self.saved, value)
        running = getattr(getattr(self.client, resource), method)(
            **filled(self.saved, step.get("params", {})), **options
        )
        if "take" in step:
            rows = await self.rows(running, step["take"])
            return Saved(as_json(rows), {"count": len(rows), "value": as_json(rows)})
        if hasattr(running, "pages"):
            pages = running.pages()
            answer = next(pages) if self.blocking else await anext(pages)
        else:
            answer = await self.maybe(running)
        value, count = as_json(answer), len(answer) if isinstance(answer, list) else None
        return Saved(value, ending(outcome_of(answer)) | {"value": value, "count": count}, answer)

    async def rows(self, running: Any, take: int) -> list[Any]:
        if self.blocking:
            return [row for row, _ in zip(running, range(take), strict=False)]
        rows: list[Any] = []
        async for row in running:
            rows.append(row)
            if len(rows) >= take:
                break
        return rows


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that never waits, as those of a blocking scene do."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("a blocking scene waited")


@contextmanager
def ctrl_c_after(seconds: float) -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
