"""Callbacks: whether one came from Cryptopay, what it says, and how it is handled once only. Receiving it is the work
of your web framework; `cryptopay_client.callbacks.flask`, `.django` and `.starlette` (FastAPI too) do it for you."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from .. import _native as native
from .._call import write
from .._model import Model, read
from ..errors import CryptopayError, error_of
from ..generated.models import CALLBACKS
from .store import AsyncStore, MemoryStore, Store

__all__ = ["MAX_BODY", "SIGNATURE_HEADER", "AsyncStore", "Callbacks", "Event", "MemoryStore", "Reply", "Store"]

#: The header that carries the signature.
SIGNATURE_HEADER = "X-Cryptopay-Signature"
#: The largest body that is looked at, in bytes.
MAX_BODY = 1 << 20
#: How long a handler may take before its event is given to another delivery, in ms.
LEASE_MS = 5 * 60 * 1000


class Event(Struct, frozen=True, kw_only=True):
    """A callback that was verified. Before money moves, read the object again: callbacks may come late and out of
    order."""

    #: `Invoice`, `ChannelPayment`, `CoinWithdrawal`, `Subscription`, or one that is new.
    type: str
    #: `status_changed`, `created` and so on.
    event: str
    #: The object's id, status and status context.
    id: str | None
    status: str | None
    status_context: str | None
    #: Whether this version knows type and event.
    known: bool
    #: The same for every delivery of one event, different for two events.
    dedupe_key: str
    #: Which secret fitted, from 0: when it is never an old one any more, that one can go.
    secret: int
    #: The object: `CallbackInvoice` and so on; `None` for a type that is not known.
    data: Model | None
    #: The JSON text of `data`.
    raw: bytes

    def may_follow(self, status: str) -> bool:
        """Whether this event can be news to someone who knows the object as `status`; false: it is late."""
        return bool(native.may_follow(self.type.encode(), status.encode(), (self.status or "").encode()))


class Reply(Struct, frozen=True):
    """What to answer to the request."""

    status: int
    text: str


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


_read = msgspec.json.Decoder(_Verified).decode

Handler = Callable[[Event], object]
AsyncHandler = Callable[[Event], Awaitable[object]]


class Callbacks:
    """Verifies callbacks.

    Args:
        secrets: The callback secrets of the dashboard, the current one first; several while one is replaced.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str]) -> None:
        given = (secrets,) if isinstance(secrets, str) else tuple(secrets)
        # Only this function knows them, so that no dump of the object shows them.
        self._secrets: Callable[[], tuple[str, ...]] = lambda: given

    def __repr__(self) -> str:
        return f"Callbacks({len(self._secrets())} secrets)"

    def __reduce__(self) -> Any:
        raise TypeError("callbacks hold secrets, they cannot be pickled or copied")

    def verify(self, body: bytes, signature: str | None) -> Event:
        """Checks that the raw body came from Cryptopay, and reads it.

        Args:
            body: The bytes of the request, before anything parsed them.
            signature: The value of the header `X-Cryptopay-Signature`.

        Raises:
            InvalidSignatureError: it is not proven; the text says why.
            ConfigurationError: there is no secret, or a wrong one.
        """
        if not isinstance(body, bytes):
            raise _parsed(body)
        told = _read(native.verify_callback(body, write({"signature": signature, "secrets": self._secrets()})))
        if told.error is not None or told.event is None:
            raise _error(told.error)
        it = told.event
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
            secret=told.secret,
            data=read(kind, raw, strict=False) if kind is not None and raw.startswith(b"{") else None,
            raw=raw,
        )

    def sign(self, body: bytes) -> str:
        """Signs a body with the current secret, for tests of a handler: the value of `X-Cryptopay-Signature`."""
        secret = next(iter(self._secrets()), "")
        told = _read(native.sign_callback(body, secret.encode()))
        if told.error is not None:
            raise _error(told.error)
        return told.signature

    def receive(self, body: bytes, signature: str | None, handler: Handler, store: Store) -> Reply:
        """Verifies a callback and hands it to `handler` once only. Answer the request with what this returns: the API
        delivers again until it gets a 200. When the handler raises, the exception goes on to you after the event was
        freed; answer 500."""
        try:
            event = self.verify(body, signature)
        except CryptopayError as error:
            return _refusal(error)
        claimed = store.claim(event.dedupe_key, LEASE_MS)
        if claimed != "new":
            return _REPLIES[claimed]
        try:
            handler(event)
        except BaseException:
            store.release(event.dedupe_key)
            raise
        store.complete(event.dedupe_key)
        return Reply(200, "ok")

    async def receive_async(
        self, body: bytes, signature: str | None, handler: AsyncHandler, store: AsyncStore | Store
    ) -> Reply:
        """The same for a coroutine; the store may be either kind."""
        try:
            event = self.verify(body, signature)
        except CryptopayError as error:
            return _refusal(error)
        claimed = await _done(store.claim(event.dedupe_key, LEASE_MS))
        if claimed != "new":
            return _REPLIES[claimed]
        try:
            await handler(event)
        except BaseException:
            await _done(store.release(event.dedupe_key))
            raise
        await _done(store.complete(event.dedupe_key))
        return Reply(200, "ok")


async def _done(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


_REPLIES = {"done": Reply(200, "handled before"), "in_progress": Reply(503, "being handled, come again")}


def _refusal(error: CryptopayError) -> Reply:
    return Reply(500, "not configured") if error.code == "configuration" else Reply(400, str(error))


def _error(error: _Error | None) -> CryptopayError:
    return error_of(error.code, error.text) if error else error_of("invalid_signature", "the callback cannot be read")


def _parsed(body: object) -> CryptopayError:
    text = f"the body is a {type(body).__name__}, pass the raw bytes of the request before any body parser reads them"
    return error_of("invalid_signature", text)
