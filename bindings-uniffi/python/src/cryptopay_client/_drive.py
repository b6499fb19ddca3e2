"""The loop that runs a call: do what the step says, report back, until it is done. Once blocking, once asynchronous.
Whatever stops the caller (Ctrl-C, a cancelled task) ends the call at once, is never swallowed, and carries the record
of what may have been sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from sys import exception
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from ._beside import exchange_beside, permit_beside
from ._call import Done, Permit, Step, read_failed, read_step, write
from ._crossing import Broken, Call, broken_off, defect
from ._outcome import NotModified
from ._stopping import emptied, noted, of_transport, sent_by, signalled, told
from ._time import AsyncTime, Time
from .errors import CryptopayError, MisuseError
from .fetch import AsyncFetch, Fetch, FetchError, Response

T = TypeVar("T")

_log = logging.getLogger("cryptopay_client")


class SeenResponse(Struct, frozen=True):
    """What was read from a response."""

    status: int
    """The HTTP status."""
    request_id: str | None = None
    """The request id to tell the API's support."""
    clock_offset_ms: int | None = None
    """The server's time minus this machine's, in ms; `None` where the response had no usable `Date`."""
    places_left: int | None = None
    """How many requests the rate limit still allows now."""


class Seen(Struct, frozen=True):
    """One step of a call, as observers see it. Holds no body, no header and no secret."""

    operation: str
    """The operation, `invoices.create`."""
    step: str
    """`fetch`, `sleep`, `permit` or `done`."""
    detail: str
    """For `fetch`: what for (`send`, `look` for finding out, `before`). For `sleep`: why. For `done`: `ok` or the
    error's code."""
    custom_id: str | None = None
    """The call's `custom_id`; a generated one is here before it is first sent."""
    wait_ms: int | None = None
    """For `sleep`: how long, in ms."""
    sends: int = 0
    """How often the request itself was sent so far."""
    looks: int = 0
    """How many rounds of reading looked so far for what became of it."""
    read: SeenResponse | None = None
    """What was read from the response that led to this step."""


Observer = Callable[[Seen], None]
"""A function that is told every step of every call. It must be quick; what it raises is logged and changes nothing."""
_read_seen = msgspec.json.Decoder(Seen).decode
_NOTHING = Step()
_read_record = msgspec.json.Decoder(dict[str, Any]).decode


class PermitStore(Protocol):
    """A rate limit that several processes share: at most 195 places in any 61 s for one API key, over all of them."""

    def permit(self, permit: Permit) -> int:
        """Reserves `permit.cost` places and answers in how many ms they are free, 0 for now; they are not asked for
        again. While `permit.frozen_ms` is above 0, nobody may send for that long. It is asked in a thread beside the
        caller's. When it raises or has not answered after `permit.timeout_ms` (5 s), the client's own limit decides:
        set `rate_limit` to 195/N as well, for N processes."""
        ...


class AsyncPermitStore(Protocol):
    """The same for asynchronous clients."""

    async def permit(self, permit: Permit) -> int:
        """As in `PermitStore`, without a thread of its own."""
        ...


