"""What a signal handler raises, whatever its class, ends a blocking call at once and carries the record; what a
transport raises does not (W4)."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import wire
from test_stopping import PAYOUT, busy, settings
from test_transports import OwnFetch

from cryptopay_client import (
    Cryptopay,
    CryptopayError,
    Fetch,
    FetchError,
    OutcomeUnknownError,
    Permit,
    Request,
    Response,
    Seen,
    pending,
)
from cryptopay_client._beside import _Beside, beside
from cryptopay_client._time import RealTime
from cryptopay_client.fetch import _punctual
from cryptopay_client.fetch.httpx import HttpxFetch
from cryptopay_client.fetch.reqwest import ReqwestFetch


class SoftTimeLimitExceeded(Exception):
    """As Celery's: no `BaseException`."""


#: Classes that a transport raises itself, too.
RAISED: list[type[BaseException]] = [SoftTimeLimitExceeded, TimeoutError, ValueError, ConnectionResetError, FetchError]


@contextmanager
def alarm(raised: type[BaseException], seconds: float = 0.1) -> Iterator[list[wire.Watch]]:
    """A signal whose handler raises; in 0 seconds it is not set yet."""
    rang: list[wire.Watch] = []

    class Worker:
        def death_penalty(self, number: int, frame: Any) -> None:
            rang.append(wire.Watch())
            raise raised("broken", sent=True) if raised is FetchError else raised("enough")  # type: ignore[call-arg]

    before = signal.signal(signal.SIGALRM, Worker().death_penalty)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield rang
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@wire.in_time
@pytest.mark.parametrize("raised", RAISED)
@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch, OwnFetch])
def test_a_handlers_exception_in_flight_ends_a_payout_with_its_record(kind: Any, raised: Any) -> None:
    with wire.wire(wire.stall) as server, Cryptopay(**settings(server.url), fetch=kind()) as client:
        with alarm(raised, 0.5) as rang:
            with pytest.raises(raised) as stopped:
                client.coin_withdrawals.create(**PAYOUT, timeout=5, attempt_timeout=2)
            rang[0].within(0.05)
        assert type(stopped.value) is raised
        record = pending(stopped.value)
        assert record is not None
        assert record["custom_id"] == "p-1"
        assert len(server.requests) == 1


@wire.in_time
@pytest.mark.parametrize("raised", [SoftTimeLimitExceeded, TimeoutError])
def test_a_handlers_exception_while_the_shared_limit_is_asked_ends_the_call(raised: Any) -> None:
    class Slow:
        def permit(self, _: Permit) -> int:
            time.sleep(3)
            return 0

    with wire.wire(wire.ok) as server, Cryptopay(**settings(server.url), shared_limit=Slow()) as client:
        with alarm(raised) as rang:
            with pytest.raises(raised) as stopped:
                client.coin_withdrawals.create(**PAYOUT)
            rang[0].within(0.05)
        assert type(stopped.value) is raised
        assert pending(stopped.value) is None
        assert server.requests == []


def test_a_shared_limit_that_answers_too_late_does_not_hang_a_call() -> None:
    class Hanging:
        def permit(self, permit: Permit) -> int:
            waited.append(permit.timeout_ms)
            over.wait(10)
            return 0

    over, waited = threading.Event(), list[int]()
    with wire.wire(wire.ok) as server:
        with Cryptopay(**settings(server.url), shared_limit=Hanging()) as client:
            watch = wire.Watch()
            with pytest.raises(CryptopayError, match="invalid_response"):
                client.coins.list(timeout=8, max_retries=0)
            assert watch.own > 1
            watch.within(8)
        assert len(server.requests) == 1
        assert len(waited) == 1
    over.set()


@pytest.mark.parametrize("raised", [SoftTimeLimitExceeded, OSError])
def test_a_handlers_exception_in_an_observer_ends_the_call(raised: Any) -> None:
    def observe(_: Seen) -> None:
        time.sleep(2)

    with wire.wire(wire.ok) as server, Cryptopay(**settings(server.url), observers=[observe]) as client:
        with alarm(raised), pytest.raises(raised):
            client.coin_withdrawals.create(**PAYOUT)
        assert server.requests == []


@wire.in_time
def test_a_handlers_exception_in_a_wait_ends_the_call() -> None:
    with wire.wire(busy) as server, Cryptopay(**settings(server.url)) as client:
        with alarm(TimeoutError) as rang:
            with pytest.raises(TimeoutError) as stopped:
                client.coins.list()
            rang[0].within(0.02)
        assert type(stopped.value) is TimeoutError


