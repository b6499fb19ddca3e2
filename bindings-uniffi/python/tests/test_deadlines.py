"""Every call ends by its deadline, whatever a network does to it, with the right code, and knows whether it may have
been sent (W1, W2, T2). With a folder in CRYPTOPAY_LEDGER each probe is written down there."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import wire

from cryptopay_client import AsyncCryptopay, Cryptopay, CryptopayError
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

KINDS = [HttpxFetch, ReqwestFetch, AsyncHttpxFetch, AsyncReqwestFetch]
READ: dict[str, Any] = {"timeout": 1.5, "attempt_timeout": 0.4, "max_retries": 1}
PAYOUT: dict[str, Any] = {
    "address": "2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA",
    "charged_currency": "EUR",
    "received_currency": "BTC",
    "received_amount": "0.001",
    "force_commit": True,
    "custom_id": "p-1",
    "timeout": 3.0,
    "attempt_timeout": 0.4,
}
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n"


def stall_in_body(connection: socket.socket, number: int) -> None:
    connection.sendall(wire.HEAD + b'{"data"')
    wire.stall(connection, number)


def redirect_loop(connection: socket.socket, _: int) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /api/coins\r\nContent-Length: 0\r\n\r\n")


def large_body(connection: socket.socket, _: int) -> None:
    connection.sendall(LARGE)
    for _ in range(1000):
        connection.sendall(b"x" * 100_000)


def chunked_garbage(connection: socket.socket, _: int) -> None:
    connection.sendall(CHUNKED + b"no number\r\n{}\r\n")
    wire.close(connection)


def early_close(connection: socket.socket, _: int) -> None:
    wire.close(connection)


def reset_in_body(connection: socket.socket, _: int) -> None:
    connection.sendall(wire.HEAD + b'{"data"')
    wire.reset(connection)


@contextmanager
def answering(act: Any) -> Iterator[str]:
    with wire.wire(act) as server:
        yield server.url


@contextmanager
def refusing() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def blackhole() -> Iterator[str]:
    """Nobody accepts, and the queue is full: no handshake ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


class Probe(NamedTuple):
    """What the network does, and how a read may end. A payout is `outcome_unknown` unless nothing can have left."""

    there: Callable[[], Any]
    codes: tuple[str, ...]
    sent: bool = True


#: What broke, unless the deadline came before the next attempt.
BROKEN = ("connection", "timeout")
PROBES = {
    "refuse": Probe(refusing, BROKEN, sent=False),
    "blackhole": Probe(blackhole, BROKEN, sent=False),
    "stall_before_body": Probe(lambda: answering(wire.stall), BROKEN),
    "stall_in_body": Probe(lambda: answering(stall_in_body), BROKEN),
    "drip": Probe(lambda: answering(wire.drip(wire.HEAD)), BROKEN),
    "redirect_loop": Probe(lambda: answering(redirect_loop), ("unexpected_status",)),
    "large_body": Probe(lambda: answering(large_body), ("invalid_response",)),
    "chunked_garbage": Probe(lambda: answering(chunked_garbage), BROKEN),
    "early_close": Probe(lambda: answering(early_close), BROKEN),
    "reset_in_body": Probe(lambda: answering(reset_in_body), BROKEN),
    "half_closed": Probe(lambda: answering(wire.half_closed), BROKEN),
}


class Ended(NamedTuple):
    probe: str
    write: bool
    error: CryptopayError
    watch: wire.Watch

    def line(self, kind: Any) -> str:
        sent = "-" if not self.write else "not_sent" if self.error.record is None else "maybe_sent"
        name = f"{self.probe} {'payout' if self.write else 'read'} {kind.__name__}"
        deadline_ms = round((PAYOUT if self.write else READ)["timeout"] * 1000)
        return f"{name}\t{deadline_ms}\t{self.watch.own * 1000:.0f}\t{self.error.code}\t{sent}\n"


def settings(url: str, fetch: Any) -> dict[str, Any]:
    given = {"environment": url, "api_key": "k", "api_secret": "s", "rate_limit": None, "max_body": 1 << 20}
    return given | {"fetch": fetch}


def blocking(kind: Any, probe: str, write: bool) -> Ended:
    with PROBES[probe].there() as url, Cryptopay(**settings(url, kind())) as client:
        watch = wire.Watch()
        with pytest.raises(CryptopayError) as failed:
            client.coin_withdrawals.create(**PAYOUT) if write else client.coins.list(**READ)
        return Ended(probe, write, failed.value, watch.stopped())


async def asynchronous(kind: Any, probe: str, write: bool) -> Ended:
    with PROBES[probe].there() as url:
        async with AsyncCryptopay(**settings(url, kind())) as client:
            watch = wire.Watch()
            with pytest.raises(CryptopayError) as failed:
                await (client.coin_withdrawals.create(**PAYOUT) if write else client.coins.list(**READ))
            return Ended(probe, write, failed.value, watch.stopped())


#: So many probes at once: more of them would wait for each other.
AT_ONCE = 5


def probed(kind: Any) -> list[Ended]:
    """Every probe with a read and with a payout, each with a server and a client of its own."""
    asked = [(kind, probe, write) for probe in PROBES for write in (False, True)]
    if not asyncio.iscoroutinefunction(kind.fetch):
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return [running.result() for running in [threads.submit(blocking, *it) for it in asked]]

    async def run() -> list[Ended]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(*it: Any) -> Ended:
            async with turn:
                return await asynchronous(*it)

        ended = await asyncio.gather(*(one(*it) for it in asked))
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"
        return ended

    return asyncio.run(run())


def left(before: tuple[set[Any], int]) -> list[str]:
    """What is still there that was not before: threads of the package, sockets."""
    threads = [it.name for it in set(threading.enumerate()) - before[0] if it.name.startswith("cryptopay")]
    return threads + ["a socket"] * (open_sockets() - before[1])


def open_sockets() -> int:
    targets = (os.readlink(it) if it.is_symlink() else "" for it in Path("/proc/self/fd").iterdir())
    return sum(target.startswith("socket:") for target in targets)


@wire.in_time
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_network_does_a_call_ends_in_time_and_says_whether_it_was_sent(kind: Any) -> None:
    before = (set(threading.enumerate()), open_sockets())
    ended = probed(kind)
    for it in ended:
        probe = PROBES[it.probe]
        where = f"{it.probe}, {'payout' if it.write else 'read'}: {it.error!r}"
        it.watch.within((PAYOUT if it.write else READ)["timeout"] + 0.05)
        # On a machine that is busy enough both timers are over when either is looked at, and an answer comes too late.
        if (not probe.sent and it.error.code == "outcome_unknown") or (
            not it.write and it.error.code == "timeout" and "timeout" not in probe.codes
        ):
            raise wire.Late(where)
        if not it.write or not probe.sent:
            assert it.error.code in probe.codes, where
            assert it.error.record is None, where
        else:
            assert it.error.code == "outcome_unknown", where
            assert it.error.record is not None, where
    # pyreqwest gives up what was cancelled when its own timeout comes.
    deadline = time.monotonic() + 3
    while found := left(before):
        assert time.monotonic() < deadline, f"left behind: {found}"
        time.sleep(0.05)
    if folder := os.environ.get("CRYPTOPAY_LEDGER"):
        with (Path(folder) / "deadlines-python.tsv").open("a") as ledger:
            ledger.writelines(it.line(kind) for it in ended)
