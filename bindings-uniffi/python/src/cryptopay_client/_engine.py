"""What the resources of one client share: the core's client and the transport, remade in a forked child. Reading an
answer into its model is here too."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from . import _native as native
from ._call import Failed, quote_of, start, write
from ._crossing import begin, crossed
from ._drive import AsyncPermitStore, Observer, PermitStore, Running, drive, drive_async
from ._model import Model, decoder, read
from ._outcome import NotModified, Outcome, Page, accepted, attach
from ._time import AsyncTime, Time
from .errors import MisuseError
from .fetch import AsyncFetch, Fetch

M = TypeVar("M", bound=Model)
T = TypeVar("T")
C = TypeVar("C", bound="list[Any] | dict[str, Any]")
F = TypeVar("F", Fetch, AsyncFetch)

_FORKED = (
    "this process was forked after its Cryptopay client was made: the child has a client of its own, and the rate "
    "limit is counted for each process; set rate_limit to 195 divided by the number of processes, or give "
    "shared_limit a store"
)


class Ended:
    """A call that ended well."""

    __slots__ = ("body", "done", "received_ms", "unfit")

    def __init__(self, running: Running) -> None:
        self.done, self.body, self.received_ms = running.ended(), running.body, running.told_ms
        #: The error of an answer that cannot be handed back.
        self.unfit = running.unfit

    def _part(self, span: tuple[int, int] | None) -> bytes:
        return b"" if span is None else self.body[span[0] : span[1]]

    def outcome(self) -> Outcome:
        """What is known of it besides its value."""
        done = self.done
        return Outcome(
            done.status,
            done.request_id,
            done.custom_id,
            done.recovered,
            done.accepted,
            done.not_modified,
            tuple(done.unverified),
            done.etag,
            done.last_modified,
            done.record,
            done.trace,
            self._part(done.data),
            self._part(done.meta),
            self.received_ms,
        )


class Transport(Generic[F]):
    """A transport and the process it belongs to, made when it is first needed."""

    def __init__(self, make: Callable[[], F], lent: bool) -> None:
        self._make: Callable[[], F] = make
        self._lent = lent
        self._pid = os.getpid()
        self._fetch: F | None = None
        self._closed = False
        #: Again by the same thread: a signal handler may make a call in the midst of another one's.
        self._lock = threading.RLock()

    def fetch(self) -> F:
        """The transport of this process."""
        fetch = self._fetch
        if fetch is None:
            with self._lock:
                # Nobody would close another one.
                if self._closed:
                    raise closed()
                made = self._fetch or self._make()
                fetch = self._fetch = self._fetch or made
        return fetch

    def forked(self) -> None:
        """The child shares the parent's sockets: it must neither use nor close them, only forget them."""
        _forgotten.append(self._fetch)
        self._pid, self._fetch, self._lock = os.getpid(), None, threading.RLock()

    def opened(self) -> F | None:
        """Hands out what there is to close, and no other after it."""
        if self._pid != os.getpid():
            # The parent's, whose lock may have been held when it forked.
            self._closed = True
            return None
        with self._lock:
            self._closed = True
            fetch, self._fetch = self._fetch, None
        return fetch

    def dropped(self) -> None:
        """Closes what nobody can close any more; what was lent stays open."""
        fetch = None if self._lent else self.opened()
        # Of an asynchronous one there is no loop to wait in: its sockets close with the objects.
        if fetch is not None and not is_async(fetch.close):
            fetch.close()  # type: ignore[unused-coroutine]


def is_async(method: Any) -> bool:
    """Whether it is a coroutine function."""
    code = getattr(getattr(method, "__func__", method), "__code__", None)
    return code is not None and bool(code.co_flags & CO_COROUTINE)


#: Marks the code of a coroutine function; `inspect` would say the same and takes long to import.
CO_COROUTINE = 0x80

#: Transports of parents, kept so that no finaliser closes a socket that the parent still uses.
_forgotten: list[object] = []


class _Fork:
    """The lock under which a child makes its own; the parent's may have been held when it forked."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        os.register_at_fork(after_in_child=self._renewed)

    def _renewed(self) -> None:
        self.lock = threading.RLock()


_fork = _Fork()


def closed() -> MisuseError:
    """The error of a client that was closed."""
    return MisuseError("the client is closed: make a new one")


class _Shared(Generic[F]):
    """The state of a client; `remake` holds the secret, so that nothing else does."""

    def __init__(
        self, remake: Callable[[], native.Client], transport: Transport[F], observers: Sequence[Observer]
    ) -> None:
        self._remake, self.observers = remake, tuple(observers)
        self._transport: Transport[F] = transport
        self._closed = self._warned = False
        self._pid, self._client = os.getpid(), remake()
        weakref.finalize(self, transport.dropped)

    def client(self) -> native.Client:
        """The core's client of this process."""
        if self._closed:
            raise closed()
        if self._pid != os.getpid() and self._forked() and not self._warned:
            import warnings

            self._warned = True
            warnings.warn(_FORKED, RuntimeWarning, stacklevel=4)
        return self._client

    def _begun(
        self,
        client: native.Client,
        time: Time | AsyncTime,
        operation: str,
        params: Mapping[str, Any],
        options: Mapping[str, Any],
        nulls: bool,
    ) -> Running:
        """A call that has begun in the core."""
        at = time.now()
        text = start(at, time.entropy(), operation, params, options, nulls)
        return Running(operation, begin(client, operation, text), at[0], time.now, self.observers)

    def _forked(self) -> bool:
        """Makes what a child needs, once; whether it was this thread that did."""
        with _fork.lock:
            if self._pid == os.getpid():
                return False
            client = self._remake()
            if self._pid == os.getpid():
                # A signal handler's call came in between.
                return False
            self._transport.forked()
            self._client = client
            # At last, or another thread would take the parent's.
            self._pid = os.getpid()
        return True


