"""The two clients in one: a program is written once, as coroutines; over the blocking client they never wait."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from fast_time import AsyncFastTime, FastTime

from cryptopay_client import AsyncCryptopay, Cryptopay, Request, Response
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch


class Hurried:
    """A blocking transport that waits for stalled answers no longer than its time says."""

    keeps_time = True

    def __init__(self, inner: Any, time: FastTime) -> None:
        self._inner, self._time = inner, time

    def fetch(self, request: Request) -> Response:
        hurried = msgspec.structs.replace(request, timeout_ms=self._time.patience_ms(request.timeout_ms))
        answer: Response = self._inner.fetch(hurried)
        return answer

    def close(self) -> None:
        self._inner.close()


@dataclass
class Style:
    """Blocking or asynchronous, over one of the transports."""

    blocking: bool
    fast: bool

    @classmethod
    def of(cls, turn: int) -> "Style":
        """Four turns in a row are all four."""
        return cls(blocking=turn % 4 >= 2, fast=turn % 2 == 0)

    def time(self, advance: Any, random: Random, passed_ms: int = 0) -> Any:
        return (FastTime if self.blocking else AsyncFastTime)(advance, random, passed_ms)

    def client(self, settings: dict[str, Any], time: Any) -> Any:
        if not self.blocking:
            fetch = AsyncReqwestFetch() if self.fast else AsyncHttpxFetch()
            return AsyncCryptopay(**settings, fetch=fetch, time=time)
        inner = ReqwestFetch() if self.fast else HttpxFetch()
        return Cryptopay(**settings, fetch=Hurried(inner, time), time=time)

    async def wait(self, value: Any) -> Any:
        """The value that a call of the client answers."""
        return value if self.blocking else await value

    async def together(self, lane: Callable[[], Coroutine[Any, Any, None]], number: int) -> None:
        """So many programs at once, in threads or tasks."""
        if self.blocking:
            with ThreadPoolExecutor(number) as threads:
                for running in [threads.submit(at_once, lane()) for _ in range(number)]:
                    running.result()
        else:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(number):
                    tasks.create_task(lane())


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("a blocking program waited")
