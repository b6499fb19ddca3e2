"""The fast transport, in the extra `fast`: pyreqwest. Its own total timeout ends an exchange in every state; the
driver's stands behind it. What is cancelled returns at once, but pyreqwest 0.15 keeps its socket until that timeout;
httpx2 closes it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from asyncio import CancelledError, _get_running_loop, sleep
from datetime import timedelta
from functools import lru_cache
from threading import get_ident, main_thread
from typing import Any

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import ConnectError, ConnectTimeoutError, PyreqwestError, RequestTimeoutError
from pyreqwest.request import BaseRequestBuilder

from .._stopping import mark
from .._time import is_over
from . import RESPONSE_HEADERS, FetchError, Request, Response
from ._ctrl_c import CtrlC, only_ctrl_c
from ._exchanges import Exchanges

__all__ = ["AsyncReqwestFetch", "ReqwestFetch"]


class ReqwestFetch:
    """pyreqwest, blocking. The main thread has connections of its own, because Ctrl-C ends an exchange by closing its
    client: pyreqwest waits where Python's signals do not reach."""

    def __init__(self) -> None:
        #: By whether it is for the main thread, and what `_builder` is told.
        self._clients: dict[tuple[bool, bool, bool, int], SyncClient] = {}
        #: Again by the same thread: a signal handler may make a call in the midst of another one's.
        self._lock = threading.RLock()
        self._ctrl_c: CtrlC | None = None
        self._running = Exchanges()

    @property
    def keeps_time(self) -> bool:
        """Only the main thread is interrupted, and only by Ctrl-C unless the program says otherwise."""
        return get_ident() != main_thread().ident or only_ctrl_c()

    def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        if _runtime.lost:
            raise _forked()
        exchange = object()
        try:
            self._running.begin(exchange)
            return self._send(request)
        finally:
            if self._running.was_last(exchange):
                self._end()

    def _send(self, request: Request) -> Response:
        main = get_ident() == main_thread().ident
        key = (main, *_kind(request))
        client = self._clients.get(key) or self._client(key)
        if not main:
            return _exchange(client, request)
        if self._ctrl_c is None:
            self._ctrl_c = CtrlC(self._abort)
        with self._ctrl_c:
            return _exchange(client, request)

    def _client(self, key: tuple[bool, bool, bool, int]) -> SyncClient:
        with self._lock:
            client = self._clients.get(key)
            if client is None:
                client = self._clients[key] = _builder(SyncClientBuilder(), *key[1:]).build()
            return client

    def _abort(self) -> None:
        """Ends the exchange of the main thread, whose next one gets a new client."""
        with self._lock:
            clients = [self._clients.pop(key) for key in list(self._clients) if key[0]]
        for client in clients:
            client.close()

    def close(self) -> None:
        """Refuses what is asked from now on, and closes its connections as soon as no exchange runs: one that waits for
        its answer gets it."""
        if self._running.refuse():
            self._end()

    def _end(self) -> None:
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
            watch, self._ctrl_c = self._ctrl_c, None
        if watch is not None:
            watch.close()
        for client in clients:
            client.close()


def _exchange(client: SyncClient, request: Request) -> Response:
    try:
        asked = _Asked(_built(client, request).build_streamed())
        response = asked.it.__enter__()
        headers, length = _head(response)
        if length < _AHEAD and length <= request.max_body:
            return Response(response.status, headers, bytes(response.bytes()))
        try:
            chunks, left = [], request.max_body
            reader = response.body_reader
            while (chunk := reader.read_chunk()) is not None:
                left -= len(chunk)
                if left < 0:
                    raise FetchError("too_large", sent=True)
                chunks.append(bytes(chunk))
            return Response(response.status, headers, b"".join(chunks))
        finally:
            asked.it.__exit__(None, None, None)
    except PyreqwestError as error:
        raise _failure(error) from error


