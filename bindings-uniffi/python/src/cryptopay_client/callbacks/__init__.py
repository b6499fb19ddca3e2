"""Callbacks: whether one came from Cryptopay, what it says, and how it is handled once only. Receiving it is the work
of your web framework; `cryptopay_client.callbacks.flask`, `.django` and `.starlette` (FastAPI too) do it for you."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from .. import _native as native
from .._call import milliseconds, refused, write
from .._crossing import crossed
from .._model import Model, read
from .._time import in_trio
from ..errors import ConfigurationError, CryptopayError, error_of
from ..generated.models import CALLBACKS
from .store import AsyncStore, MemoryStore, Store

__all__ = ["LEASE", "MAX_BODY", "SIGNATURE_HEADER", "AsyncStore", "Callbacks", "Event", "MemoryStore", "Reply", "Store"]

SIGNATURE_HEADER = "X-Cryptopay-Signature"
"""The header that carries the signature."""
MAX_BODY = 1 << 20
"""The largest body that is looked at, in bytes."""
LEASE = 5 * 60
"""How long a handler may take, in seconds, before its event is given to another delivery, unless told otherwise."""


class Event(Struct, frozen=True, kw_only=True):
    """A callback, verified unless `parse` read it. Before money moves, read the object again: callbacks may come late
    and out of order."""

    type: str
    """`Invoice`, `ChannelPayment`, `CoinWithdrawal`, `Subscription`, or one that is new."""
    event: str
    """`status_changed`, `created` and so on."""
    id: str | None
    """The object's id."""
    status: str | None
    """The object's status when the event happened."""
    status_context: str | None
    """Why it has that status, where the API says so."""
    known: bool
    """Whether this version knows type and event."""
    dedupe_key: str
    """The same for every delivery of one event, different for two events."""
    secret: int | None
    """Which secret fitted, from 0: when it is never an old one any more, that one can go. `None`: it was not verified,
    `parse` read it."""
    data: Model | None
    """The object: `CallbackInvoice` and so on; `None` for a type that is not known."""
    raw: bytes
    """The JSON text of `data`."""

    def may_follow(self, status: str) -> bool:
        """Whether this event can be news to someone who knows the object as `status`.

        Args:
            status: The status that you know, such as `new`.

        Returns:
            False: the event is late. A status that this version does not know may follow, and be followed by, any.
        """
        kind, told = self.type.encode(), (self.status or "").encode()
        return bool(crossed("callback", lambda: native.may_follow(kind, status.encode(), told)))


class Reply(Struct, frozen=True):
    """What to answer to the request."""

    status: int
    """The HTTP status: 200, 400, 500 or 503. The views for frameworks answer 413 themselves to a body above 1 MiB."""
    text: str
    """The body, plain text without a secret."""


class _Error(Struct):
    code: str
    text: str


class _Event(Struct):
    type: str = ""
    event: str = ""
    id: str | None = None
    status: str | None = None
    status_context: str | None = None
    known: bool = False
    dedupe_key: str = ""
    data: tuple[int, int] | None = None


class _Verified(Struct):
    event: _Event | None = None
    secret: int = 0
    error: _Error | None = None
    signature: str = ""


_log = logging.getLogger("cryptopay_client")
_read = msgspec.json.Decoder(_Verified).decode
_read_event = msgspec.json.Decoder(_Event | None).decode
_RAW = "pass the raw bytes of the request before any body parser reads them"

Handler = Callable[[Event], object]
AsyncHandler = Callable[[Event], Awaitable[object]]


