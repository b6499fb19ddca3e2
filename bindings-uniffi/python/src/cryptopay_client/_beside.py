"""What a blocking call leaves to a thread beside it, so that the caller can stop waiting: when the time is up, and at
once when a signal handler raises. What was raised there comes back as a value, and is never taken for what stops the
caller."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from ._call import Permit
from .fetch import Fetch, FetchError, Request, Response

Answer = tuple[Any, BaseException | None]
"""What was returned, or else raised."""


class _Beside:
    """A thread that acts beside the callers, one after the other. It ends when it was idle for some seconds."""

    # Adding and taking is whole without a lock, which a signal handler that makes calls itself could wait for in vain.
    idle: ClassVar[list[_Beside]] = []

    def __init__(self) -> None:
        self.tasks: SimpleQueue[tuple[Callable[[], Any], SimpleQueue[Answer]]] = SimpleQueue()
        threading.Thread(target=self._run, name="cryptopay-fetch", daemon=True).start()

    def _run(self) -> None:
        rounds = 0
        # Whoever took it gives it a task at once, unless a signal handler raised in between.
        while rounds < 30:
            try:
                act, answers = self.tasks.get(timeout=2)
            except Empty:
                rounds += 1
                if self._retired():
                    return
                continue
            try:
                answer: Answer = (act(), None)
            except BaseException as error:
                answer = (None, error)
            # Here no signal handler runs, so nothing comes between the two.
            self.idle.append(self)
            answers.put(answer)
            rounds = 0
            del act, answers, answer

    def _retired(self) -> bool:
        try:
            self.idle.remove(self)
        except ValueError:
            return False
        return True


def beside(act: Callable[[], Any], seconds: float) -> Answer | None:
    """Acts in another thread.

    Args:
        act: What to do; it sees the caller's context variables.
        seconds: How long to wait for it.

    Returns:
        What came of it; `None`: nothing in time.
    """
    context = contextvars.copy_context()
    answers: SimpleQueue[Answer] = SimpleQueue()
    try:
        worker = _Beside.idle.pop()
    except IndexError:
        worker = _Beside()
    worker.tasks.put((lambda: context.run(act), answers))
    try:
        return answers.get(timeout=max(seconds, 0))
    except Empty:
        return None


def exchange_beside(fetch: Fetch) -> Callable[[Request], Response]:
    """The same exchange in a thread beside the caller, who stops waiting when the time is up. Whatever the transport
    raises is a `FetchError` here."""

    def exchange(request: Request) -> Response:
        answer = beside(lambda: fetch.fetch(request), request.timeout)
        if answer is None:
            raise FetchError("timeout", sent=True, detail="the transport did not end in time")
        response, error = answer
        if isinstance(error, FetchError) or (error is not None and not isinstance(error, Exception)):
            raise error
        if error is not None:
            raise FetchError("timeout" if isinstance(error, TimeoutError) else "broken", sent=True) from error
        if not isinstance(response, Response):
            raise FetchError("broken", sent=True, detail="the transport returned no Response")
        return response

    return exchange


def permit_beside(ask: Callable[[Permit], int], permit: Permit) -> int | BaseException:
    """What the shared limit answers, or what went wrong with it."""
    answer = beside(lambda: ask(permit), permit.timeout_ms / 1000)
    if answer is None:
        return TimeoutError()
    wait_ms, error = answer
    return wait_ms if error is None else error


def _after_fork() -> None:
    """Threads do not survive a fork."""
    _Beside.idle.clear()


os.register_at_fork(after_in_child=_after_fork)
