"""The default transport: httpx2. Blocking calls end in time because every read and write of a socket asks for the
time that is left; asynchronous ones because the driver cancels them. A request marked `fresh` gets a connection of
its own. Without a client of the caller's own, requests go to httpx2's transport at once: redirects, cookies and
authentication are what a client would add."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Awaitable, Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import httpx2

from .._stopping import mark
from .._time import close_in, event_loop, is_over
from . import RESPONSE_HEADERS, FetchError, Request, Response, closed
from ._exchanges import Exchanges
from ._punctual import Punctual, now

__all__ = ["AsyncHttpxFetch", "HttpxFetch"]

#: How long idle connections are kept: shorter than servers usually do.
_KEPT_SECONDS = 5.0
_POOLED = httpx2.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=_KEPT_SECONDS)
_LANE = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEPT_SECONDS)
_SINGLE = httpx2.Limits(max_connections=None, max_keepalive_connections=0)


class HttpxFetch:
    """httpx2, blocking.

    Args:
        client: A client of your own (proxies, mocks, instrumentation). It must not follow redirects or retry. Without
            it the environment's proxies are used.
    """

    def __init__(self, client: httpx2.Client | None = None) -> None:
        self._own = client
        self._settings: dict[str, Any] = {}
        self._transports: dict[bool, httpx2.HTTPTransport] = {}
        #: Again by the same thread: a signal handler may make a call in the midst of another one's.
        self._lock = threading.RLock()
        self._running = Exchanges()
        _all.add(self)
        #: A foreign client's sockets cannot be asked to keep time.
        self.keeps_time = client is None

    def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        # A signal handler may make a call in the midst of another one's.
        outer = now.deadline, now.unsent
        now.deadline, now.unsent = time.monotonic() + request.timeout, None
        exchange = object()
        try:
            self._running.begin(exchange)
            response = self._send(request)
            try:
                body = b"".join(_limited(response.iter_bytes(), request.max_body))
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise _failure(error) from error
        except BaseException as stop:
            mark(stop, sent=not now.unsent)
            raise
        finally:
            now.deadline, now.unsent = outer
            if self._running.was_last(exchange):
                self._end()
        return Response(response.status_code, _headers(response), body)

    def _send(self, request: Request) -> httpx2.Response:
        if self._own is not None:
            built = _built(request)
            return self._own.send(built, stream=True, auth=None, follow_redirects=False)
        transport = self._transports.get(request.fresh) or self._transport(request)
        return transport.handle_request(_built(request))

    def _transport(self, request: Request) -> httpx2.HTTPTransport:
        with self._lock:
            if request.fresh not in self._transports:
                try:
                    made = self._made(request)
                except Exception as error:
                    raise _unmade(error) from error
                self._transports.setdefault(request.fresh, made)
            return self._transports[request.fresh]

    def _made(self, request: Request) -> httpx2.HTTPTransport:
        self._settings = self._settings or _settings(request.url)
        transport = httpx2.HTTPTransport(limits=_SINGLE if request.fresh else _POOLED, **self._settings)
        transport._pool._network_backend = Punctual(transport._pool._network_backend)
        return transport

    def close(self) -> None:
        """Refuses what is asked from now on, and closes its connections as soon as no exchange runs: one that waits for
        its answer gets it. A client of your own stays open."""
        if self._running.refuse():
            self._end()

    def _end(self) -> None:
        with self._lock:
            transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            transport.close()

    def _forked(self) -> None:
        """A child shares its parent's connections: it neither uses nor closes them, and makes its own."""
        _forgotten.append(self._transports)
        self._transports, self._lock = {}, threading.RLock()
        self._running.forked()


#: All there are, and the connections of their parents in a child, which no finaliser may close.
_all: WeakSet[HttpxFetch] = WeakSet()
_forgotten: list[object] = []


def _after_fork() -> None:
    for fetch in list(_all):
        fetch._forked()


os.register_at_fork(after_in_child=_after_fork)

#: Held while a context is made, and while the process forks: OpenSSL's own locks know nothing of forks, and a child
#: that came in the midst of it would wait for ever.
_making = threading.RLock()
os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_making.release)


