"""Callbacks: verified, handled once only, and received in Flask, Django and FastAPI."""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import pytest
import trio
from msgspec import structs

from cryptopay_client import (
    Callbacks,
    ConfigurationError,
    Event,
    InvalidArgumentError,
    InvalidResponseError,
    InvalidSignatureError,
    MemoryStore,
    models,
)
from cryptopay_client.callbacks import SIGNATURE_HEADER
from cryptopay_client.callbacks.store import KEEP_MS, Claim

SECRET = "callback-secret"
BODY = json.dumps(
    {"type": "Invoice", "event": "status_changed", "data": {"id": "a-1", "status": "completed", "price_amount": "1.50"}}
).encode()
GOOD = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


def test_a_signed_body_is_read_into_its_model() -> None:
    callbacks = Callbacks([SECRET])
    assert callbacks.sign(BODY) == GOOD
    event = callbacks.verify(BODY, GOOD.upper())
    assert (event.type, event.event, event.id, event.status, event.secret) == (
        "Invoice",
        "status_changed",
        "a-1",
        "completed",
        0,
    )
    assert isinstance(event.data, models.CallbackInvoice)
    assert event.known
    assert event.may_follow("new")
    assert not callbacks.verify(BODY, GOOD).may_follow("refunded")
    assert Callbacks(["new", SECRET]).verify(BODY, GOOD).secret == 1


def test_a_body_can_be_read_without_being_verified_and_says_so() -> None:
    event, verified = Callbacks([]).parse(BODY), Callbacks([SECRET]).verify(BODY, GOOD)
    assert event.secret is None
    assert structs.replace(event, secret=0) == verified
    with pytest.raises(InvalidArgumentError, match="pass the raw bytes"):
        Callbacks([]).parse({"type": "Invoice"})  # type: ignore[arg-type]
    for body in (b"", b"[]", b"no json"):
        with pytest.raises(InvalidResponseError, match="the body is not a JSON object"):
            Callbacks([]).parse(body)


