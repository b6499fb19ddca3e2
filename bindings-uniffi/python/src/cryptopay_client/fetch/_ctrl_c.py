"""Ctrl-C for exchanges that wait outside of Python, where no signal handler can run. While the main thread is in such
an exchange, signals also reach a pipe; a thread that reads it aborts the exchange, so that Python goes on and raises.
That costs a call nothing but two system calls, and holds only where nothing but Ctrl-C has a handler: another handler
may not want to end the exchange, so the driver runs it in a thread beside then."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any
from weakref import WeakMethod, finalize

__all__ = ["CtrlC", "only_ctrl_c"]

#: What no handler of Python's can usefully handle: the two that nobody can, and a thread's own faults.
_NEVER = {"SIGKILL", "SIGSTOP", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS", "SIGINT"}
#: The others that programs handle; what has a number of its own (real time) waits for the end of the exchange.
_OTHERS = tuple(int(it) for it in signal.Signals if it.name not in _NEVER and it < 32)


#: `signal.getsignal` without its enumerations, which take longer than all the rest.
_handler: Callable[[int], Any] = import_module("_signal").getsignal


def only_ctrl_c() -> bool:
    """Whether Ctrl-C is the one signal that Python handles, as it does unless told otherwise. Ignored it is, too."""
    own = _handler(signal.SIGINT)
    return (own is signal.default_int_handler or not callable(own)) and not any(map(callable, map(_handler, _OTHERS)))


class CtrlC:
    """Watches over the exchanges of the main thread: `with` it around each. It ends with `close`, or with whoever
    holds it.

    Args:
        abort: A method that ends the exchange which is on its way, called from another thread.
    """

    def __init__(self, abort: Callable[[], None]) -> None:
        reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)
        self._before = [-1]
        watched = (reads, WeakMethod(abort), self._before)
        threading.Thread(target=_watch, args=watched, name="cryptopay-ctrl-c", daemon=True).start()
        self.close = finalize(self, os.close, self._writes)

    def __enter__(self) -> None:
        self._before[0] = signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._before[0])


def _watch(reads: int, abort: WeakMethod[Callable[[], None]], before: list[int]) -> None:
    while signals := os.read(reads, 64):
        end = abort()
        if end is not None and signal.SIGINT in signals:
            end()
        del end
        if before[0] >= 0:
            # Whoever listened before, an event loop say, learns of it too.
            with suppress(OSError):
                os.write(before[0], signals)
    os.close(reads)
