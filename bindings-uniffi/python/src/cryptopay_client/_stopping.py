"""Which exceptions are a failure of the transport and which stop the call, and what is taken out of both: a report of
errors must not show a signed request. The context of what is raised in a call leads out of it, to what the caller was
handling when it began; that is the caller's and stays as it is."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_VARARGS
from threading import get_ident, main_thread
from types import FrameType, TracebackType
from typing import Any

from .fetch import FetchError


def _chain(error: BaseException | None, outer: BaseException | None = None) -> Iterator[BaseException]:
    """An exception with its causes and contexts, without those that were there before."""
    left = [error]
    seen = {id(it) for it in _chain(outer)} if outer is not None else set()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += (one.__context__, one.__cause__)


def signalled(error: BaseException, outer: BaseException | None) -> BaseException | None:
    """What a signal handler raised, if that is behind this exception: a transport may have wrapped it, as one of its
    timeouts say."""
    if get_ident() != main_thread().ident:
        return None
    for one in _chain(error, outer):
        trace = one.__traceback__
        while trace is not None:
            if _handles_a_signal(trace.tb_frame):
                return one
            trace = trace.tb_next
    return None


def _handles_a_signal(frame: FrameType) -> bool:
    """Python gives a signal handler the frame that it interrupts, to which it returns. Nothing else has its caller's
    frame for an argument."""
    code, caller = frame.f_code, frame.f_back
    if caller is None:
        return False
    named = code.co_argcount + code.co_kwonlyargcount
    for name in code.co_varnames[: named + bool(code.co_flags & CO_VARARGS)]:
        value = frame.f_locals.get(name)
        if value is caller or (isinstance(value, tuple) and any(it is caller for it in value)):
            return True
    return False


def of_transport(error: Exception) -> bool:
    """Whether an exception in the caller's own thread is the transport's. It raises `FetchError`, or stumbles over
    something of Python's own; a class of anybody else's was thrown into this thread, and the caller waits for it."""
    return isinstance(error, FetchError | OSError) or type(error).__module__ == "builtins"


def emptied(error: BaseException, outer: BaseException | None) -> None:
    """Takes the variables out of the frames that an exception left behind. A transport's hold the signed request: tools
    that report errors print them, and whoever has it can send it again for minutes."""
    for one in _chain(error, outer):
        if sys.version_info < (3, 13):
            one.__traceback__ = _without_waiting(one.__traceback__)
        traceback.clear_frames(one.__traceback__)


def _without_waiting(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames that may still wait somewhere. Another call may have raised the same exception and
    a transport's reader may have kept it; before Python 3.13 clearing such a frame closes its coroutine, which then
    never goes on."""
    kept: list[TracebackType] = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_flags & (CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR):
            kept.append(trace)
        trace = trace.tb_next
    made: TracebackType | None = None
    for one in reversed(kept):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made


def told(failure: BaseException, outer: BaseException | None) -> str:
    """What failed, by its class and by what the system said of it. An exception's own text is not passed on: it may
    quote a header."""
    for inner in _chain(failure, outer):
        if isinstance(inner, OSError) and isinstance(inner.errno, int) and isinstance(inner.strerror, str):
            return f"{type(failure).__name__}: {inner.strerror}"
    return type(failure).__name__


def mark(stop: BaseException, *, sent: bool) -> None:
    """Writes on what stops an exchange whether anything can have been sent."""
    stop.cryptopay_sent = sent  # type: ignore[attr-defined]


def sent_by(stop: BaseException) -> str:
    """Whether the exchange that was stopped can have been sent. Reads the mark once: a handler may raise the same
    exception again."""
    return "maybe" if vars(stop).pop("cryptopay_sent", True) else "no"


def noted(stop: BaseException, record: dict[str, Any] | None) -> None:
    """Lets `pending` find the record in what stopped a call, or find that there is none."""
    stop.pending = record  # type: ignore[attr-defined]
    if record is not None:
        stop.add_note(
            "cryptopay: the write may have been applied; give cryptopay_client.pending(error) to client.resolve"
        )
