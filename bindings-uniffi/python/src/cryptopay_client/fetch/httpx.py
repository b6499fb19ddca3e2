"""The default transport: httpx2. Blocking calls end in time because every read and write of a socket asks for the
time that is left; asynchronous ones because the driver cancels them. A request marked `fresh` gets a connection of
its own. Without a client of the caller's own, requests go to httpx2's transport at once: redirects, cookies and
authentication are what a client would add."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from .._time import event_loop, is_over
from . import RESPONSE_HEADERS, FetchError, Request, Response

__all__ = ["AsyncHttpxFetch", "HttpxFetch"]

#: Idle connections that are kept, and for how many seconds: shorter than servers usually do.
_POOLED = httpx2.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=5.0)
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
                transport = self._transports[request.fresh] = httpx2.HTTPTransport(**_settings(request))
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
        #: Connections belong to the event loop that made them.
        self._transports: dict[tuple[Any, bool], httpx2.AsyncHTTPTransport] = {}

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        try:
            response = await self._send(request)
            try:
                chunks = []
                left = request.max_body
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

    async def _send(self, request: Request) -> httpx2.Response:
        if self._own is not None:
            return await self._own.send(_built(request), stream=True, auth=None, follow_redirects=False)
        transport = self._transports.get((event_loop(), request.fresh)) or self._transport(request)
        return await transport.handle_async_request(_built(request))

    def _transport(self, request: Request) -> httpx2.AsyncHTTPTransport:
        # Connections of a loop that is over serve nobody.
        self._transports = {key: kept for key, kept in self._transports.items() if not is_over(key[0])}
        transport = self._transports[event_loop(), request.fresh] = httpx2.AsyncHTTPTransport(**_settings(request))
        return transport

    async def close(self) -> None:
        """Closes its connections; a client of your own stays open."""
        transports, self._transports = self._transports, {}
        for (loop, _), transport in transports.items():
            if loop is event_loop():
                await transport.aclose()


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


def _settings(request: Request) -> dict[str, Any]:
    url = urlsplit(request.url)
    host = url.hostname or ""
    proxies = {} if host == "localhost" or host.startswith("127.") or proxy_bypass(host) else getproxies()
    return {
        "limits": _SINGLE if request.fresh else _POOLED,
        "proxy": proxies.get(url.scheme) or proxies.get("all"),
        # The TLS context is what costs time to make, and plain http (this machine alone) needs none.
        "verify": url.scheme == "https",
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