class AsyncReqwestFetch:
    """pyreqwest for asyncio."""

    def __init__(self) -> None:
        #: By the loop that they serve, and what `_builder` is told.
        self._clients: dict[tuple[Any, bool, bool, int], Client] = {}
        self._running = Exchanges()

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        if _runtime.lost:
            raise _forked()
        loop = _get_running_loop()
        if loop is None:
            raise FetchError("connect", sent=False, detail="pyreqwest runs in asyncio alone: in trio use httpx2")
        exchange = object()
        try:
            self._running.begin(exchange)
            return await self._send(loop, request)
        finally:
            if self._running.was_last(exchange):
                await self._end()

    async def _send(self, loop: Any, request: Request) -> Response:
        key = (loop, *_kind(request))
        client = self._clients.get(key)
        if client is None:
            # Connections of a loop that is over serve nobody.
            self._clients = {old: kept for old, kept in self._clients.items() if not is_over(old[0])}
            client = self._clients[key] = _builder(ClientBuilder(), *key[1:]).build()
        try:
            await _turn()
        except CancelledError as stop:
            mark(stop, sent=False)
            raise
        try:
            asked = _Asked(_built(client, request).build_streamed())
            response = await asked.it.__aenter__()
            headers, length = _head(response)
            if length < _AHEAD and length <= request.max_body:
                body = bytes(await response.bytes())
                await _turn()
                return Response(response.status, headers, body)
            try:
                chunks, left = [], request.max_body
                reader = response.body_reader
                while (chunk := await reader.read_chunk()) is not None:
                    left -= len(chunk)
                    if left < 0:
                        raise FetchError("too_large", sent=True)
                    chunks.append(bytes(chunk))
                return Response(response.status, headers, b"".join(chunks))
            finally:
                await asked.it.__aexit__(None, None, None)
        except PyreqwestError as error:
            raise _failure(error) from error

    async def close(self) -> None:
        """Refuses what is asked from now on, and closes its connections as soon as no exchange runs: one that waits for
        its answer gets it."""
        if self._running.refuse():
            await self._end()

    async def _end(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()


async def _turn() -> None:
    """Lets the other tasks of the loop come as far as this one. Calls that are made together then compute first and
    send together: to wake pyreqwest's thread for each of them, and to wait for Python's lock as often, takes as long as
    a third of a call."""
    await sleep(0)


class _Runtime:
    """pyreqwest's threads serve the process that started them, and none that it forks. What one of them drops only
    while Python shuts down aborts the process (pyreqwest 0.15, PyO3): a program whose payouts are made would end as one
    that failed."""

    started = lost = False

    def __init__(self) -> None:
        os.register_at_fork(after_in_child=self._forked)
        atexit.register(self._ended)

    def _forked(self) -> None:
        self.lost = self.started

    def _ended(self) -> None:
        if self.started and not self.lost:
            # They take Python's lock one after the other as soon as it is free, and need it for microseconds.
            time.sleep(0.01)


_runtime = _Runtime()


def _forked() -> FetchError:
    text = "pyreqwest cannot be used in a fork of a process that used it: make the client after the fork, or use httpx2"
    return FetchError("connect", sent=False, detail=text)


def _kind(request: Request) -> tuple[bool, bool, int]:
    """What `_builder` is told."""
    return request.fresh, request.url.startswith("http:"), request.timeout_ms.bit_length()


def _builder(builder: Any, fresh: bool, plain: bool, bits: int) -> Any:
    """What is set for a whole client: whether its connections serve once, whether it follows the environment's proxies
    (plain http is for this machine alone: what is signed must not leave it unencrypted), and how long it may take to
    make a connection. That is a power of two, a quarter to a half of what the exchange may take, whose bits are given:
    a connection that was not had by then is known to have carried nothing, and there are never more than a few
    clients."""
    _runtime.started = True
    builder = builder.http1_only().follow_redirects(False).error_for_status(False).max_connections(None).referer(False)
    builder = builder.connect_timeout(timedelta(milliseconds=1 << max(bits - 2, 0)))
    if plain:
        builder = builder.no_proxy()
    return builder.pool_max_idle_per_host(0) if fresh else builder.pool_idle_timeout(timedelta(seconds=5))


def _built(client: Any, request: Request) -> Any:
    builder = client.request(request.method, request.url).headers(request.headers).timeout(_time(request.timeout_ms))
    return builder if request.body is None else builder.body_text(request.body)


@lru_cache(64)
def _time(ms: int) -> timedelta:
    return timedelta(milliseconds=ms)


#: A body shorter than this is complete as soon as its head is answered: nothing is left that could fail or be closed.
_AHEAD: int = BaseRequestBuilder.default_streamed_read_buffer_limit()


class _Asked:
    """A request that is sent, as something that can be shown: pyreqwest's own `repr` fails from then on, and tools that
    report errors print the variables of every frame."""

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it


def _head(response: Any) -> tuple[list[tuple[str, str]], int]:
    """The headers that are read, and how long the body is; if that is not said, longer than any."""
    headers, length = [], sys.maxsize
    for header in response.headers.items():
        name, value = header
        if name in RESPONSE_HEADERS:
            headers.append(header)
        elif name == "content-length" and value.isdecimal():
            length = int(value)
    return headers, length


def _failure(error: PyreqwestError) -> FetchError:
    """W1: the same `ConnectError` says that a connection was refused and that one was reset after sending, and the same
    `ConnectTimeoutError` that there was no connection in time and no answer; only their causes tell the two apart."""
    details = getattr(error, "details", None) or {}
    causes = " ".join(str(cause.get("message", "")) for cause in details.get("causes") or [])
    if "client error (Connect)" in causes and isinstance(error, ConnectError | ConnectTimeoutError):
        return FetchError("connect", sent=False, detail=causes)
    kind = "timeout" if isinstance(error, RequestTimeoutError) else "broken"
    return FetchError(kind, sent=True, detail=type(error).__name__)  # type: ignore[arg-type]