class Callbacks:
    """Verifies callbacks. `client.callbacks` is one with the client's `callback_secrets`.

    Args:
        secrets: The callback secrets of the dashboard (not the API secret), the current one first; several while one
            is replaced.

    Raises:
        ConfigurationError: one is no `str`. What is wrong with a text is told by `verify`.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str]) -> None:
        given = (secrets,) if isinstance(secrets, str | bytes) else tuple(secrets)
        # What was refused is printed too, by tools that report errors.
        self._secrets: Callable[[], tuple[str, ...]] = tuple
        kinds = [type(secret).__name__ for secret in given if not isinstance(secret, str)]
        if kinds:
            del secrets, given
            raise error_of("configuration", f"secrets: one is a {kinds[0]}, give each as a str")
        # Only this function knows them, so that no dump of the object shows them.
        self._secrets = lambda: given

    def __repr__(self) -> str:
        return f"Callbacks({len(self._secrets())} secrets)"

    def __reduce__(self) -> Any:
        raise TypeError("callbacks hold secrets, they cannot be pickled or copied")

    def verify(self, body: bytes, signature: str | None) -> Event:
        """Checks that the raw body came from Cryptopay, and reads it.

        Args:
            body: The bytes of the request, before anything parsed them: Flask's `request.get_data()`, Django's
                `request.body`, FastAPI's `await request.body()`.
            signature: The value of the header `X-Cryptopay-Signature`; `None` where there is none.

        Returns:
            What happened, and to which object.

        Raises:
            InvalidSignatureError: it is not proven; the text says why.
            ConfigurationError: there is no secret, or a wrong one.
        """
        if not isinstance(body, bytes):
            raise _parsed(body)
        if signature is not None and not isinstance(signature, str):
            kind = type(signature).__name__
            raise error_of("invalid_signature", f"signature: is a {kind}, give the header's value as a str")
        # No variable of a frame that raises may hold the secrets.
        told = _read(
            crossed(
                "callback",
                lambda: native.verify_callback(body, write({"signature": signature, "secrets": self._secrets()})),
            )
        )
        if told.error is not None or told.event is None:
            raise _error(told.error)
        return _event(told.event, body, told.secret)

    def parse(self, body: bytes) -> Event:
        """Reads a body without verifying it, for tools that show what came. Nothing in it is to be believed: act only
        on what `verify` or `receive` handed out.

        Args:
            body: The bytes of the request.

        Returns:
            What the body says; its `secret` is `None`.

        Raises:
            InvalidArgumentError: the body is not bytes.
            InvalidResponseError: it is no JSON object.
        """
        if not isinstance(body, bytes):
            raise refused("callbacks.parse", "body", f"is a {type(body).__name__}, {_RAW}")
        told = _read_event(crossed("callback", lambda: native.read_callback(body)))
        if told is None:
            raise error_of("invalid_response", "the body is not a JSON object")
        return _event(told, body, None)

    def sign(self, body: bytes) -> str:
        """Signs a body with the current secret, for tests of a handler.

        Args:
            body: The bytes of the request.

        Returns:
            The value of `X-Cryptopay-Signature`, 64 hex digits.

        Raises:
            ConfigurationError: there is no secret, or a wrong one.
        """
        told = _read(crossed("callback", lambda: native.sign_callback(body, write(self._secrets()))))
        if told.error is not None:
            raise _error(told.error)
        return told.signature

    def receive(
        self, body: bytes, signature: str | None, handler: Handler, store: Store, *, lease: float = LEASE
    ) -> Reply:
        """Verifies a callback and hands it to `handler` once only. Answer the request with what this returns: the API
        delivers again until it gets a 200.

        Args:
            body: The bytes of the request, before anything parsed them.
            signature: The value of the header `X-Cryptopay-Signature`; `None` where there is none.
            handler: Gets the event. It is a plain function: a coroutine needs `receive_async`. The API waits 10 s and
                then delivers again; meanwhile it gets 503: put slow work into a queue of yours and return.
            store: Remembers what was handled; processes that take callbacks side by side share one.
            lease: How long the handler may take, in seconds, before its event is given to another delivery. Longer than
                the slowest handler, or an event is handled twice; short, for a process that dies holds it so long.

        Returns:
            200: it was handled, now or before. 400: it is not proven to come from the API. 500: there is no secret.
            503: another delivery of the same event is being handled. The last three are not raised; 400 and 500 are
            told to the logger `cryptopay_client`.

        Raises:
            TypeError: the handler is a coroutine function; nothing of it has run.
            ConfigurationError: the `lease` is none.
            Exception: whatever the handler raised, after the event was freed: answer 500, and the API delivers again.
        """
        lease_ms = milliseconds("lease", lease, ConfigurationError)
        try:
            event = self.verify(body, signature)
        except CryptopayError as error:
            return _refusal(error)
        ends = _now_ms() + lease_ms
        claimed = store.claim(event.dedupe_key, lease_ms)
        if claimed != "new":
            return _REPLIES[claimed]
        try:
            _ran(handler(event))
        except BaseException:
            # After its lease the claim has ended by itself, and the key may be another delivery's.
            if _now_ms() < ends:
                store.release(event.dedupe_key)
            raise
        store.complete(event.dedupe_key)
        return Reply(200, "ok")

    async def receive_async(
        self,
        body: bytes,
        signature: str | None,
        handler: AsyncHandler,
        store: AsyncStore | Store,
        *,
        lease: float = LEASE,
    ) -> Reply:
        """Verifies a callback and hands it to `handler` once only, as `receive` does, for a coroutine. A plain function
        is run as it is, and nothing else in the event loop meanwhile.

        Args:
            body: The bytes of the request, before anything parsed them.
            signature: The value of the header `X-Cryptopay-Signature`; `None` where there is none.
            handler: Gets the event.
            store: Remembers what was handled; it may be either kind.
            lease: How long the handler may take, in seconds, before its event is given to another delivery.

        Returns:
            What to answer, as `receive` tells.

        Raises:
            ConfigurationError: the `lease` is none.
            BaseException: whatever the handler raised, a cancellation too, after the event was freed.
        """
        lease_ms = milliseconds("lease", lease, ConfigurationError)
        try:
            event = self.verify(body, signature)
        except CryptopayError as error:
            return _refusal(error)
        ends = _now_ms() + lease_ms
        claimed = await _done(store.claim(event.dedupe_key, lease_ms))
        if claimed != "new":
            return _REPLIES[claimed]
        try:
            await _done(handler(event))
        except BaseException:
            if _now_ms() < ends:
                await _whole(store.release(event.dedupe_key))
            raise
        await _whole(store.complete(event.dedupe_key))
        return Reply(200, "ok")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _ran(result: object) -> None:
    """A coroutine that nobody awaits has not run: its event must not count as handled."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError("the handler is a coroutine function: give a plain one, or use receive_async or .starlette")


