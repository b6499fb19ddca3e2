"""The default transport: httpx2. Blocking calls end in time because every read and write of a socket asks for the
time that is left; asynchronous ones because the driver cancels them. A request marked `fresh` gets a connection of
its own."""

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
        self._clients: dict[bool, httpx2.Client] = {}
        self._lock = threading.Lock()
        #: A foreign client's sockets cannot be asked to keep time.
        self.keeps_time = client is None

    def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        deadline = time.monotonic() + request.timeout
        client = self._own or self._clients.get(request.fresh) or self._client(request)
        _now.deadline = deadline
        try:
            response = client.send(_built(request), stream=True, auth=None, follow_redirects=False)
            try:
                body = b"".join(_limited(response.iter_bytes(), request.max_body))
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise _failure(error) from error
        finally:
            _now.deadline = None
        return Response(response.status_code, _headers(response), body)

    def _client(self, request: Request) -> httpx2.Client:
        with self._lock:
            if request.fresh not in self._clients:
                transport = httpx2.HTTPTransport(**_settings(request))
                pool = transport._pool
                pool._network_backend = _Punctual(pool._network_backend)
                self._clients[request.fresh] = httpx2.Client(transport=transport, trust_env=False)
            return self._clients[request.fresh]

    def close(self) -> None:
        """Closes its connections; a client of your own stays open."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()


class AsyncHttpxFetch:
    """httpx2 for asyncio and trio.

    Args:
        client: A client of your own. It must not follow redirects or retry.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None) -> None:
        self._own = client
        #: Connections belong to the event loop that made them.
        self._clients: dict[tuple[Any, bool], httpx2.AsyncClient] = {}

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        client = self._own or self._clients.get((event_loop(), request.fresh)) or self._client(request)
        try:
            response = await client.send(_built(request), stream=True, auth=None, follow_redirects=False)
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

    def _client(self, request: Request) -> httpx2.AsyncClient:
        transport = httpx2.AsyncHTTPTransport(**_settings(request))
        client = httpx2.AsyncClient(transport=transport, trust_env=False)
        # Connections of a loop that is over serve nobody.
        self._clients = {key: kept for key, kept in self._clients.items() if not is_over(key[0])}
        self._clients[event_loop(), request.fresh] = client
        return client

    async def close(self) -> None:
        """Closes its connections; a client of your own stays open."""
        clients, self._clients = self._clients, {}
        for (loop, _), client in clients.items():
            if loop is event_loop():
                await client.aclose()


def _built(request: Request) -> httpx2.Request:
    timeout = request.timeout
    # A little before the driver's own timer, so that what was never sent is told apart.
    early = timeout * 0.97
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