class Engine(_Shared[Fetch]):
    """Runs calls, blocking."""

    def __init__(
        self,
        remake: Callable[[], native.Client],
        transport: Transport[Fetch],
        observers: Sequence[Observer],
        time: Time,
        permits: PermitStore | None,
    ) -> None:
        super().__init__(remake, transport, observers)
        self.time, self._permits = time, permits

    def run(
        self,
        operation: str,
        params: Mapping[str, Any],
        options: Mapping[str, Any],
        finish: Callable[[Ended], T],
        *,
        nulls: bool = False,
    ) -> T:
        """Runs an operation to its end, and hands out what `finish` makes of it."""
        running = self._begun(self.client(), self.time, operation, params, options, nulls)
        fetch = self._transport.fetch()
        return drive(running, fetch, self.time, self._permits, lambda running: finish(Ended(running)))

    def close(self) -> None:
        """Closes the transport."""
        self._closed = True
        fetch = self._transport.opened()
        if fetch is not None:
            fetch.close()


class AsyncEngine(_Shared[AsyncFetch]):
    """Runs calls, in asyncio or trio."""

    def __init__(
        self,
        remake: Callable[[], native.Client],
        transport: Transport[AsyncFetch],
        observers: Sequence[Observer],
        time: AsyncTime,
        permits: AsyncPermitStore | None,
    ) -> None:
        super().__init__(remake, transport, observers)
        self.time, self._permits = time, permits

    async def run(
        self,
        operation: str,
        params: Mapping[str, Any],
        options: Mapping[str, Any],
        finish: Callable[[Ended], T],
        *,
        nulls: bool = False,
    ) -> T:
        """Runs an operation to its end, and hands out what `finish` makes of it."""
        running = self._begun(self.client(), self.time, operation, params, options, nulls)
        fetch = self._transport.fetch()
        return await drive_async(running, fetch, self.time, self._permits, lambda running: finish(Ended(running)))

    async def close(self) -> None:
        """Closes the transport."""
        self._closed = True
        fetch = self._transport.opened()
        if fetch is not None:
            await fetch.close()


def _fitting(ended: Ended, kind: type[T], data: bytes, *, row: bool = False) -> T:
    """The value of an answer, or of a row: one that cannot be read is not where a list goes on."""
    try:
        return read(kind, data)
    except ValueError as error:
        raise ended.unfit(str(error), b"" if row else data) from error


def _nothing(ended: Ended) -> Exception:
    """What a success without an object ends as: there is nothing to hand back for it."""
    outcome = ended.outcome()
    if outcome.not_modified:
        return NotModified(outcome)
    error = ended.unfit(None, b"")
    return accepted(error, outcome) if outcome.accepted else error


def one(ended: Ended, kind: type[M], options: Mapping[str, Any]) -> M:
    """The object that a call answered."""
    outcome = ended.outcome()
    data = outcome.data
    if not data and ended.done.recovered and "quote" in options:
        # A recovered recalculation has no object of its own: the quote is what was committed.
        data = write(quote_of(options["quote"]))
    if not data:
        raise _nothing(ended)
    value = _fitting(ended, kind, data)
    attach(value, outcome)
    return value


def rows_of(ended: Ended, kind: type[C], inner: Any) -> C:
    """The list or mapping that a call answered."""
    outcome = ended.outcome()
    if not outcome.data:
        raise _nothing(ended)
    value = kind(_fitting(ended, inner, outcome.data))
    value.outcome = outcome  # type: ignore[union-attr]
    return value


class _Read(msgspec.Struct):
    rows: list[tuple[int, int]] = []
    more: bool = False
    error: Failed | None = None


_read_rows = decoder(_Read).decode


class Walk:
    """The walk through one list; the core decides where it goes on and where it ends."""

    def __init__(self, client: native.Client, operation: str, params: Mapping[str, Any]) -> None:
        given = {name: value for name, value in params.items() if value is not None}
        self._operation = operation
        self._pages = crossed(operation, lambda: client.pages(operation.encode(), write(given)))
        self._last: str | None = None

    def next(self) -> dict[str, Any] | None:
        """The parameters of the next page."""
        text = crossed(self._operation, self._pages.next)
        return None if text is None else msgspec.json.decode(text)

    def page(self, ended: Ended, kind: type[M]) -> Page[M]:
        """The rows that are new on this page."""
        outcome = ended.outcome()
        if not outcome.data:
            raise _nothing(ended)
        told = _read_rows(crossed(self._operation, lambda: self._pages.read(outcome.data, outcome.meta)))
        if told.error is not None:
            raise told.error.exception()
        page: Page[M] = Page(_fitting(ended, kind, outcome.data[begin:end], row=True) for begin, end in told.rows)
        page.outcome, page.more = outcome, told.more
        after = self.next()
        last = after.get("starting_after") if after else None
        page.last_id = last if last is not None else (str(getattr(page[-1], "id", "")) or None if page else None)
        return page
