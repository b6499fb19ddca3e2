"""The default transport: httpx2. Blocking calls end in time because every read and write of a socket asks for the
time that is left; asynchronous ones because the driver cancels them. A request marked `fresh` gets a connection of
its own. Without a client of the caller's own, requests go to httpx2's transport at once: redirects, cookies and
authentication are what a client would add."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Awaitable, Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from .._time import event_loop, is_over
from . import RESPONSE_HEADERS, FetchError, Request, Response

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
        one
            the environment's proxies are used.
    """

    def __init__(self, client: httpx2.Client | None = None) -> None:
        self._own = client
        self._settings: dict[str, Any] = {}
        self._transports: dict[bool, httpx2.HTTPTransport] = {}
        self._lock = threading.Lock()
        #: A foreign client's sockets cannot be asked to keep time.
        self.keeps_time = client is None

    def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        _now.deadline = time.monotonic() + request.timeout
        try:
            response = self._send(request)
            try:
                body = b"".join(_limited(response.iter_bytes(), request.max_body))
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise _failure(error) from error
        finally:
            _now.deadline = None
        return Response(response.status_code, _headers(response), body)

    def _send(self, request: Request) -> httpx2.Response:
        if self._own is not None:
            return self._own.send(_built(request), stream=True, auth=None, follow_redirects=False)
        transport = self._transports.get(request.fresh) or self._transport(request)
        return transport.handle_request(_built(request))

    def _transport(self, request: Request) -> httpx2.HTTPTransport:
        with self._lock:
            transport = self._transports.get(request.fresh)
            if transport is None:
                self._settings = self._settings or _settings(request.url)
                limits = _SINGLE if request.fresh else _POOLED
                transport = self._transports[request.fresh] = httpx2.HTTPTransport(limits=limits, **self._settings)
                transport._pool._network_backend = _Punctual(transport._pool._network_backend)
            return transport

    def close(self) -> None:
        """Closes its connections; a client of your own stays open."""
        with self._lock:
            transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            transport.close()


class AsyncHttpxFetch:
    """httpx2 for asyncio and trio.

    Args:
        client: A client of your own. It must not follow redirects or retry.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        self._own = client
        self._settings: dict[str, Any] = {}
        #: Connections belong to the event loop that made them.
        self._lanes: dict[Any, _Lanes] = {}

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        if self._own is not None:
            own = self._own.send(_built(request), stream=True, auth=None, follow_redirects=False)
            return await _exchanged(own, request.max_body)
        self._settings = self._settings or _settings(request.url)
        if request.fresh:
            # Its one connection closes with the exchange.
            single = httpx2.AsyncHTTPTransport(limits=_SINGLE, **self._settings)
            return await _exchanged(single.handle_async_request(_built(request)), request.max_body)
        lanes = self._lanes.get(event_loop()) or self._opened()
        await lanes.tidied()
        transport = lanes.taken(self._settings)
        try:
            response = await _exchanged(transport.handle_async_request(_built(request)), request.max_body)
        except BaseException:
            # The connection was closed with the exchange.
            lanes.open.discard(transport)
            raise
        lanes.idle.append((time.monotonic() + _KEPT_SECONDS, transport))
        return response

    def _opened(self) -> _Lanes:
        # Connections of a loop that is over serve nobody.
        self._lanes = {loop: kept for loop, kept in self._lanes.items() if not is_over(loop)}
        lanes = self._lanes[event_loop()] = _Lanes()
        return lanes

    async def close(self) -> None:
        """Closes its connections; a client of your own stays open."""
        all_lanes, self._lanes = self._lanes, {}
        for loop, lanes in all_lanes.items():
            if loop is event_loop():
                for transport in list(lanes.open):
                    await transport.aclose()


class _Lanes:
    """The connections of one loop, each in a pool of its own: a pool of httpcore2 asks all its connections twice for
    each request how they are, the idle ones by a system call, so that the more there are the more each request costs.
    The one that was used last is used next. There are as many as there were calls at once."""

    __slots__ = ("idle", "open")

    def __init__(self) -> None:
        self.open: set[httpx2.AsyncHTTPTransport] = set()
        #: With the time until which it is kept, the oldest first.
        self.idle: deque[tuple[float, httpx2.AsyncHTTPTransport]] = deque()

    def taken(self, settings: dict[str, Any]) -> httpx2.AsyncHTTPTransport:
        """An idle one, or a new one."""
        if self.idle:
            return self.idle.pop()[1]
        transport = httpx2.AsyncHTTPTransport(limits=_LANE, **settings)
        self.open.add(transport)
        return transport

    async def tidied(self) -> None:
        """Closes what was kept long enough, two at most: no call pays for a crowd that has gone."""
        for _ in range(2):
            if not self.idle or self.idle[0][0] > time.monotonic():
                return
            transport = self.idle.popleft()[1]
            self.open.discard(transport)
            await transport.aclose()


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
    host = parts.hostname or ""
    proxies = {} if host == "localhost" or host.startswith("127.") or proxy_bypass(host) else getproxies()
    return {
        "proxy": proxies.get(parts.scheme) or proxies.get("all"),
        # One context for all connections: it takes long to make, so plain http (this machine alone) gets an empty one.
        "verify": httpx2.create_ssl_context(verify=parts.scheme == "https"),
    }


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
    kind, sent = next((kind, sent) for type_, kind, sent in _FAILURES if isinstance(error, type_))
    return FetchError(kind, sent=sent, detail=f"{type(error).__name__}: {error}")


class _Now(threading.local):
    """Until when the exchange of this thread may last; `None` between exchanges."""

    deadline: float | None = None

    def left(self, otherwise: float | None, late: type[Exception]) -> float | None:
        if self.deadline is None:
            return otherwise
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise late("the time of the attempt is used up")
        return left


_now = _Now()


class _Punctual(httpcore2.NetworkBackend):
    """Opens connections whose every wait ends when the exchange's time is up, however often bytes drip in."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Tries the host's addresses one after the other within the time that is left."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            left = _now.left(timeout, httpcore2.ConnectTimeout)
            try:
                ip = str(address[4][0])
                return _PunctualStream(self._inner.connect_tcp(ip, port, left, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        left = _now.left(timeout, httpcore2.ConnectTimeout)
        return _PunctualStream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _PunctualStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _now.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _now.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _now.left(timeout, httpcore2.ConnectTimeout)
        return _PunctualStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
