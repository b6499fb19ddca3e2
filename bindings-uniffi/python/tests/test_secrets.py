"""No secret is to be seen anywhere: not in what is printed, pickled, copied, logged or observed, and not in what tools
that report errors print, which is the variables of every frame. Nor is an `Authorization`: whoever has it can send the
request again for minutes."""

import asyncio
import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import socket
import traceback
from collections.abc import Iterator
from typing import Any

import httpcore2
import httpx2
import pytest
import wire
from conftest import Sandbox

import cryptopay_client as c
from cryptopay_client import AsyncCryptopay, Cryptopay
from cryptopay_client.fetch._punctual import PunctualStream
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

SECRET, CALLBACK = "the-api-secret-4711", "the-callback-secret-4711"
SETTINGS: dict[str, Any] = {"environment": "http://127.0.0.1:1", "api_key": "k", "callback_secrets": [CALLBACK]}
PAYOUT: dict[str, Any] = {
    "address": "a",
    "charged_currency": "EUR",
    "received_currency": "BTC",
    "received_amount": "1",
    "force_commit": True,
    "custom_id": "p-1",
}


def show(thing: Any) -> str:
    """Everything that shows a thing, and its parts one level down."""
    shown = [repr(thing), str(thing), f"{thing}", f"{thing!r:>10}", pprint.pformat(thing)]
    parts = {**getattr(thing, "__dict__", {})}
    for kind in type(thing).__mro__:
        slots = getattr(kind, "__slots__", ())
        parts |= {name: getattr(thing, name, None) for name in ([slots] if isinstance(slots, str) else slots)}
    shown += [repr(parts), *(repr(part) + repr(getattr(part, "__dict__", "")) for part in parts.values())]
    try:
        shown.append(repr(dataclasses.asdict(thing)))
    except TypeError:
        shown.append(json.dumps(parts, default=repr))
    return "\n".join(shown)


def clean(text: str) -> None:
    for secret in (SECRET, CALLBACK, "HMAC k:"):
        assert secret not in text, text[max(text.index(secret) - 200, 0) : text.index(secret)]


def told(error: BaseException) -> str:
    """What a tool that reports errors prints: the whole chain, with the variables of the package's frames."""
    report = io.StringIO()
    chain = traceback.TracebackException.from_exception(error, capture_locals=True)
    while chain is not None:
        # The test's own variables are the program's, which has to know its secret.
        chain.stack = traceback.StackSummary.from_list(it for it in chain.stack if "/tests/" not in it.filename)
        report.write("".join(chain.format(chain=False)))
        chain = chain.__cause__ or chain.__context__  # type: ignore[assignment]
    return report.getvalue() + show(error) + repr(error.args) + str(getattr(error, "__notes__", ""))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.parametrize("kind", [Cryptopay, AsyncCryptopay])
def test_a_client_shows_no_secret_and_cannot_be_pickled_or_copied(kind: Any) -> None:
    client = kind(**SETTINGS, api_secret=SECRET)
    things = [client, client.callbacks, client.invoices, client._engine, client._engine._transport, client._engine.time]
    for thing in [*things, client._engine._remake, client._engine._client]:
        clean(show(thing))
    for thing in (client, client.callbacks):
        for act in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError) as refused:
                act(thing)
            clean(told(refused.value))