class AsyncHttpxFetch:
    """httpx2 for asyncio and trio.

    Args:
        client: A client of your own. It must not follow redirects or retry.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        self._own = client
        self._settings: dict[str, Any] = {}
        self._closed = False
        #: Connections belong to the event loop that made them.
        self._lanes: dict[Any, _Lanes] = {}

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        if self._closed:
            raise closed()
        if self._own is not None:
            own = self._own.send(_built(request), stream=True, auth=None, follow_redirects=False)
            return await _exchanged(own, request.max_body)
        if request.fresh:
            # Its one connection closes with the exchange.
            single = self._made(request, _SINGLE)
            return await _exchanged(single.handle_async_request(_built(request)), request.max_body)
        lanes = self._lanes.get(event_loop()) or self._opened()
        await lanes.tidied()
        if self._closed:
            raise closed()
        transport = lanes.idle.pop()[1] if lanes.idle else self._made(request, _LANE)
        # Should it fail, its connection closes with the exchange.
        response = await _exchanged(transport.handle_async_request(_built(request)), request.max_body)
        lanes.idle.append((time.monotonic() + _KEPT_SECONDS, transport))
        if self._closed:
            await lanes.close()
        return response

    def _made(self, request: Request, limits: httpx2.Limits) -> httpx2.AsyncHTTPTransport:
        try:
            self._settings = self._settings or _settings(request.url)
            return httpx2.AsyncHTTPTransport(limits=limits, **self._settings)
        except Exception as error:
            raise _unmade(error) from error

    def _opened(self) -> _Lanes:
        # Connections of a loop that is over serve nobody.
        self._lanes = {loop: kept for loop, kept in self._lanes.items() if not is_over(loop)}
        lanes = self._lanes[event_loop()] = _Lanes()
        return lanes

    async def close(self) -> None:
        """Refuses what is asked from now on, and closes its connections: one on which an answer is awaited as soon as
        it is there, those of another loop as soon as that runs. A client of your own stays open."""
        self._closed = True
        all_lanes, self._lanes = self._lanes, {}
        for loop, lanes in all_lanes.items():
            if loop is event_loop():
                await lanes.close()
            elif not is_over(loop):
                close_in(loop, lanes.close)


class _Lanes:
    """The connections of one loop, each in a pool of its own: a pool of httpcore2 asks all its connections twice for
    each request how they are, the idle ones by a system call, so that the more there are the more each request costs.
    The one that was used last is used next. There are as many as there were calls at once."""

    __slots__ = ("idle",)

    def __init__(self) -> None:
        #: With the time until which it is kept, the oldest first.
        self.idle: deque[tuple[float, httpx2.AsyncHTTPTransport]] = deque()

    async def close(self) -> None:
        """Closes those on which no answer is awaited."""
        while self.idle:
            await self.idle.pop()[1].aclose()

    async def tidied(self) -> None:
        """Closes what was kept long enough, two at most: no call pays for a crowd that has gone."""
        for _ in range(2):
            if not self.idle or self.idle[0][0] > time.monotonic():
                return
            await self.idle.popleft()[1].aclose()


async def _exchanged(sending: Awaitable[httpx2.Response], left: int) -> Response:
    try:
        response = await sending
        try:
            chunks = []
            async for chunk in response.aiter_bytes():
                left -= len(chunk)
                if left < 0:
                    raise FetchError("too_large", sent=True)
                chunks.append(chunk)
        finally:
            await response.aclose()
    except httpx2.HTTPError as error:
        raise _failure(error) from error
    return Response(response.status_code, _headers(response), b"".join(chunks))


def _built(request: Request) -> httpx2.Request:
    timeout = request.timeout
    # Well before the driver's own timer, so that what was never sent is told apart even on a busy machine.
    early = timeout / 2
    return httpx2.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body,
        extensions={"timeout": {"connect": early, "read": timeout, "write": timeout, "pool": early}},
    )


def _settings(url: str) -> dict[str, Any]:
    """What the first request says about all of them."""
    parts = urlsplit(url)
    # Plain http is for this machine alone: what is signed must not leave it unencrypted.
    proxies = {} if parts.scheme == "http" or proxy_bypass(parts.hostname or "") else getproxies()
    with _making:
        # One for all connections: it takes long to make, so plain http (this machine alone) gets an empty one.
        context = httpx2.create_ssl_context(verify=parts.scheme == "https")
    return {"proxy": proxies.get(parts.scheme) or proxies.get("all"), "verify": context}


def _headers(response: httpx2.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers.multi_items() if name in RESPONSE_HEADERS]


def _limited(chunks: Iterable[bytes], left: int) -> Iterable[bytes]:
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise FetchError("too_large", sent=True)
        yield chunk


#: From the most special to the most general: whether the request can have been sent (W1). `ConnectError` and
#: `ConnectTimeout` come from TCP and TLS of a new connection alone, `ProxyError` from CONNECT.
_FAILURES: list[tuple[type[httpx2.HTTPError], Any, bool]] = [
    (httpx2.ConnectTimeout, "connect", False),
    (httpx2.PoolTimeout, "timeout", False),
    (httpx2.ConnectError, "connect", False),
    (httpx2.ProxyError, "connect", False),
    (httpx2.TimeoutException, "timeout", True),
    (httpx2.HTTPError, "broken", True),
]


def _failure(error: httpx2.HTTPError) -> FetchError:
    # A client of the caller's own writes the signed request on it.
    error._request = None
    kind, sent = next((kind, sent) for type_, kind, sent in _FAILURES if isinstance(error, type_))
    return FetchError(kind, sent=sent, detail=f"{type(error).__name__}: {error}")


def _unmade(error: Exception) -> FetchError:
    """Nothing was sent: there is nothing to send it with."""
    text = f"the transport cannot be made, with httpx2 {httpx2.__version__}: {type(error).__name__}: {error}"
    return FetchError("connect", sent=False, detail=text)
