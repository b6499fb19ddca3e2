"""The fast transport, in the extra `fast`: pyreqwest. Its own total timeout ends an exchange in every state; the
driver's stands behind it. What is cancelled returns at once, but pyreqwest 0.15 keeps its socket until that timeout;
httpx2 closes it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import ConnectError, PyreqwestError, RequestTimeoutError

from .._time import event_loop, is_over
from . import RESPONSE_HEADERS, FetchError, Request, Response

__all__ = ["AsyncReqwestFetch", "ReqwestFetch"]


class ReqwestFetch:
    """pyreqwest, blocking. In the main thread its exchanges run beside the caller, because Ctrl-C does not reach
    into them."""

    @property
    def keeps_time(self) -> bool:
        """Only the main thread is interrupted."""
        return threading.current_thread() is not threading.main_thread()

    def __init__(self) -> None:
        self._clients: dict[bool, SyncClient] = {}
        self._lock = threading.Lock()

    def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        client = self._clients.get(request.fresh)
        if client is None:
            with self._lock:
                client = self._clients.setdefault(request.fresh, _builder(SyncClientBuilder(), request).build())
        try:
            with _built(client.request(request.method, request.url), request).build_streamed() as response:
                if _fits(response, request):
                    return Response(response.status, _headers(response), bytes(response.bytes()))
                chunks, left = [], request.max_body
                reader = response.body_reader
                while (chunk := reader.read_chunk()) is not None:
                    left -= len(chunk)
                    if left < 0:
                        raise FetchError("too_large", sent=True)
                    chunks.append(bytes(chunk))
                return Response(response.status, _headers(response), b"".join(chunks))
        except PyreqwestError as error:
            raise _failure(error) from error

    def close(self) -> None:
        """Closes its connections."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()


class AsyncReqwestFetch:
    """pyreqwest for asyncio."""

    def __init__(self) -> None:
        self._clients: dict[tuple[Any, bool], Client] = {}

    async def fetch(self, request: Request) -> Response:
        """Sends the request once."""
        key = (event_loop(), request.fresh)
        client = self._clients.get(key)
        if client is None:
            # Connections of a loop that is over serve nobody.
            self._clients = {old: kept for old, kept in self._clients.items() if not is_over(old[0])}
            client = self._clients[key] = _builder(ClientBuilder(), request).build()
        try:
            async with _built(client.request(request.method, request.url), request).build_streamed() as response:
                if _fits(response, request):
                    return Response(response.status, _headers(response), bytes(await response.bytes()))
                chunks, left = [], request.max_body
                reader = response.body_reader
                while (chunk := await reader.read_chunk()) is not None:
                    left -= len(chunk)
                    if left < 0:
                        raise FetchError("too_large", sent=True)
                    chunks.append(bytes(chunk))
                return Response(response.status, _headers(response), b"".join(chunks))
        except PyreqwestError as error:
            raise _failure(error) from error

    async def close(self) -> None:
        """Closes its connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()


def _builder(builder: Any, request: Request) -> Any:
    builder = builder.http1_only().follow_redirects(False).error_for_status(False).max_connections(None).referer(False)
    return builder.pool_max_idle_per_host(0) if request.fresh else builder.pool_idle_timeout(timedelta(seconds=5))


def _built(builder: Any, request: Request) -> Any:
    builder = builder.headers(request.headers).timeout(timedelta(milliseconds=request.timeout_ms))
    return builder if request.body is None else builder.body_text(request.body)


def _fits(response: Any, request: Request) -> bool:
    """Whether the body is known to be small enough to be read in one go."""
    length = response.get_header("content-length")
    return length is not None and length.isdecimal() and int(length) <= request.max_body


def _headers(response: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers.items() if name in RESPONSE_HEADERS]


def _failure(error: PyreqwestError) -> FetchError:
    """W1: the same `ConnectError` says that a connection was refused and that one was reset after sending; only its
    causes tell the two apart."""
    details = getattr(error, "details", None) or {}
    causes = " ".join(str(cause.get("message", "")) for cause in details.get("causes") or [])
    if isinstance(error, ConnectError) and "client error (Connect)" in causes:
        return FetchError("connect", sent=False, detail=causes)
    kind = "timeout" if isinstance(error, RequestTimeoutError) else "broken"
    return FetchError(kind, sent=True, detail=type(error).__name__)  # type: ignore[arg-type]