class Running:
    """A call on its way: its step, when it was told something last, the last body, the host's exception that came last,
    and the one that the caller was handling when the call began."""

    __slots__ = (
        "_broken",
        "_call",
        "_now",
        "_observers",
        "_operation",
        "_outer",
        "_sent",
        "body",
        "failure",
        "step",
        "told_ms",
    )

    def __init__(
        self,
        operation: str,
        begun: tuple[Call, bytes],
        at_ms: int,
        now: Callable[[], tuple[int, int]],
        observers: Sequence[Observer],
    ) -> None:
        self._operation = operation
        self._call, step = begun
        self.told_ms = at_ms
        self._now = now
        self._observers = observers
        self.body = b""
        self.failure: BaseException | None = None
        self._outer = exception()
        self._broken = self._sent = False
        self.step = _NOTHING
        self._go(step)

    def _go(self, text: bytes) -> None:
        step: Step = read_step(text)
        if step.misuse is not None:
            raise defect(self._operation, f"a call that is {step.misuse.state} was told {step.misuse.event}")
        self.step = step
        if step.fetch is not None:
            self._sent = True
        if self._observers:
            self._observed()

    def _observed(self) -> None:
        # Whatever goes wrong here must not end the call; only what a signal handler raises does.
        try:
            seen = _read_seen(self._call.bound().seen())
            for observer in self._observers:
                try:
                    observer(seen)
                except Exception as error:
                    self._unless_signalled(error)
                    _log.exception("an observer failed; the call goes on")
        except (Broken, msgspec.DecodeError):
            _log.exception("observers cannot be told; the call goes on")

    def _tell(self, event: dict[str, Any], body: bytes = b"") -> None:
        self.told_ms, tick_ms = self._now()
        event["unix_ms"] = self.told_ms
        event["tick_ms"] = tick_ms
        try:
            self._go(self._call.advance(write(event), body))
        except (Broken, MisuseError, msgspec.DecodeError) as error:
            broken = error
        else:
            return
        self._broken = True
        raise broken_off(self._call, self._operation, self._sent, broken)

    def _unless_signalled(self, error: BaseException) -> None:
        """Raises what a signal handler has raised, by which the caller ends the call."""
        stop = signalled(error, self._outer)
        if stop is not None:
            context = stop.__context__
            try:
                raise stop
            finally:
                stop.__context__ = context

    def answered(self, response: Response) -> None:
        """A response came."""
        self.body = response.body
        self._tell({"response": {"status": response.status, "headers": response.headers}}, response.body)

    def failed(self, error: Exception) -> None:
        """The exchange failed. What is no `FetchError` may have been sent."""
        self._unless_signalled(error)
        emptied(error, self._outer)
        self.failure = error.__cause__ if isinstance(error, FetchError) and error.__cause__ else error
        if isinstance(error, FetchError):
            kind, sent = error.kind, "maybe" if error.sent else "no"
        else:
            kind, sent = "timeout" if isinstance(error, TimeoutError) else "broken", sent_by(error)
        detail = told(self.failure, self._outer)
        self._tell({"failed": {"kind": kind, "sent": sent, "detail": detail}})

    def woken(self) -> None:
        """The wait is over."""
        self._tell({"woken": {}})

    def permitted(self, wait_ms: Any) -> None:
        """The shared limit answered. A time that has passed means now; what is no time at all is no answer."""
        try:
            wait_ms = max(ceil(wait_ms), 0)
        except (TypeError, ValueError, OverflowError) as error:
            self.permit_failed(error)
        else:
            self._tell({"permitted": {"wait_ms": wait_ms}})

    def permit_failed(self, error: BaseException) -> None:
        """The shared limit could not be asked."""
        self._unless_signalled(error)
        _log.warning("the shared rate limit cannot be asked, the client's own decides: %s", type(error).__name__)
        self._tell({"permit_failed": {}})

    def stopped(self, by: BaseException) -> None:
        """The caller goes away: what stops it learns what may have been applied. Nothing that goes wrong here takes its
        place, and one more Ctrl-C does not either."""
        if self._broken or (self.step.done is not None and isinstance(by, CryptopayError | NotModified)):
            # The call ended by itself.
            return
        wrong = ""
        for _ in range(2):
            try:
                emptied(by, self._outer)
                noted(by, self._left(by))
                return
            except BaseException as error:
                wrong = type(error).__name__
        _log.error("what a call that was stopped may have applied cannot be told: %s", wrong)
        if self._sent:
            by.add_note("cryptopay: the core cannot tell what was applied; read the object before you repeat a write")

    def _left(self, by: BaseException) -> dict[str, Any] | None:
        """The record of what may have been applied, however far the call has come."""
        call = self._call.bound()
        pending = call.pending()
        step = self.step
        if step.done is None:
            self.told_ms, tick_ms = self._now()
            event = {"unix_ms": self.told_ms, "tick_ms": tick_ms, "cancelled": {"sent": sent_by(by)}}
            # Refused, when its end was on the way to here.
            step = read_step(self._call.advance(write(event), b""))
        error = step.done.error if step.done is not None else None
        if error is None and pending is None and _read_seen(call.seen()).detail == "ok":
            # Nobody gets the object: for a write that is as if it could not be read.
            error = read_failed(call.unfit("the caller was stopped before it was read", b"")).error
        if error is not None:
            return error.record
        return None if pending is None else _read_record(pending)

    def unfit(self, misfit: str | None, data: bytes) -> CryptopayError:
        """The error of a success that cannot be handed back.

        Args:
            misfit: What does not fit the model; `None`: there is no object.
            data: The JSON text of `data`, empty where there is none.
        """
        failed = read_failed(self._call.bound().unfit(misfit, data)).error
        return failed.exception() if failed is not None else defect(self._operation, "no error is told")

    def ended(self) -> Done:
        """The end, or its exception with the host's own as cause."""
        done = self.step.done
        if done is None:
            raise defect(self._operation, "the call has not ended")
        if done.error is not None:
            error: CryptopayError = done.error.exception()
            raise error from self.failure
        return done


def drive(running: Running, fetch: Fetch, time: Time, permits: PermitStore | None, finish: Callable[[Running], T]) -> T:
    """Runs a call to its end, blocking, and finishes it."""
    keeps_time = getattr(fetch, "keeps_time", False)
    exchange = fetch.fetch if keeps_time else exchange_beside(fetch)
    try:
        while (step := running.step).done is None:
            if step.fetch is not None:
                try:
                    response = exchange(step.fetch)
                except Exception as error:
                    if not (of_transport(error) if keeps_time else isinstance(error, FetchError)):
                        raise
                    running.failed(error)
                else:
                    running.answered(response)
            elif step.sleep is not None:
                time.sleep(step.sleep.ms)
                running.woken()
            elif step.permit is not None:
                wait_ms = permit_beside(permits.permit, step.permit) if permits else 0
                if isinstance(wait_ms, BaseException):
                    running.permit_failed(wait_ms)
                else:
                    running.permitted(wait_ms)
        return finish(running)
    except BaseException as stop:
        running.stopped(stop)
        raise


async def drive_async(
    running: Running,
    fetch: AsyncFetch,
    time: AsyncTime,
    permits: AsyncPermitStore | None,
    finish: Callable[[Running], T],
) -> T:
    """Runs a call to its end, in asyncio or trio, and finishes it."""
    try:
        while (step := running.step).done is None:
            if (request := step.fetch) is not None:
                try:
                    response = await time.limit(request.timeout_ms, partial(fetch.fetch, request))
                except Exception as error:
                    running.failed(error)
                else:
                    running.answered(response)
            elif step.sleep is not None:
                await time.sleep(step.sleep.ms)
                running.woken()
            elif step.permit is not None:
                try:
                    ask = partial(permits.permit, step.permit) if permits else None
                    wait_ms = await time.limit(step.permit.timeout_ms, ask) if ask else 0
                except Exception as error:
                    running.permit_failed(error)
                else:
                    running.permitted(wait_ms)
        return finish(running)
    except BaseException as stop:
        running.stopped(stop)
        raise