@pytest.mark.parametrize("signature", [None, "", "00", GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")])
def test_what_is_not_signed_is_refused(signature: str | None) -> None:
    with pytest.raises(InvalidSignatureError):
        Callbacks([SECRET]).verify(BODY, signature)


def test_a_parsed_body_and_a_missing_secret_are_explained() -> None:
    with pytest.raises(InvalidSignatureError, match="raw bytes"):
        Callbacks([SECRET]).verify(json.loads(BODY), GOOD)
    with pytest.raises(ConfigurationError):
        Callbacks([]).verify(BODY, GOOD)
    with pytest.raises(ConfigurationError):
        Callbacks([""]).verify(BODY, GOOD)


def test_an_event_is_handled_once_and_again_after_a_failure() -> None:
    callbacks, store = Callbacks([SECRET]), MemoryStore()
    handled: list[Event] = []

    def failing(_: Event) -> None:
        raise RuntimeError("database is away")

    with pytest.raises(RuntimeError):
        callbacks.receive(BODY, GOOD, failing, store)
    assert callbacks.receive(BODY, GOOD, handled.append, store).status == 200
    assert callbacks.receive(BODY, GOOD, handled.append, store).status == 200
    assert len(handled) == 1
    store.claim("other", 1000)
    assert store.claim("other", 1000) == "in_progress"
    assert callbacks.receive(BODY, "00", handled.append, store).status == 400

    async def again() -> int:
        async def handler(event: Event) -> None:
            handled.append(event)

        return (await callbacks.receive_async(BODY, GOOD, handler, store)).status

    assert asyncio.run(again()) == 200
    assert len(handled) == 1


def test_a_handler_that_fails_after_its_lease_does_not_free_the_claim_of_the_next_delivery() -> None:
    callbacks, stores = Callbacks([SECRET]), [MemoryStore(), MemoryStore()]

    def slow(store: MemoryStore) -> Callable[[Event], None]:
        def handler(event: Event) -> None:
            lapsed = time.time() + 0.002
            while time.time() < lapsed:
                pass
            assert store.claim(event.dedupe_key, 60_000) == "new"
            raise RuntimeError("too slow")

        return handler

    with pytest.raises(RuntimeError):
        callbacks.receive(BODY, GOOD, slow(stores[0]), stores[0], lease=0.001)
    with pytest.raises(RuntimeError):
        asyncio.run(callbacks.receive_async(BODY, GOOD, slow(stores[1]), stores[1], lease=0.001))
    key = callbacks.verify(BODY, GOOD).dedupe_key
    assert [store.claim(key, 60_000) for store in stores] == ["in_progress", "in_progress"]


def test_a_handler_of_the_other_kind_loses_no_event() -> None:
    callbacks, store = Callbacks([SECRET]), MemoryStore()
    handled: list[Event] = []

    async def coroutine(event: Event) -> None:
        handled.append(event)

    with pytest.raises(TypeError, match="coroutine function"):
        callbacks.receive(BODY, GOOD, coroutine, store)
    assert handled == []
    assert asyncio.run(callbacks.receive_async(BODY, GOOD, handled.append, store)).status == 200
    assert len(handled) == 1


class Listening:
    """A store over a network, which gives up when its task is cancelled."""

    def __init__(self, pause: Callable[[], Awaitable[None]]) -> None:
        self.inner, self.pause = MemoryStore(), pause

    async def claim(self, key: str, lease_ms: int) -> Claim:
        return self.inner.claim(key, lease_ms)

    async def complete(self, key: str) -> None:
        await self.pause()
        self.inner.complete(key)

    async def release(self, key: str) -> None:
        await self.pause()
        self.inner.release(key)


@pytest.mark.parametrize(("fails", "after"), [(False, "handled before"), (True, "ok")])
def test_what_was_handled_is_kept_and_what_failed_is_freed_though_the_request_is_cancelled(
    fails: bool, after: str
) -> None:
    callbacks, store = Callbacks([SECRET]), Listening(lambda: asyncio.sleep(0))

    async def gone(_: Event) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if fails:
            raise RuntimeError("database is away")

    async def come() -> str:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(callbacks.receive_async(BODY, GOOD, gone, store))
        return (await callbacks.receive_async(BODY, GOOD, lambda _: None, store)).text

    assert asyncio.run(come()) == after


@pytest.mark.parametrize(("fails", "after"), [(False, "handled before"), (True, "ok")])
def test_the_same_in_trio(fails: bool, after: str) -> None:
    callbacks, store = Callbacks([SECRET]), Listening(trio.lowlevel.checkpoint)

    async def come() -> str:
        with trio.CancelScope() as scope:

            async def gone(_: Event) -> None:
                scope.cancel()
                if fails:
                    raise RuntimeError("database is away")

            with pytest.raises(RuntimeError) if fails else nullcontext():
                await callbacks.receive_async(BODY, GOOD, gone, store)
        return (await callbacks.receive_async(BODY, GOOD, lambda _: None, store)).text

    assert trio.run(come) == after


def test_what_is_refused_is_logged_without_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    assert Callbacks([SECRET]).receive(BODY, "0" * 64, print, MemoryStore()).status == 400
    assert Callbacks([]).receive(BODY, GOOD, print, MemoryStore()).status == 500
    assert ["does not fit" in caplog.messages[0], "no callback secret" in caplog.messages[1]] == [True, True]
    assert SECRET not in caplog.text


def test_keys_are_kept_for_eight_days_and_then_forgotten() -> None:
    now = 0
    store = MemoryStore(lambda: now)
    assert store.claim("k", 1000) == "new"
    now = 999
    assert store.claim("k", 1000) == "in_progress"
    now = 1000
    assert store.claim("k", 1000) == "new"
    store.complete("k")
    store.release("k")
    now += KEEP_MS - 1
    assert store.claim("k", 1000) == "done"
    now += 1
    for at in range(5000):
        now += 10
        assert store.claim(str(at), 1000) == "new"
    assert len(store._entries) <= 1024


def posted(app: str, handler: Any) -> Any:
    callbacks, store = Callbacks([SECRET]), MemoryStore()
    if app == "flask":
        from flask import Flask

        from cryptopay_client.callbacks.flask import view

        flask = Flask("test")
        flask.post("/callbacks")(view(callbacks, handler, store))
        return lambda body, headers: flask.test_client().post("/callbacks", data=body, headers=headers).status_code
    if app == "django":
        import django
        from django.conf import settings
        from django.test import Client
        from django.urls import clear_url_caches, path

        from cryptopay_client.callbacks.django import view as django_view

        if not settings.configured:
            settings.configure(
                ALLOWED_HOSTS=["*"],
                ROOT_URLCONF="callback_urls",
                MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
            )
            django.setup()
        urls: Any = ModuleType("callback_urls")
        urls.urlpatterns = [path("callbacks", django_view(callbacks, handler, store))]
        sys.modules["callback_urls"] = urls
        clear_url_caches()

        def post(body: bytes, headers: dict[str, str]) -> int:
            # A callback comes with no token: the view has to be exempt from Django's own check.
            browserless = Client(enforce_csrf_checks=True)
            sent = browserless.post("/callbacks", body, content_type="application/json", headers=headers)
            return int(sent.status_code)

        return post
    import httpx2
    from fastapi import FastAPI

    from cryptopay_client.callbacks.starlette import endpoint

    async def ahandler(event: Event) -> None:
        handler(event)

    fastapi = FastAPI()
    fastapi.add_route("/callbacks", endpoint(callbacks, ahandler, store), methods=["POST"])

    def send(body: bytes, headers: dict[str, str]) -> int:
        async def go() -> int:
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(fastapi), base_url="http://x") as client:
                return (await client.post("/callbacks", content=body, headers=headers)).status_code

        return asyncio.run(go())

    return send


@pytest.mark.parametrize("app", ["flask", "django", "fastapi"])
def test_web_frameworks_receive_callbacks(app: str) -> None:
    handled: list[Event] = []
    post = posted(app, handled.append)
    assert post(BODY, {SIGNATURE_HEADER: GOOD}) == 200
    assert post(BODY, {SIGNATURE_HEADER: GOOD}) == 200
    assert post(BODY, {SIGNATURE_HEADER: "00"}) == 400
    assert post(BODY, {}) == 400
    assert post(b"x" * (1 << 20) + b"x", {SIGNATURE_HEADER: GOOD}) in (400, 413)
    assert [it.id for it in handled] == ["a-1"]


def test_an_event_is_claimed_for_as_long_as_its_handler_may_take() -> None:
    leases: list[int] = []

    class Noting(MemoryStore):
        def claim(self, key: str, lease_ms: int) -> Claim:
            leases.append(lease_ms)
            return "new"

    callbacks, store = Callbacks([SECRET]), Noting()

    async def handle(_: Event) -> None:
        pass

    def received(**lease: Any) -> None:
        callbacks.receive(BODY, GOOD, lambda _: None, store, **lease)
        asyncio.run(callbacks.receive_async(BODY, GOOD, handle, store, **lease))

    received()
    received(lease=1.5)
    assert leases == [300_000, 300_000, 1500, 1500]
    for wrong in (0, -1, float("inf"), "5"):
        with pytest.raises(ConfigurationError, match=r"^lease: must be a number of seconds"):
            callbacks.receive(BODY, GOOD, lambda _: None, store, lease=wrong)  # type: ignore[arg-type]
    assert len(leases) == 4
