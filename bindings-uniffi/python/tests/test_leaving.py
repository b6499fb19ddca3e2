"""Whenever a call is stopped, and whatever breaks off meanwhile: the caller's exception passes, what may have been
applied is on record, and what the caller was handling before stays as it was (W4)."""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from test_no_object import OBJECT
from test_stopping import PAYOUT, settings

import cryptopay_client as c
from cryptopay_client import AsyncCryptopay, Cryptopay, Request, Response, _crossing, _drive, _engine, pending
from cryptopay_client import _native as native
from cryptopay_client._native import cryptopay as binding

APPLIED = Response(201, [("content-type", "application/json")], json.dumps({"data": OBJECT}).encode())
REFUSED = Response(
    422, [("content-type", "application/json")], b'{"error":{"code":"validation_error","message":"no","reasons":[]}}'
)


class Answering:
    keeps_time = True

    def __init__(self, answer: Response | BaseException) -> None:
        self.answer, self.sent = answer, 0

    def fetch(self, request: Request) -> Response:
        self.sent += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def close(self) -> None: ...


class Stop(BaseException):
    pass


def interrupting(target: Any, name: str, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
    """Ctrl-C right after a function has done its work."""
    act, left = getattr(target, name), [times]

    def acted(*given: Any, **more: Any) -> Any:
        result = act(*given, **more)
        if left[0]:
            left[0] -= 1
            raise Stop
        return result

    monkeypatch.setattr(target, name, acted)


def stopped(answer: Any, call: Callable[[Cryptopay], Any] | None = None) -> Stop:
    with Cryptopay(**settings("sandbox"), fetch=Answering(answer)) as client:
        with pytest.raises(Stop) as ended:
            call(client) if call else client.coin_withdrawals.create(**PAYOUT)
    return ended.value


#: From the end of the call in the core to the return of the method.
PLACES: list[tuple[Any, str]] = [
    (_crossing, "_advance"),
    (_drive, "read_step"),
    (_drive.Running, "answered"),
    (_drive.Running, "ended"),
    (_engine, "read"),
    (_engine, "attach"),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[1])
def test_ctrl_c_between_the_answer_and_the_return_of_a_payout_leaves_its_record(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place[1] == "read_step":
        read_step, steps = _drive.read_step, []

        def second(text: bytes) -> Any:
            steps.append(text)
            if len(steps) == 2:
                raise Stop
            return read_step(text)

        monkeypatch.setattr(_drive, "read_step", second)
    else:
        interrupting(*place, monkeypatch)
    record = pending(stopped(APPLIED))
    assert record is not None
    assert record["custom_id"] == "p-1"


def test_ctrl_c_after_a_refusal_and_after_a_read_leaves_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        interrupting(_crossing, "_advance", patched)
        assert pending(stopped(REFUSED)) is None
    rates = Response(200, APPLIED.headers, b'{"data":{}}')
    for place in PLACES[:1]:
        with monkeypatch.context() as patched:
            interrupting(*place, patched)
            assert pending(stopped(rates, lambda client: client.rates.all())) is None


def test_a_call_within_the_handling_of_another_has_a_record_of_its_own_or_none() -> None:
    class Stopping(Answering):
        def fetch(self, request: Request) -> Response:
            raise Stop

    with Cryptopay(**settings("sandbox"), fetch=Stopping(APPLIED)) as client:
        try:
            client.coin_withdrawals.create(**PAYOUT)
        except Stop as first:
            known = pending(first)
            with pytest.raises(Stop) as read:
                client.rates.all()
            with pytest.raises(c.InvalidArgumentError) as refused:
                client.coin_withdrawals.create(**PAYOUT | {"received_amount": "much"})
    assert known is not None
    for ended in (read.value, refused.value):
        assert ended.__context__ is not None
        assert pending(ended) is None


def test_one_more_ctrl_c_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupting(_drive, "emptied", monkeypatch)
    record = pending(stopped(Stop()))
    assert record is not None


def test_whatever_breaks_meanwhile_the_callers_exception_passes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_crossing.Call, "bound", panics)
    with caplog.at_level(logging.ERROR):
        stop = stopped(Stop())
    assert "read the object before you repeat a write" in "".join(stop.__notes__)
    assert "cannot be told" in caplog.text


def outer(error: BaseException) -> tuple[str, Any]:
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_name, dict(trace.tb_frame.f_locals)


def the_callers_own() -> None:
    kept = "the caller's"
    raise ValueError(kept)


@pytest.mark.parametrize("answer", [Stop(), c.FetchError("broken", sent=True), OSError(5, "gone")])
def test_what_the_caller_was_handling_keeps_its_variables(answer: Any) -> None:
    with Cryptopay(**settings("sandbox"), fetch=Answering(answer), timeout=3, max_retries=0) as client:
        try:
            the_callers_own()
        except ValueError as own:
            with pytest.raises((Stop, c.CryptopayError)):
                client.coin_withdrawals.create(**PAYOUT)
            kept = outer(own)
    assert kept == ("the_callers_own", {"kept": "the caller's"})


def test_what_an_asynchronous_caller_was_handling_keeps_its_variables() -> None:
    class AsyncAnswering:
        async def fetch(self, _: Request) -> Response:
            await asyncio.sleep(0)
            raise Stop

        async def close(self) -> None: ...

    async def main() -> Any:
        async with AsyncCryptopay(**settings("sandbox"), fetch=AsyncAnswering()) as client:
            try:
                the_callers_own()
            except ValueError as own:
                with pytest.raises(Stop):
                    await client.coin_withdrawals.create(**PAYOUT)
                return outer(own)

    assert asyncio.run(main()) == ("the_callers_own", {"kept": "the caller's"})


def test_what_a_failure_says_is_not_what_the_caller_was_handling() -> None:
    with Cryptopay(**settings("sandbox"), fetch=Answering(KeyError("x")), timeout=3, max_retries=0) as client:
        try:
            raise OSError(13, "of the caller's own")
        except OSError:
            with pytest.raises(c.OutcomeUnknownError) as ended:
                client.coin_withdrawals.create(**PAYOUT)
    assert "of the caller's own" not in str(ended.value)


def panics(*_: Any) -> Any:
    raise binding.InternalError("it panicked")


def broken_core(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A core that breaks off at a crossing, as it does when it panics: nothing is answered where it is called directly,
    and the binding raises."""
    if name.startswith("_"):
        monkeypatch.setattr(_crossing, name, lambda *_: None)
    else:
        owner, _, attribute = name.rpartition(".")
        monkeypatch.setattr(getattr(binding, owner) if owner else native, attribute, panics)


def test_a_core_that_breaks_off_before_anything_was_sent_is_a_misuse(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_core(monkeypatch, "_begin")
    fetch = Answering(APPLIED)
    with Cryptopay(**settings("sandbox"), fetch=fetch) as client:
        with pytest.raises(c.MisuseError) as ended:
            client.coin_withdrawals.create(**PAYOUT)
    error = ended.value
    assert (error.operation, error.hint) == ("coin_withdrawals.create", "this is a defect, please report it")
    assert "the core broke off" in str(error)
    assert fetch.sent == 0


def test_a_payout_that_was_sent_keeps_its_record_when_the_core_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_core(monkeypatch, "_advance")
    fetch = Answering(APPLIED)
    with Cryptopay(**settings("sandbox"), fetch=fetch) as client:
        with pytest.raises(c.OutcomeUnknownError) as ended:
            client.coin_withdrawals.create(**PAYOUT)
        assert ended.value.record is not None
        assert ended.value.record["custom_id"] == "p-1"
        assert ended.value.reason is not None
        assert ended.value.reason.code == "misuse"
        assert fetch.sent == 1
        broken_core(monkeypatch, "Call.pending")
        with pytest.raises(c.OutcomeUnknownError, match="read the object before you repeat") as ended:
            client.coin_withdrawals.create(**PAYOUT)
        assert ended.value.record is None


def test_a_read_whose_core_breaks_off_is_a_misuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with Cryptopay(**settings("sandbox"), fetch=Answering(APPLIED)) as client:
        with monkeypatch.context() as patched:
            broken_core(patched, "_advance")
            with pytest.raises(c.MisuseError):
                client.rates.all()
        broken_core(monkeypatch, "Pages.next")
        with pytest.raises(c.MisuseError):
            list(client.invoices.list())


def test_a_driver_that_is_out_of_step_loses_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drive.Running, "answered", lambda running, _: running.woken())
    with Cryptopay(**settings("sandbox"), fetch=Answering(APPLIED)) as client:
        with pytest.raises(c.OutcomeUnknownError) as ended:
            client.coin_withdrawals.create(**PAYOUT)
    assert ended.value.record is not None


def test_observers_and_callbacks_meet_a_core_that_breaks_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken_core(monkeypatch, "Call.seen")
    with (
        caplog.at_level(logging.CRITICAL),
        Cryptopay(**settings("sandbox"), fetch=Answering(APPLIED), observers=[lambda _: None]) as client,
    ):
        assert str(client.coin_withdrawals.create(**PAYOUT).id) == OBJECT["id"]
    broken_core(monkeypatch, "verify_callback")
    with pytest.raises(c.MisuseError, match="the core broke off"):
        c.Callbacks(["secret"]).verify(b"{}", "00")
    with caplog.at_level(logging.CRITICAL):
        reply = c.Callbacks(["secret"]).receive(b"{}", "00", lambda _: None, c.MemoryStore())
    assert (reply.status, reply.text) == (500, "not configured")


def test_a_configuration_that_breaks_the_core_off_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_core(monkeypatch, "Client")
    with pytest.raises(c.MisuseError) as ended:
        Cryptopay(**settings("sandbox"))
    told = traceback.TracebackException.from_exception(ended.value, capture_locals=True)
    shown = "".join(line for line in told.format() if "test_leaving" not in line)
    assert "hunter2" not in shown
