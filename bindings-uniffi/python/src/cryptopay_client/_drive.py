"""The loop that runs a call: do what the step says, report back, until it is done. Once blocking, once asynchronous.
Whatever stops the caller (Ctrl-C, a cancelled task) ends the call at once, is never swallowed, and carries the record
of what may have been sent."""

from __future__ import annotations

import contextvars
import logging
import os
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, Protocol

import msgspec
from msgspec import Struct

from ._call import Done, Permit, Step, read_step, write
from ._crossing import Call
from ._time import AsyncTime, Time
from .errors import CryptopayError, MisuseError
from .fetch import AsyncFetch, Fetch, FetchError, Request, Response

_log = logging.getLogger("cryptopay_client")


class SeenResponse(Struct, frozen=True):
    """What was read from a response."""

    status: int
    request_id: str | None = None
    clock_offset_ms: int | None = None
    """Server time minus this machine's, in ms."""
    places_left: int | None = None
    """How many requests the rate limit still allows now."""


class Seen(Struct, frozen=True):
    """One step of a call, as observers see it. Holds no body, no header and no secret."""

    operation: str
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
    """How often the call was sent so far, and how many rounds of finding out there were."""
    looks: int = 0
    read: SeenResponse | None = None
    """What was read from the response that led to this step."""


Observer = Callable[[Seen], None]
"""A function that is told every step of every call. It must be quick; what it raises is logged and changes nothing."""
_read_seen = msgspec.json.Decoder(Seen).decode
_read_record = msgspec.json.Decoder(dict[str, Any]).decode


class PermitStore(Protocol):
    """A rate limit that several processes share: 200 requests in any minute for one API key."""

    def permit(self, permit: Permit) -> int:
        """Reserves `permit.cost` places and answers in how many ms they may be used, 0 for now. When it raises, the
        client's own limit decides."""
        ...


class AsyncPermitStore(Protocol):
    """The same for asynchronous clients."""

    async def permit(self, permit: Permit) -> int:
        """Reserves `permit.cost` places and answers in how many ms they may be used, 0 for now. When it raises, the
        client's own limit decides."""
        ...


class Running:
    """A call on its way: its step, when it was told something last, the last body, and the host's exception that came
    last."""

    __slots__ = ("_call", "_now", "_observers", "body", "failure", "step", "told_ms")

    def __init__(
        self, begun: tuple[Call, bytes], at_ms: int, now: Callable[[], tuple[int, int]], observers: Sequence[Observer]
    ) -> None:
        self._call, step = begun
        self.told_ms = at_ms
        self._now = now
        self._observers = observers
        self.body = b""
        self.failure: BaseException | None = None
        self._go(step)

    def _go(self, text: bytes) -> None:
        self.step: Step = read_step(text)
        if self.step.misuse is not None:
            raise MisuseError(f"a call that is {self.step.misuse.state} was told {self.step.misuse.event}")
        if self._observers:
            seen = _read_seen(self._call.bound().seen())
            for observer in self._observers:
                try:
                    observer(seen)
                except Exception:
                    _log.exception("an observer failed; the call goes on")

    def _tell(self, event: dict[str, Any], body: bytes = b"") -> None:
        self.told_ms, tick_ms = self._now()
        event["unix_ms"] = self.told_ms
        event["tick_ms"] = tick_ms
        self._go(self._call.advance(write(event), body))

    def answered(self, response: Response) -> None:
        """A response came."""
        self.body = response.body
        self._tell({"response": {"status": response.status, "headers": response.headers}}, response.body)

    def failed(self, error: Exception) -> None:
        """The exchange failed. What is no `FetchError` may have been sent."""
        _emptied(error)
        self.failure = error.__cause__ if isinstance(error, FetchError) and error.__cause__ else error
        kind, sent = (error.kind, error.sent) if isinstance(error, FetchError) else ("broken", True)
        if isinstance(error, TimeoutError):
            kind = "timeout"
        self._tell({"failed": {"kind": kind, "sent": "maybe" if sent else "no", "detail": _told(self.failure)}})

    def woken(self) -> None:
        """The wait is over."""
        self._tell({"woken": {}})

    def permitted(self, wait_ms: int) -> None:
        """The shared limit answered."""
        self._tell({"permitted": {"wait_ms": wait_ms}})

    def permit_failed(self, error: Exception) -> None:
        """The shared limit could not be asked."""
        _log.warning("the shared rate limit cannot be asked, the client's own decides: %s", type(error).__name__)
        self._tell({"permit_failed": {}})

    def stopped(self, by: BaseException) -> None:
        """The caller goes away: what stops it learns what may have been sent."""
        _emptied(by)
        record = self._call.bound().pending()
        if self.step.done is None:
            self._tell({"cancelled": {}})
        error = self.step.done.error if self.step.done else None
        known = error.record if error and error.record else _read_record(record) if record else None
        if known is not None:
            by.pending = known  # type: ignore[attr-defined]
            by.add_note(
                "cryptopay: the write may have been applied; give cryptopay_client.pending(error) to client.resolve"
            )

    def ended(self, done: Done) -> Done:
        """The end, or its exception with the host's own as cause."""
        if done.error is not None:
            error: CryptopayError = done.error.exception()
            raise error from self.failure
        return done


