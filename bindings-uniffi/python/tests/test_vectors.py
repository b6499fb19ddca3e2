"""Gives the contract's vectors to the core's pure functions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from contract import body_of, differences, read_all

from cryptopay_client import _native as native

VECTORS = read_all("vectors")


def text_of(value: Any) -> bytes:
    return body_of({"text": value})


def told(text: str) -> Any:
    return json.loads(text)


def pairs(headers: dict[str, str] | None) -> list[list[str]]:
    return [[name.lower(), value] for name, value in (headers or {}).items()]


def sign(given: Any) -> Any:
    return told(native.sign(json.dumps(given).encode()))


def request(given: Any) -> Any:
    config = {"environment": given["base_url"], "api_key": given["api_key"], "api_secret": given["api_secret"]}
    start = {"unix_ms": given["unix_ms"], "tick_ms": 0, "entropy": "0" * 32, "params": given["params"]}
    start["options"] = {"custom_id": {"generated": False}} if "custom_id" not in given["params"] else None
    step = begun(config, given["operation"], start)
    if "done" in step:
        start["options"] = None
        step = begun(config, given["operation"], start)
    while step.get("fetch", {}).get("purpose") == "before":
        # What a forced write reads first is no part of the vector.
        step = after_before(config, given["operation"], start)
    if "done" in step:
        return {"error": step["done"]["error"]}
    fetch = step["fetch"]
    headers = {name.lower(): value for name, value in fetch["headers"]}
    if fetch["body"]:
        path = fetch["url"].removeprefix(given["base_url"])
        own = sign({"api_secret": given["api_secret"], "method": fetch["method"], "date": headers["date"],
                    "path": path, "body": fetch["body"]})  # fmt: skip
        assert headers["authorization"] == f"HMAC {given['api_key']}:{own['signature']}"
    return fetch | {"headers": headers, "body": json.loads(fetch["body"]) if fetch["body"] else None}


def begun(config: Any, operation: str, start: Any) -> Any:
    return told(native.Client(json.dumps(config).encode()).begin(operation.encode(), json.dumps(start).encode()).step)


def after_before(config: Any, operation: str, start: Any) -> Any:
    call = native.Client(json.dumps(config).encode()).begin(operation.encode(), json.dumps(start).encode()).call
    event = {"unix_ms": start["unix_ms"], "tick_ms": 0, "response": {"status": 200, "headers": []}}
    return told(call.advance(json.dumps(event).encode(), b'{"data":[],"meta":{"total":0,"has_more":false}}'))


def classify(given: Any) -> Any:
    sent = {key: given[key] for key in ("status", "expect", "conditional", "write") if key in given}
    answer = told(native.classify(json.dumps(sent | {"headers": pairs(given.get("headers"))}).encode(), body_of(given)))
    return answer | {"retry": "wait" if answer["retry"] in ("wait", "backoff") else "never"}


def retry(given: Any) -> Any:
    sent = {key: given[key] for key in ("status", "attempt", "entropy", "look") if key in given}
    return told(native.retry_delay(json.dumps(sent | {"headers": pairs(given.get("headers"))}).encode()))


def verify(given: Any) -> Any:
    asked = {"signature": given["signature"], "secrets": given["secrets"]}
    answer = told(native.verify_callback(text_of(given["body"]), json.dumps(asked).encode()))
    return answer if "error" in answer else answer["event"]


def may_follow(given: Any) -> Any:
    words = [given[key].encode() for key in ("type", "from", "to")]
    return {"may": native.may_follow(*words)}


def amount(given: Any) -> Any:
    if "a" in given:
        return {"equal": native.same_amount(given["a"].encode(), given["b"].encode())}
    text = given.get("text", given.get("json"))
    return told(native.read_amount(text.encode(), "json" in given))


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sign": sign,
    "request": request,
    "classify": classify,
    "retry": retry,
    "verify_callback": verify,
    "sign_callback": lambda given: told(native.sign_callback(text_of(given["body"]), given["secret"].encode())),
    "dedupe_key": lambda given: {"key": native.dedupe_key(text_of(given["body"]))},
    "may_follow": may_follow,
    "amount": amount,
}


@pytest.mark.parametrize(
    ("function", "case"),
    [pytest.param(it["function"], case, id=f"{name}-{case['name']}") for name, it in VECTORS for case in it["cases"]],
)
def test_vector(function: str, case: dict[str, Any]) -> None:
    answer = FUNCTIONS[function](case["in"])
    if "error" in case:
        assert "error" in answer, answer
        assert case["error"] in ("*", answer["error"]["code"])
    else:
        assert not differences(case["out"], answer)


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 9