@pytest.mark.parametrize("wrong", [{"api_secret": SECRET + " "}, {"api_key": ""}, {"callback_secrets": [CALLBACK, ""]}])
def test_a_refused_configuration_shows_no_secret(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(c.ConfigurationError) as refused:
        Cryptopay(**SETTINGS | {"api_secret": SECRET} | wrong).callbacks.sign(b"{}")
    clean(told(refused.value))
    monkeypatch.setenv("CRYPTOPAY_API_SECRET", SECRET)
    with pytest.raises(c.ConfigurationError) as refused:
        Cryptopay.from_env(**SETTINGS | {"api_key": ""})
    clean(told(refused.value))
    monkeypatch.delenv("CRYPTOPAY_API_KEY", raising=False)
    for more in ({"api_key": None}, {"api_key": "k", "secret": 1}):
        with pytest.raises((c.ConfigurationError, TypeError)) as misnamed:
            Cryptopay.from_env(**SETTINGS | {"api_secret": SECRET} | more)
        clean(told(misnamed.value))


@pytest.mark.parametrize("wrong", [{"api_secret": SECRET.encode()}, {"callback_secrets": [CALLBACK.encode()]}])
def test_a_secret_that_is_no_text_is_not_shown(wrong: Any) -> None:
    with pytest.raises(c.ConfigurationError) as refused:
        Cryptopay(**SETTINGS | {"api_secret": SECRET} | wrong)
    clean(told(refused.value))
    for secrets in wrong.get("callback_secrets", []), wrong.get("api_secret", b""):
        if secrets:
            with pytest.raises(c.ConfigurationError) as refused:
                c.Callbacks(secrets)
            clean(told(refused.value))


def test_a_callback_that_is_refused_shows_no_secret() -> None:
    with pytest.raises(c.InvalidSignatureError) as refused:
        c.Callbacks([CALLBACK]).verify(b"{}", "00")
    clean(told(refused.value))


@pytest.mark.parametrize("act", [wire.reset, wire.stall, None], ids=["reset", "stall", "refused"])
@pytest.mark.parametrize("fetch", [HttpxFetch, ReqwestFetch, AsyncHttpxFetch, AsyncReqwestFetch])
def test_a_failed_call_shows_no_secret(fetch: Any, act: Any, logged: pytest.LogCaptureFixture) -> None:
    seen: list[c.Seen] = []

    def serve(connection: socket.socket, number: int) -> None:
        act(connection) if act is wire.reset else wire.stall(connection, number)

    with wire.wire(serve) as server:
        url = server.url if act else "http://127.0.0.1:1"
        given = SETTINGS | {"environment": url, "api_secret": SECRET, "observers": [seen.append], "fetch": fetch()}
        limits: dict[str, Any] = {"timeout": 2.5, "attempt_timeout": 0.2}

        async def called() -> None:
            async with AsyncCryptopay(**given) as client:
                await client.coin_withdrawals.create(**PAYOUT, **limits)

        def blocking() -> None:
            with Cryptopay(**given) as client:
                client.coin_withdrawals.create(**PAYOUT, **limits)

        with pytest.raises(c.CryptopayError) as failed:
            asyncio.run(called()) if asyncio.iscoroutinefunction(fetch.fetch) else blocking()
    clean(told(failed.value))
    clean(repr(pickle.loads(pickle.dumps(failed.value)).__dict__) + json.dumps(failed.value.record))
    clean("".join(show(it) for it in seen))
    clean("\n".join(f"{it.getMessage()} {it.__dict__}" for it in logged.records if it.name.startswith("cryptopay")))


#: Transports that hold the signed request when they fail or are stopped, in a file that is no test's.
CARELESS: dict[str, Any] = {}
exec(
    compile(
        """
import asyncio

class Blocking:
    def fetch(self, request):
        headers = list(request.headers)
        raise BrokenPipeError(32, "Broken pipe")

    def close(self):
        pass

class Closing:
    async def close(self):
        pass

class Failing(Closing):
    async def fetch(self, request):
        headers = list(request.headers)
        raise BrokenPipeError(32, "Broken pipe")

class Waiting(Closing):
    async def fetch(self, request):
        headers = list(request.headers)
        await asyncio.sleep(60)
""",
        "careless.py",
        "exec",
    ),
    CARELESS,
)


def test_what_a_transport_held_when_it_failed_is_not_shown() -> None:
    given = SETTINGS | {"api_secret": SECRET, "timeout": 2.5}
    with Cryptopay(**given, fetch=CARELESS["Blocking"]()) as client, pytest.raises(c.CryptopayError) as failed:
        client.coin_withdrawals.create(**PAYOUT)
    clean(told(failed.value))

    async def called(fetch: Any) -> None:
        async with AsyncCryptopay(**given, fetch=fetch) as client:
            await client.coin_withdrawals.create(**PAYOUT)

    with pytest.raises(c.CryptopayError) as failed:
        asyncio.run(called(CARELESS["Failing"]()))
    clean(told(failed.value))

    async def stopped() -> None:
        async with asyncio.timeout(0.05):
            await called(CARELESS["Waiting"]())

    with pytest.raises(TimeoutError) as left:
        asyncio.run(stopped())
    assert c.pending(left.value)
    clean(told(left.value))


def test_a_request_that_cannot_be_written_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise httpcore2.WriteTimeout("the time of the attempt is used up")

    monkeypatch.setattr(PunctualStream, "write", late)
    with wire.wire(wire.ok) as server:
        given = SETTINGS | {"environment": server.url, "api_secret": SECRET, "timeout": 2.5}
        with Cryptopay(**given, fetch=HttpxFetch()) as client, pytest.raises(c.CryptopayError) as failed:
            client.coin_withdrawals.create(**PAYOUT)
    clean(told(failed.value))


def test_an_exception_of_a_client_that_was_lent_carries_no_request() -> None:
    def late(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("silent")

    given = SETTINGS | {"api_secret": SECRET, "timeout": 2.5}
    own = httpx2.Client(transport=httpx2.MockTransport(late))
    with own, Cryptopay(**given, fetch=HttpxFetch(own)) as client, pytest.raises(c.CryptopayError) as failed:
        client.coin_withdrawals.create(**PAYOUT)

    async def called() -> None:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(late)) as own:
            async with AsyncCryptopay(**given, fetch=AsyncHttpxFetch(own)) as client:
                await client.coin_withdrawals.create(**PAYOUT)

    with pytest.raises(c.CryptopayError) as failed_too:
        asyncio.run(called())
    for error in (failed.value, failed_too.value):
        cause = error.__cause__
        assert isinstance(cause, httpx2.ReadTimeout)
        with pytest.raises(RuntimeError):
            cause.request  # noqa: B018
        clean(told(error))


def test_an_answer_shows_no_secret(sandbox: Sandbox, logged: pytest.LogCaptureFixture) -> None:
    with Cryptopay(**sandbox.settings | {"api_secret": "not-the-secret-4711"}) as client:
        with pytest.raises(c.UnauthenticatedError) as wrong:
            client.coins.list()
    assert wrong.value.signed is not None
    text = told(wrong.value)
    assert "not-the-secret-4711" not in text
    assert "HMAC" not in text
    with Cryptopay(**sandbox.settings) as client:
        coins = client.coins.list()
    shown = show(coins) + show(coins[0]) + show(c.outcome_of(coins)) + pickle.dumps(coins).decode("latin-1")
    assert sandbox.settings["api_secret"] not in shown
    assert "HMAC" not in shown + "".join(it.getMessage() for it in logged.records)


def test_a_request_shows_neither_headers_nor_body() -> None:
    request = c.Request("POST", "http://x", [("Authorization", "HMAC k:s")], "the-body", 1, 1, False, "send")
    shown = repr(request) + str(request) + f"{request}" + pprint.pformat(request) + repr([request])
    assert "HMAC" not in shown
    assert "the-body" not in shown
