"""What moves the bytes. A fetch sends one request and answers with its response, or raises `FetchError`. It repeats
nothing, follows no redirect and signs nothing; everything else is decided elsewhere. A fetch of your own:

    class MyFetch:
        def fetch(self, request: Request) -> Response:
            ...
        def close(self) -> None:
            ...
"""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

__all__ = ["RESPONSE_HEADERS", "AsyncFetch", "Fetch", "FetchError", "Request", "Response"]

#: The response headers that the core reads; a fetch may pass on only these.
RESPONSE_HEADERS = frozenset(
    {"age", "cf-ray", "content-type", "date", "etag", "last-modified", "location", "retry-after"}
)


class Request(Struct, frozen=True):
    """A signed request. Send exactly these bytes. Its `repr` leaves headers and body out: whoever holds the
    `Authorization` can send the request again for up to 15 minutes."""

    method: str
    """The HTTP method."""
    url: str
    """Percent-encoded as signed: a fetch must not normalise it."""
    headers: list[tuple[str, str]]
    """All of them signed or expected: to be sent as they are."""
    body: str | None
    """The JSON to send, as UTF-8; `None` for no body."""
    timeout_ms: int
    """How long the exchange may take, body included."""
    max_body: int
    """Read no more of the body than this, in bytes; longer is `FetchError("too_large")`."""
    fresh: bool
    """True: use a connection that was never used before."""
    purpose: str
    """`send`, `look` or `before`."""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"

    @property
    def timeout(self) -> float:
        """`timeout_ms` in seconds."""
        return self.timeout_ms / 1000


class Response(Struct, frozen=True):
    """A response, body complete."""

    status: int
    """The HTTP status, redirects and errors included."""
    headers: list[tuple[str, str]]
    """Names in any case; at least those of `RESPONSE_HEADERS`."""
    body: bytes
    """The whole body, decompressed."""

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class FetchError(Exception):
    """An exchange that brought no response. `sent` is false only when it is certain that nothing was sent: DNS,
    connect, proxy or TLS of a new connection failed. Any other exception of a fetch counts as `FetchError("broken",
    sent=True)`."""

    def __init__(
        self, kind: Literal["connect", "timeout", "broken", "too_large"], *, sent: bool, detail: str = ""
    ) -> None:
        super().__init__(detail or kind)
        self.kind = kind
        self.sent = sent


def closed() -> FetchError:
    """The failure of a transport that was closed."""
    return FetchError("connect", sent=False, detail="the transport is closed")


@runtime_checkable
class Fetch(Protocol):
    """A blocking transport, used from any thread.

    A fetch with the attribute `keeps_time = True` promises to end by `request.timeout` in every state and to let
    through what signal handlers raise; any other one is run in a thread beside the caller, who stops waiting in time.
    In the caller's thread an exception of a class that is neither `FetchError` nor Python's own is taken for one that
    somebody threw into it: it stops the call, with the record attached. A fetch that keeps time says what failed as a
    `FetchError`."""

    def fetch(self, request: Request) -> Response:
        """Sends the request once.

        Args:
            request: What to send, as it is, and by when.

        Returns:
            The response, whatever its status.

        Raises:
            FetchError: none came; its `sent` is false only if it is certain that nothing left.
        """
        ...

    def close(self) -> None:
        """Frees what it holds. It may be called while exchanges run: let them end, what they carry may be a payment."""
        ...


@runtime_checkable
class AsyncFetch(Protocol):
    """A transport for asyncio (and trio, if it can). When it is cancelled it closes its connection."""

    async def fetch(self, request: Request) -> Response:
        """Sends the request once.

        Args:
            request: What to send, as it is, and by when.

        Returns:
            The response, whatever its status.

        Raises:
            FetchError: none came; its `sent` is false only if it is certain that nothing left.
        """
        ...

    async def close(self) -> None:
        """Frees what it holds. It may be called while exchanges run: let them end, what they carry may be a payment."""
        ...
