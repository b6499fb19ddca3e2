"""Connections of httpx2 whose every wait ends when the exchange's time is up, however often bytes drip in. The system's
resolver, which knows no deadline, is asked in a thread beside."""

from __future__ import annotations

# By the first look-up, unless it is here already: a child that is forked in its midst would wait for it for ever.
import encodings.idna  # noqa: F401
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from .._beside import beside

__all__ = ["Punctual", "now"]

#: How long to wait for a name's addresses where nothing else says it.
_LOOK_UP = 10.0


class _Now(threading.local):
    """Until when the exchange of this thread may last, `None` between exchanges."""

    deadline: float | None = None
    #: True while a connection is opened for it and nothing was written; `None` until then, which says nothing.
    unsent: bool | None = None

    def left(self, otherwise: float | None, late: type[Exception]) -> float | None:
        if self.deadline is None:
            return otherwise
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise late("the time of the attempt is used up")
        return left


now = _Now()


def _addresses(host: str, port: int, seconds: float | None) -> list[Any]:
    """The addresses of a host. The system's resolver knows no deadline, and no signal handler runs while it waits: it
    is asked in a thread beside."""
    if host.replace(".", "").isdecimal() or ":" in host:
        return [(None, None, None, None, (host, port))]
    answer = beside(
        lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), _LOOK_UP if seconds is None else seconds
    )
    if answer is None:
        raise httpcore2.ConnectTimeout(f"the addresses of {host} did not come in time")
    addresses, error = answer
    if error is not None:
        if isinstance(error, OSError | UnicodeError):
            raise httpcore2.ConnectError(str(error)) from error
        raise error
    return list(addresses)


class Punctual(httpcore2.NetworkBackend):
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
        if now.unsent is None:
            now.unsent = True
        addresses = _addresses(host, port, now.left(timeout, httpcore2.ConnectTimeout))
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            left = now.left(timeout, httpcore2.ConnectTimeout)
            try:
                ip = str(address[4][0])
                return PunctualStream(self._inner.connect_tcp(ip, port, left, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        left = now.left(timeout, httpcore2.ConnectTimeout)
        return PunctualStream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class PunctualStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, now.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        now.unsent = False
        self._inner.write(buffer, now.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = now.left(timeout, httpcore2.ConnectTimeout)
        return PunctualStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
