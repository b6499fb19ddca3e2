"""Plays a story against a sandbox of its own through the public API, blocking or asynchronous, with time that jumps
over waits and lets the sandbox's time pass too."""

import asyncio
import json
import re
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from conftest import Sandbox
from contract import differences
from virtual_time import AsyncVirtualTime, VirtualTime

from cryptopay_client import (
    Accepted,
    AsyncCryptopay,
    Cryptopay,
    CryptopayError,
    Model,
    NotModified,
    Outcome,
    Request,
    Response,
    outcome_of,
    pending,
)
from cryptopay_client._call import Failed
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch

#: What the contract's settings and options are called here; milliseconds become seconds.
NAMES = {"deadline_ms": "timeout", "attempt_timeout_ms": "attempt_timeout"}


class Saved(NamedTuple):
    """What a step leaves: its value as JSON, how it ended, and the object itself, which a commit takes as its quote."""

    value: Any
    done: dict[str, Any]
    object: Any = None


def play(story: dict[str, Any], style: str) -> None:
    given = story.get("sandbox", {})
    options = {"seed": given.get("seed", 7), "rate_limit": given.get("rate_limit", 200)}
    with ExitStack() as stack:
        sandbox = Sandbox(**options)
        stack.callback(sandbox.close)
        for name in ("quirks", "key"):
            if name in given:
                sandbox.control("POST", name, given[name])
        scene = Scene(sandbox, story.get("client", {}), style)
        if style == "async":
            asyncio.run(scene.play(story))
        else:
            at_once(scene.play(story))
        # The last entries of requests that nobody waits for any more are closed a moment later.
        deadline = time.monotonic() + 1
        while found := journal(story.get("journal", "*"), sandbox.control("GET", "journal")):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that never waits, as those of a blocking scene do."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("a blocking scene waited")


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
        fetch: Any = Counted(self.time) if self.blocking else AsyncCounted(self.time)
        own = {"environment": sandbox.url, "time": self.time, "fetch": fetch, "rate_limit": 195}
        self.client = make(**sandbox.settings | own | dict(named(settings)))

    async def play(self, story: dict[str, Any]) -> None:
        try:
            for number, step in enumerate(story["do"], 1):
                try:
                    await self.together(step["parallel"]) if "parallel" in step else await self.step(step)
                except Exception as error:
                    error.add_note(f"step {number}: {json.dumps(step)}")
                    raise
        finally:
            await self.maybe(self.client.close())

    async def maybe(self, value: Any) -> Any:
        return value if self.blocking else await value

    async def together(self, steps: list[Any]) -> None:
        if self.blocking:
            with ThreadPoolExecutor(len(steps)) as threads:
                list(threads.map(lambda step: at_once(self.step(step)), steps))
        else:
            await asyncio.gather(*map(self.step, steps))

    async def step(self, step: dict[str, Any]) -> None:
        came = await self.one(step)
        expected = self.filled(step.get("expect")) or {}
        found = differences(expected, came.done)
        for ending in ("error", "resolved", "cancelled"):
            if (expected.get(ending) is None) != (came.done.get(ending) is None):
                found.append(f"it ended with {came.done}")
        assert not found, found
        if "save" in step:
            self.saved[step["save"]] = came

    async def one(self, step: dict[str, Any]) -> Saved:
        if "control" in step:
            body = self.filled(step.get("json"))
            if step["control"] == "POST clock" and "advance_ms" in body:
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
        except CryptopayError as error:
            told = wire(error)
            return Saved(told, {"error": told})
        except (Accepted, NotModified) as nothing:
            return Saved(None, ending(nothing.outcome))
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
            found = await self.maybe(self.client.resolve(self.filled(step["resolve"])))
            unresolved = {"retry_at_ms": found.retry_at_ms, "differing": list(found.differing)}
            value = as_json(found.value)
            return Saved(value, {"resolved": found.state, "value": value, "unresolved": unresolved})
        resource, method = (step.get("call") or step["list"]).split(".")
        options = dict(named(step.get("options", {})))
        for name, value in options.items():
            options[name] = self.saved[value[1:]].object if name == "quote" else self.filled(value)
        running = getattr(getattr(self.client, resource), method)(**self.filled(step.get("params", {})), **options)
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

    def filled(self, value: Any) -> Any:
        match value:
            case str() if found := re.fullmatch(r"\$(\w+)(?:([.@])(.*))?", value):
                name, kind, path = found.groups()
                saved = self.saved[name]
                inner: Any = saved.done if kind == "@" else saved.value
                for part in (path or "").split("."):
                    inner = inner[int(part) if part.isdecimal() else part] if part else inner
                return inner
            case list():
                return [self.filled(item) for item in value]
            case dict():
                return {key: self.filled(item) for key, item in value.items()}
        return value


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


def named(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Settings and options by the names that they have here."""
    for name, value in given.items():
        if name == "custom_id":
            yield "generated_custom_id", value["generated"]
        elif name == "rate_limit":
            yield name, value or None
        else:
            yield NAMES.get(name, name), value / 1000 if name in NAMES else value


def as_json(value: Any) -> Any:
    """A typed value written back, with what its model does not know."""
    told = msgspec.to_builtins(value, builtin_types=(datetime, Decimal, UUID), str_keys=True)
    told = json.loads(json.dumps(told, default=lambda it: f"{it:f}" if isinstance(it, Decimal) else str(it)))
    if isinstance(value, Model) and isinstance(vars(value).get("outcome"), Outcome):
        raw = outcome_of(value).json() or {}
        return told | {key: it for key, it in raw.items() if key not in value.__struct_fields__}
    return told


def ending(outcome: Outcome) -> dict[str, Any]:
    done = json.loads(msgspec.json.encode(outcome))
    meta = json.loads(outcome.meta) if outcome.meta else None
    return done | {"meta": meta, "unverified": done["unverified"] or None, "data": None}


def wire(error: CryptopayError) -> dict[str, Any]:
    names = [name for name in Failed.__struct_fields__ if name not in ("text", "cause")]
    told = {name: getattr(error, name) for name in names} | {"text": str(error), "cause": error.reason}
    return dict(json.loads(msgspec.json.encode(told)))


def journal(expected: Any, came: list[Any]) -> list[str]:
    if expected == "*":
        return []
    told = [[entry.get("operation"), entry.get("fault") or entry.get("status")] for entry in came]
    if isinstance(expected, list):
        return differences(expected, told)
    return differences(*(sorted(entries, key=json.dumps) for entries in (expected["unordered"], told)))