class Jumping(RealTime):
    """Waits at once."""

    waited_ms = 0

    def now(self) -> tuple[int, int]:
        unix_ms, tick_ms = super().now()
        return unix_ms + self.waited_ms, tick_ms + self.waited_ms

    def sleep(self, ms: int) -> None:
        self.waited_ms += ms


def raising(error: Exception, keeps: bool) -> Fetch:
    class Broken:
        keeps_time = keeps

        def fetch(self, _: Request) -> Response:
            raise error

        def close(self) -> None: ...

    return Broken()


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("error", [ValueError("x"), TimeoutError(), KeyError("x"), OSError(5, "gone")])
def test_what_a_transport_stumbles_over_may_have_been_sent(error: Exception, keeps: bool) -> None:
    with Cryptopay(**settings("sandbox"), fetch=raising(error, keeps), time=Jumping()) as client:
        with pytest.raises(OutcomeUnknownError) as unknown:
            client.coin_withdrawals.create(**PAYOUT)
    assert unknown.value.__cause__ is error
    assert unknown.value.record is not None


def test_a_class_of_somebody_elses_is_a_failure_beside_and_a_stop_in_the_callers_thread() -> None:
    error = SoftTimeLimitExceeded()
    with Cryptopay(**settings("sandbox"), fetch=raising(error, False), time=Jumping()) as client:
        with pytest.raises(OutcomeUnknownError) as unknown:
            client.coin_withdrawals.create(**PAYOUT)
        assert unknown.value.__cause__ is error
    with Cryptopay(**settings("sandbox"), fetch=raising(error, True)) as client:
        with pytest.raises(SoftTimeLimitExceeded) as stopped:
            client.coin_withdrawals.create(**PAYOUT)
        assert pending(stopped.value) is not None


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], Any]]]:
    """A resolver that hangs, and what it does first."""
    first: list[Callable[[], Any]] = []
    over = threading.Event()
    ask = socket.getaddrinfo

    def hanging(host: Any, *given: Any, **more: Any) -> Any:
        if host == "hangs.example":
            for act in first:
                act()
            over.wait(20)
        return ask(host, *given, **more)

    monkeypatch.setattr(_punctual.socket, "getaddrinfo", hanging)
    yield first
    over.set()


@wire.in_time
@pytest.mark.usefixtures("hanging")
def test_a_look_up_that_hangs_is_left_in_time_and_nothing_was_sent() -> None:
    with Cryptopay(**settings("https://hangs.example")) as client:
        watch = wire.Watch()
        with pytest.raises(CryptopayError) as failed:
            client.coin_withdrawals.create(**PAYOUT, timeout=0.6, attempt_timeout=0.2)
        watch.within(0.7)
        assert failed.value.code in ("connection", "timeout")
        assert failed.value.record is None


@wire.in_time
@pytest.mark.parametrize("raised", [KeyboardInterrupt, TimeoutError])
def test_a_look_up_that_hangs_can_be_stopped_and_nothing_was_sent(raised: Any, hanging: Any) -> None:
    with Cryptopay(**settings("https://hangs.example")) as client:
        hanging.append(lambda: signal.setitimer(signal.ITIMER_REAL, 0.1))
        with alarm(raised, 0) as rang:
            with pytest.raises(raised) as stopped:
                client.coin_withdrawals.create(**PAYOUT)
            rang[0].within(0.05)
        assert type(stopped.value) is raised
        assert pending(stopped.value) is None


def test_the_same_exception_raised_again_is_not_what_it_was() -> None:
    """A handler may raise one instance for ever: what the first exchange knew says nothing of the second."""
    again = KeyboardInterrupt()

    class Once(HttpxFetch):
        def fetch(self, request: Request) -> Response:
            with suppress(KeyboardInterrupt):
                raise again
            raise again

    with Cryptopay(**settings("sandbox"), fetch=Once()) as client:
        again.cryptopay_sent = False  # type: ignore[attr-defined]
        for record in (False, True):
            with pytest.raises(KeyboardInterrupt):
                client.coin_withdrawals.create(**PAYOUT)
            assert (pending(again) is not None) is record


def test_threads_beside_serve_again_and_end_when_they_are_idle() -> None:
    _Beside.idle.clear()
    act: Callable[[], Any] = threading.get_ident
    first, second = beside(act, 5), beside(act, 5)
    assert first == second
    assert beside(lambda: time.sleep(0.3), 0.01) is None
    assert beside(act, 5) != first
    time.sleep(0.4)
    assert len(_Beside.idle) == 2