def _emptied(error: BaseException) -> None:
    """Takes the variables out of the frames that an exception left behind. A transport's hold the signed request: tools
    that report errors print them, and whoever has it can send it again for minutes."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            traceback.clear_frames(one.__traceback__)
            left += (one.__cause__, one.__context__)


def _told(failure: BaseException) -> str:
    """What failed, by its class and by what the system said of it. An exception's own text is not passed on: it may
    quote a header."""
    inner: BaseException | None = failure
    for _ in range(8):
        if isinstance(inner, OSError) and isinstance(inner.errno, int) and isinstance(inner.strerror, str):
            return f"{type(failure).__name__}: {inner.strerror}"
        inner = inner and (inner.__cause__ or inner.__context__)
    return type(failure).__name__


def drive(running: Running, fetch: Fetch, time: Time, permits: PermitStore | None) -> Done:
    """Runs a call to its end, blocking."""
    exchange = fetch.fetch if getattr(fetch, "keeps_time", False) else _beside(fetch)
    try:
        while (done := (step := running.step).done) is None:
            if step.fetch is not None:
                try:
                    response = exchange(step.fetch)
                except Exception as error:
                    running.failed(error)
                else:
                    running.answered(response)
            elif step.sleep is not None:
                time.sleep(step.sleep.ms)
                running.woken()
            elif step.permit is not None:
                try:
                    wait_ms = permits.permit(step.permit) if permits else 0
                except Exception as error:
                    running.permit_failed(error)
                else:
                    running.permitted(wait_ms)
    except BaseException as stop:
        running.stopped(stop)
        raise
    return running.ended(done)


async def drive_async(running: Running, fetch: AsyncFetch, time: AsyncTime, permits: AsyncPermitStore | None) -> Done:
    """Runs a call to its end, in asyncio or trio."""
    try:
        while (done := (step := running.step).done) is None:
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
                    wait_ms = await permits.permit(step.permit) if permits else 0
                except Exception as error:
                    running.permit_failed(error)
                else:
                    running.permitted(wait_ms)
    except BaseException as stop:
        running.stopped(stop)
        raise
    return running.ended(done)


class _Beside:
    """A thread that exchanges beside the caller, so that the caller can stop waiting. It ends after some idle
    seconds, or with the exchange that its caller left."""

    _idle: ClassVar[list[_Beside]] = []
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._tasks: SimpleQueue[tuple[Callable[[], Response], SimpleQueue[Any]]] = SimpleQueue()
        self._left = False
        threading.Thread(target=self._run, name="cryptopay-fetch", daemon=True).start()

    @classmethod
    def run(cls, act: Callable[[], Response], seconds: float) -> Response:
        """Runs `act` for at most so long."""
        with cls._lock:
            worker = cls._idle.pop() if cls._idle else None
        worker = worker or cls()
        answers: SimpleQueue[Any] = SimpleQueue()
        try:
            worker._tasks.put((act, answers))
            answer = answers.get(timeout=seconds)
        except BaseException:
            worker._left = True
            raise
        with cls._lock:
            cls._idle.append(worker)
        if isinstance(answer, BaseException):
            raise answer
        if not isinstance(answer, Response):
            raise FetchError("broken", sent=True, detail="the transport returned no Response")
        return answer

    def _run(self) -> None:
        while not self._left:
            try:
                act, answers = self._tasks.get(timeout=2)
            except Empty:
                with self._lock:
                    if self in self._idle:
                        self._idle.remove(self)
                        return
                continue
            try:
                answers.put(act())
            except BaseException as error:
                answers.put(error)
            del act, answers


def _beside(fetch: Fetch) -> Callable[[Request], Response]:
    """The same exchange in a thread beside the caller, who stops waiting when the time is up."""

    def exchange(request: Request) -> Response:
        context = contextvars.copy_context()
        try:
            return _Beside.run(lambda: context.run(fetch.fetch, request), request.timeout)
        except Empty as error:
            raise FetchError("timeout", sent=True, detail="the transport did not end in time") from error

    return exchange


def _after_fork() -> None:
    """Threads do not survive a fork."""
    _Beside._idle.clear()
    _Beside._lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
