"""The lean crossings are the binding's own: the same answers, and a panic in Rust is an exception."""

import json

import pytest

from cryptopay_client import _native as native
from cryptopay_client._crossing import _Buffer, _Status, _taken, begin
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


@pytest.mark.parametrize("code", [1, 2, 3])
def test_what_the_library_reports_as_broken_is_an_exception(code: int) -> None:
    status = _Status(code=code)
    with pytest.raises(binding.InternalError):
        _taken(_Buffer(), status, None)