async def _done(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _whole(value: Any) -> None:
    """Waits for it also when the request is cancelled meanwhile: an event that was handled must not come again."""
    if not inspect.isawaitable(value):
        return
    if in_trio():
        import trio

        with trio.CancelScope(shield=True):
            await value
        return
    task = asyncio.ensure_future(value)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


_REPLIES = {"done": Reply(200, "handled before"), "in_progress": Reply(503, "being handled, come again")}


def _refusal(error: CryptopayError) -> Reply:
    """A signature that does not fit is the sender's; all else is for us to repair, and not for others to read."""
    _log.warning("a callback was refused: %s", error)
    return Reply(400, str(error)) if error.code == "invalid_signature" else Reply(500, "not configured")


def _error(error: _Error | None) -> CryptopayError:
    return error_of(error.code, error.text) if error else error_of("invalid_signature", "the callback cannot be read")


def _parsed(body: object) -> CryptopayError:
    return error_of("invalid_signature", f"the body is a {type(body).__name__}, {_RAW}")


def _event(it: _Event, body: bytes, secret: int | None) -> Event:
    raw = b"" if it.data is None else body[it.data[0] : it.data[1]]
    kind = CALLBACKS.get(it.type)
    return Event(
        type=it.type,
        event=it.event,
        id=it.id,
        status=it.status,
        status_context=it.status_context,
        known=it.known,
        dedupe_key=it.dedupe_key,
        secret=secret,
        data=read(kind, raw, strict=False) if kind is not None and raw.startswith(b"{") else None,
        raw=raw,
    )
