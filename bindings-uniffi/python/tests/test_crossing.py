"""The lean crossings are the binding's own: the same answers, and a panic in Rust is an exception."""

import json

import pytest

from cryptopay_client import MisuseError, _crossing
from cryptopay_client import _native as native
from cryptopay_client._crossing import begin
from cryptopay_client._native import cryptopay as binding

CONFIG = json.dumps({"environment": "sandbox", "api_key": "k", "api_secret": "s"}).encode()
START = json.dumps(
    {"unix_ms": 1, "tick_ms": 0, "entropy": "0" * 32, "params": {"name": "ünï\u0000cödé", "id": "1"}, "options": None}
).encode()
FAILED = json.dumps({"unix_ms": 2, "tick_ms": 1, "failed": {"kind": "broken", "sent": "maybe", "detail": "é"}}).encode()


@pytest.mark.parametrize("operation", ["rates.all", "customers.create", "no.such.operation", "resolve", ""])
def test_both_ways_into_the_core_answer_the_same(operation: str) -> None:
    client, other = native.Client(CONFIG), native.Client(CONFIG)
    call, step = begin(client, operation, START)
    begun = other.resolve(START) if operation == "resolve" else other.begin(operation.encode(), START)
    assert step.decode() == begun.step
    for event, body in ((FAILED, b""), (b"no json", b"\x00\xff"), (b"", b"")):
        assert call.advance(event, body).decode() == begun.call.advance(event, body)
    assert (call.bound().pending(), call.bound().seen()) == (begun.call.pending(), begun.call.seen())


def test_a_panic_is_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    call, _ = begin(native.Client(CONFIG), "rates.all", START)
    for name in ("_begin", "_advance", "_advance_unlocked"):
        monkeypatch.setattr(_crossing, name, lambda *_: None)
    for body in (b"", b"x" * _crossing._LARGE):
        with pytest.raises(binding.InternalError):
            call.advance(FAILED, body)
    with pytest.raises(
        MisuseError, match=r"^rates\.all: misuse: the core broke off: .*; this is a defect, please report it"
    ):
        begin(native.Client(CONFIG), "rates.all", START)


def test_a_large_body_is_read_without_pythons_lock_and_answers_the_same() -> None:
    client, other = native.Client(CONFIG), native.Client(CONFIG)
    start = json.dumps(json.loads(START) | {"params": {}}).encode()
    call, _ = begin(client, "rates.all", start)
    begun = other.begin(b"rates.all", start)
    answer = json.dumps({"unix_ms": 2, "tick_ms": 1, "response": {"status": 200, "headers": []}}).encode()
    body = b'{"data":{},"more":"' + b"x" * _crossing._LARGE + b'"}'
    step = call.advance(answer, body).decode()
    assert step == begun.call.advance(answer, body)
    assert json.loads(step)["done"]["status"] == 200
