"""Gives the contract's vectors to the core's pure functions."""

import inspect
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from contract import body_of, differences, read_all

from cryptopay_client import Cryptopay, CryptopayError, FetchError, Pages, Request, Response, outcome_of
from cryptopay_client import _native as native
from cryptopay_client._time import RealTime

ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
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


#: What a create needs besides.
NEEDED = {
    "coin_withdrawals.create": {"address": "a", "charged_currency": "EUR", "received_currency": "BTC"}
    | {"received_amount": "1", "custom_id": "c"},
}


class Answering:
    """A transport that always answers the same, or fails."""

    keeps_time = True

    def __init__(self, given: Any) -> None:
        self.given = given

    def fetch(self, _: Request) -> Response:
        failure = self.given.get("failure")
        if failure:
            raise FetchError(failure["kind"], sent=failure["sent"] != "no")
        return Response(self.given.get("status", 200), list(self.given.get("headers", {}).items()), body_of(self.given))

    def close(self) -> None:
        pass


class NoTime(RealTime):
    """Waits take no time."""

    passed_ms = 0

    def now(self) -> tuple[int, int]:
        unix_ms, tick_ms = super().now()
        return unix_ms + self.passed_ms, tick_ms + self.passed_ms

    def sleep(self, ms: int) -> None:
        self.passed_ms += ms


def called(given: Any) -> Any:
    """Calls the operation through the public API, with made-up ids."""
    settings: dict[str, Any] = {"environment": "sandbox", "api_key": "k", "max_retries": 0, "time": NoTime()}
    with Cryptopay(**settings, api_secret=given.get("api_secret", "s"), fetch=Answering(given)) as client:
        resource, name = given["operation"].split(".")
        method = getattr(getattr(client, resource), name)
        needed = [it for it in inspect.signature(method).parameters.values() if it.default is it.empty and it.kind < 4]
        made_up = {
            it.name: given.get("params", {}).get(it.name, ID if it.name.endswith("_id") else "1") for it in needed
        }
        needs = {} if "params" in given else NEEDED.get(given["operation"], {})
        answer = method(**(made_up | needs | given.get("params", {})))
        return next(answer.pages()) if isinstance(answer, Pages) else answer


def decode(given: Any) -> Any:
    try:
        answer = called(given)
    except CryptopayError as error:
        return {"error": {"code": error.code}}
    raw = json.loads(outcome_of(answer).data) if not isinstance(answer, list | dict) else None
    value = msgspec.to_builtins(answer, builtin_types=(datetime, Decimal))
    value = json.loads(json.dumps(value, default=lambda it: it.isoformat() if isinstance(it, datetime) else f"{it:f}"))
    extra = {key: it for key, it in raw.items() if key not in answer.__struct_fields__} if raw else {}
    return {"value": value | extra if extra else value, "extra": extra}


def error(given: Any) -> Any:
    with pytest.raises(CryptopayError) as raised:
        called(given)
    it = raised.value
    return {"code": it.code, "text": str(it), "shown": repr(it) + repr(vars(it)) + str(it)}


def resolve_record(given: Any) -> Any:
    config = json.dumps({"environment": "sandbox", "api_key": "k", "api_secret": "s"}).encode()
    start = {"unix_ms": 0, "tick_ms": 0, "entropy": "0" * 32, "params": given["record"], "options": None}
    begun = native.Client(config).resolve(json.dumps(start).encode())
    done = told(begun.step).get("done") or {}
    if done.get("error"):
        return {"error": done["error"]}
    return told(begun.call.pending() or "null")


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sign": sign,
    "request": request,
    "classify": classify,
    "retry": retry,
    "verify_callback": verify,
    "sign_callback": lambda given: told(
        native.sign_callback(text_of(given["body"]), json.dumps([given["secret"]]).encode())
    ),
    "dedupe_key": lambda given: {"key": native.dedupe_key(text_of(given["body"]))},
    "may_follow": may_follow,
    "amount": amount,
    "decode": decode,
    "error": error,
    "resolve_record": resolve_record,
}


@pytest.mark.parametrize(
    ("file", "function", "case"),
    [
        pytest.param(name, it["function"], case, id=f"{name}-{case['name']}")
        for name, it in VECTORS
        for case in it["cases"]
    ],
)
def test_vector(file: str, function: str, case: dict[str, Any], record_property: Any) -> None:
    record_property("contract", f"vectors/{file}.json")
    answer = FUNCTIONS[function](case["in"])
    if "error" in case:
        assert "error" in answer, answer
        assert case["error"] in ("*", answer["error"]["code"])
    elif function == "error":
        assert answer["code"] == case["out"]["code"]
        assert all(text in answer["text"] for text in case["out"].get("message_has", []))
        assert not [text for text in case["out"].get("never", []) if text in answer["shown"]]
    else:
        assert not differences(case["out"], answer)


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 9
