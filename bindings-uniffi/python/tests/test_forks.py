"""A process that forks: the child makes connections and a client of its own, and both go on (L5)."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from conftest import Sandbox

import cryptopay_client as c
from cryptopay_client import AsyncCryptopay, Cryptopay
from cryptopay_client.fetch.httpx import HttpxFetch
from cryptopay_client.fetch.reqwest import ReqwestFetch


def in_a_child(act: Callable[[], bool]) -> None:
    """Forks a child that acts; it must end well, and in time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if act() else 2
            finally:
                os._exit(code)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the child hangs")
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(ended[1]) == 0


@contextmanager
def held_by_another_thread(lock: Any) -> Iterator[None]:
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_forked_child_makes_its_own_connections_and_warns_once(client: Cryptopay) -> None:
    client.coins.list()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                good = len(client.coins.list()) > 3 and len(client.coins.list()) > 3
            told = [it for it in caught if "forked" in str(it.message)]
            os.write(writing, b"good" if good and len(told) == 1 else b"bad")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"good"
    assert len(client.coins.list()) > 3
    os.close(reading)
    os.close(writing)


def test_a_fork_while_threads_call_leaves_both_processes_whole(client: Cryptopay) -> None:
    over = threading.Event()

    def busy() -> None:
        while not over.is_set():
            client.coins.list()

    def answered() -> bool:
        settings = {"environment": client.environment, "rate_limit": None}
        keys = {"api_key": "sandbox-key", "api_secret": "wrong"}
        with pytest.raises(c.CryptopayError):
            Cryptopay(**settings, **keys).coins.list(timeout=5)  # type: ignore[arg-type]
        return len(client.coins.list(timeout=5)) > 3

    threads = [threading.Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            in_a_child(answered)
    finally:
        over.set()
        for thread in threads:
            thread.join(10)
    assert len(client.coins.list()) > 3


def test_a_fork_waits_for_the_context_that_another_thread_makes(
    client: Cryptopay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL would leave the child a lock that nobody opens any more."""
    made, order = httpx2.create_ssl_context, []
    entered, forking, forked = threading.Event(), threading.Event(), threading.Event()

    def slow(**given: Any) -> Any:
        entered.set()
        forking.wait(10)
        # Long enough for a fork that waits for nobody.
        forked.wait(0.2)
        order.append("made")
        return made(**given)

    monkeypatch.setattr(httpx2, "create_ssl_context", slow)
    first = threading.Thread(target=client.coins.list)
    first.start()
    entered.wait(10)
    forking.set()
    in_a_child(lambda: True)
    order.append("forked")
    forked.set()
    first.join()
    assert order == ["made", "forked"]


FIRST_CALLS = """
import asyncio
import sys
from cryptopay_client import AsyncCryptopay, Cryptopay

client = Cryptopay.from_env()
before = set(sys.modules)
client.coins.list()
client.callbacks
print(*sorted(set(sys.modules) - before))
asynchronous = AsyncCryptopay.from_env()
before = set(sys.modules)
asyncio.run(asynchronous.coins.list())
print(*sorted(set(sys.modules) - before))
"""


def test_a_first_call_imports_nothing(sandbox: Sandbox) -> None:
    """What a thread imports when another one forks stays locked in the child for ever."""
    settings = {name: str(sandbox.settings[name]) for name in ("environment", "api_key", "api_secret")}
    variables = {f"CRYPTOPAY_{name.upper()}": value for name, value in settings.items()}
    variables["CRYPTOPAY_CALLBACK_SECRET"] = "secret"
    program = [sys.executable, "-c", FIRST_CALLS]
    told = subprocess.run(program, capture_output=True, text=True, check=True, env=os.environ | variables)
    assert told.stdout.split() == []


def test_a_transport_that_was_lent_makes_connections_of_its_own_in_a_child(sandbox: Sandbox) -> None:
    fetch = HttpxFetch()
    client = Cryptopay(**sandbox.settings, fetch=fetch)
    assert len(client.coins.list()) > 3
    parents = fetch._transports[False]
    # As it is while a connection's settings are made.
    with held_by_another_thread(fetch._lock):
        in_a_child(lambda: len(client.coins.list(timeout=5)) > 3 and fetch._transports[False] is not parents)
    assert fetch._transports[False] is parents
    client.close()


def test_a_child_that_never_called_can_close_what_its_parent_holds(sandbox: Sandbox) -> None:
    client = Cryptopay(**sandbox.settings)
    client.coins.list()

    def closes() -> bool:
        client.close()
        return True

    with held_by_another_thread(client._engine._transport._lock):
        in_a_child(closes)
    assert len(client.coins.list()) > 3
    client.close()


def test_the_threads_of_a_child_share_one_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Cryptopay(**sandbox.settings)
    engine = client._engine
    remake, made = engine._remake, []

    def slowly() -> Any:
        made.append(threading.get_ident())
        time.sleep(0.1)
        return remake()

    monkeypatch.setattr(engine, "_remake", slowly)
    parent = engine._client
    engine._pid -= 1  # as a child finds it
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with ThreadPoolExecutor(4) as threads:
            clients = {id(it) for it in threads.map(lambda _: engine.client(), range(4))}
    assert len(made) == len(clients) == len(caught) == 1
    assert engine._client is not parent
    client.close()


def test_an_asynchronous_client_survives_a_fork(sandbox: Sandbox) -> None:
    client = AsyncCryptopay(**sandbox.settings)

    async def main() -> int:
        coins = len(await client.coins.list())
        for lanes in client._engine._transport.fetch()._lanes.values():
            await lanes.close()
        client._engine._transport.fetch()._lanes.clear()
        return coins

    assert asyncio.run(main()) > 3
    in_a_child(lambda: asyncio.run(main()) > 3)
    assert asyncio.run(main()) > 3


def test_pyreqwest_refuses_to_serve_a_fork_and_says_what_to_do(sandbox: Sandbox) -> None:
    fetch = ReqwestFetch()
    client = Cryptopay(**sandbox.settings, fetch=fetch)
    client.coins.list()

    def refuses() -> bool:
        with pytest.raises(c.ConnectionFailedError) as refused:
            client.coins.list(max_retries=0, timeout=5)
        return "after the fork" in str(refused.value.__cause__)

    in_a_child(refuses)
    client.close()
    fetch.close()
