"""Every call ends by its deadline, whatever a network does to it, with the right code, and knows whether it may have
been sent (W1, W2, T2); a write is sent once. With a folder in CRYPTOPAY_LEDGER each probe is written down there.

What a call says is judged each time. Lateness alone is measured again, because a machine may be busy."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import wire

from cryptopay_client import AsyncCryptopay, Cryptopay, CryptopayError
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

KINDS = [HttpxFetch, ReqwestFetch, AsyncHttpxFetch, AsyncReqwestFetch]
#: An attempt may take longer than the call: where nothing else ends it, the deadline does.
READ: dict[str, Any] = {"timeout": 1.5, "attempt_timeout": 4.0, "max_retries": 1}
PAYOUT: dict[str, Any] = {
    "address": "2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA",
    "charged_currency": "EUR",
    "received_currency": "BTC",
    "received_amount": "0.001",
    "force_commit": True,
    "custom_id": "p-1",
    "timeout": 3.0,
    "attempt_timeout": 4.0,
}
#: A connection that is not had after a part of an attempt's time is known to have carried nothing, so that these give
#: it up by themselves: after a half, and after a quarter to a half.
GIVES_UP: dict[Any, float] = {AsyncHttpxFetch: 1 / 2, ReqwestFetch: 1 / 4, AsyncReqwestFetch: 1 / 4}
#: How far from its deadline a call may end, in seconds.
NEAR = 0.05
#: How often a probe is measured until it is in time.
TRIES = 3
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


class Nobody(NamedTuple):
    """A server that nothing reaches."""

    url: str
    requests: tuple[bytes, ...] = ()


@contextmanager
def refusing() -> Iterator[Nobody]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield Nobody(f"http://127.0.0.1:{port}")


@contextmanager
def blackhole() -> Iterator[Nobody]:
    """Nobody accepts, and the queue is full: no handshake ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield Nobody(f"http://127.0.0.1:{address[1]}")
        for one in waiting:
            one.close()


class Probe(NamedTuple):
    """What the network does, and how a read ends. A payout is `outcome_unknown` unless nothing can have left."""

    there: Callable[[], Any]
    codes: tuple[str, ...]
    sent: bool = True
    #: Whether nothing but its deadline ends a call that may have been sent, and a read.
    waits: bool = False


#: What broke, or that no time was left when the wait before the next attempt was over; both say that nothing was sent.
NO_CONNECTION = ("connection", "timeout")
PROBES = {
    "refuse": Probe(refusing, NO_CONNECTION, sent=False),
    "blackhole": Probe(blackhole, NO_CONNECTION, sent=False, waits=True),
    "stall_before_body": Probe(lambda: wire.wire(wire.stall), ("timeout",), waits=True),
    "stall_in_body": Probe(lambda: wire.wire(stall_in_body), ("timeout",), waits=True),
    "drip": Probe(lambda: wire.wire(wire.drip(wire.HEAD)), ("timeout",), waits=True),
    "redirect_loop": Probe(lambda: wire.wire(redirect_loop), ("unexpected_status",)),
    "large_body": Probe(lambda: wire.wire(large_body), ("invalid_response",)),
    "chunked_garbage": Probe(lambda: wire.wire(chunked_garbage), ("connection",)),
    "early_close": Probe(lambda: wire.wire(early_close), ("connection",)),
    "reset_in_body": Probe(lambda: wire.wire(reset_in_body), ("connection",)),
    "half_closed": Probe(lambda: wire.wire(wire.half_closed), ("connection",)),
}


class Asked(NamedTuple):
    probe: str
    write: bool

    @property
    def deadline(self) -> float:
        seconds: float = (PAYOUT if self.write else READ)["timeout"]
        return seconds


ALL = [Asked(probe, write) for probe in PROBES for write in (False, True)]


class Ended(NamedTuple):
    asked: Asked
    error: CryptopayError
    watch: wire.Watch
    #: What arrived: requests, and of these the writes.
    arrived: int
    posts: int
    #: Before this nothing can have ended it.
    soonest: float

    @property
    def late(self) -> bool:
        return self.watch.own > self.asked.deadline + NEAR

    def amiss(self) -> list[str]:
        """What is wrong with it, however busy the machine is."""
        probe, write, error = PROBES[self.asked.probe], self.asked.write, self.error
        codes = ("outcome_unknown",) if write and probe.sent else probe.codes
        wrong = [] if error.code in codes else [f"{error.code}, not {codes}"]
        if (error.record is not None) != (write and probe.sent):
            wrong.append(f"the record is {error.record}")
        if self.posts != (write and probe.sent):
            wrong.append(f"{self.posts} writes arrived")
        if (self.arrived > 0) != probe.sent:
            wrong.append(f"{self.arrived} requests arrived")
        if self.watch.took < self.soonest - NEAR:
            wrong.append(f"it ended after {self.watch.took:.3f} s, and nothing ends it before {self.soonest:.3f} s")
        return [f"{self.asked}: {what}: {error!r}" for what in wrong]

    def line(self, kind: Any) -> str:
        probe, write = self.asked
        sent = "-" if not write else "not_sent" if self.error.record is None else "maybe_sent"
        name = f"{probe} {'payout' if write else 'read'} {kind.__name__}"
        deadline_ms = round(self.asked.deadline * 1000)
        return f"{name}\t{deadline_ms}\t{self.watch.own * 1000:.0f}\t{self.error.code}\t{sent}\n"


def ended(kind: Any, asked: Asked, failed: Any, watch: wire.Watch, server: Any) -> Ended:
    requests = list(server.requests)
    posts = sum(request.startswith(b"POST ") for request in requests)
    part = GIVES_UP.get(kind, 1) if asked.probe == "blackhole" else 1
    # A payout that is known not to have been sent keeps no time for finding out how it ended.
    waits = PROBES[asked.probe].waits and (PROBES[asked.probe].sent or not asked.write)
    soonest = asked.deadline * part if waits else 0
    return Ended(asked, failed.value, watch, len(requests), posts, soonest)


def settings(url: str, fetch: Any) -> dict[str, Any]:
    given = {"environment": url, "api_key": "k", "api_secret": "s", "rate_limit": None, "max_body": 1 << 20}
    return given | {"fetch": fetch}


def blocking(kind: Any, asked: Asked) -> Ended:
    with PROBES[asked.probe].there() as server:
        with Cryptopay(**settings(server.url, kind())) as client:
            watch = wire.Watch()
            with pytest.raises(CryptopayError) as failed:
                client.coin_withdrawals.create(**PAYOUT) if asked.write else client.coins.list(**READ)
            watch.stopped()
        return ended(kind, asked, failed, watch, server)


async def asynchronous(kind: Any, asked: Asked) -> Ended:
    with PROBES[asked.probe].there() as server:
        async with AsyncCryptopay(**settings(server.url, kind())) as client:
            watch = wire.Watch()
            with pytest.raises(CryptopayError) as failed:
                await (client.coin_withdrawals.create(**PAYOUT) if asked.write else client.coins.list(**READ))
            watch.stopped()
        return ended(kind, asked, failed, watch, server)


#: So many probes at once: more of them would wait for each other.
AT_ONCE = 5


def probed(kind: Any, asked: list[Asked], at_once: int = AT_ONCE) -> list[Ended]:
    """Each with a server and a client of its own."""
    if not asyncio.iscoroutinefunction(kind.fetch):
        with ThreadPoolExecutor(at_once) as threads:
            return [running.result() for running in [threads.submit(blocking, kind, it) for it in asked]]

    async def run() -> list[Ended]:
        turn = asyncio.Semaphore(at_once)

        async def one(it: Asked) -> Ended:
            async with turn:
                return await asynchronous(kind, it)

        ended = await asyncio.gather(*(one(it) for it in asked))
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"
        return ended

    return asyncio.run(run())


def left(before: tuple[set[Any], int]) -> list[str]:
    """What is still there that was not before: threads of the package, sockets."""
    threads = [it.name for it in set(threading.enumerate()) - before[0] if it.name.startswith("cryptopay")]
    return threads + ["a socket"] * (open_sockets() - before[1])


def held() -> tuple[int, int]:
    """How many descriptors and threads this process has, those of the transports included."""
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


def until(seconds: float, found: Callable[[], Any]) -> None:
    """Waits until nothing is found."""
    deadline = time.monotonic() + seconds
    while it := found():
        assert time.monotonic() < deadline, f"left behind: {it}"
        time.sleep(0.05)


def judged(ended: list[Ended]) -> list[Ended]:
    wrong = [what for it in ended for what in it.amiss()]
    assert not wrong, "\n".join(wrong)
    return ended


def open_sockets() -> int:
    targets = (os.readlink(it) if it.is_symlink() else "" for it in Path("/proc/self/fd").iterdir())
    return sum(target.startswith("socket:") for target in targets)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_network_does_a_call_ends_in_time_and_says_whether_it_was_sent(kind: Any) -> None:
    before = (set(threading.enumerate()), open_sockets())
    best: dict[Asked, Ended] = {}
    due = ALL
    for _ in range(TRIES):
        now = judged(probed(kind, due))
        best |= {it.asked: it for it in now}
        due = [it.asked for it in now if it.late]
        if not due:
            break
    for it in best.values():
        it.watch.within(it.asked.deadline + NEAR)
    # pyreqwest gives up what was cancelled when its own timeout comes.
    until(5, lambda: left(before))
    first = held()
    # Once more, and all at once: what the first round leaves is warm, what the second adds to it is a leak.
    judged(probed(kind, ALL, at_once=len(ALL)))
    until(5, lambda: left(before))
    # A runtime's idle threads end after 10 s.
    until(15, lambda: [(now, then) for now, then in zip(held(), first, strict=True) if now > then])
    if folder := os.environ.get("CRYPTOPAY_LEDGER"):
        with (Path(folder) / "deadlines-python.tsv").open("a") as ledger:
            ledger.writelines(it.line(kind) for it in best.values())


@pytest.mark.parametrize(
    ("probe", "write", "other", "wrong"),
    [
        ("drip", False, {}, 0),
        ("drip", False, {"code": "connection"}, 1),
        ("drip", False, {"record": {}}, 1),
        ("drip", False, {"posts": 1}, 1),
        ("drip", False, {"arrived": 0}, 1),
        ("drip", False, {"took": 1.44}, 1),
        ("early_close", False, {"code": "connection", "took": 0.1}, 0),
        ("drip", True, {}, 0),
        ("drip", True, {"code": "timeout", "record": None}, 2),
        ("drip", True, {"posts": 2, "arrived": 2}, 1),
        ("drip", True, {"posts": 0}, 1),
        ("refuse", True, {"code": "connection", "record": None, "posts": 0, "arrived": 0, "took": 0.1}, 0),
        ("refuse", True, {"posts": 0, "arrived": 0, "took": 0.1}, 2),
    ],
)
def test_a_wrong_ending_is_seen_whatever_the_time(probe: str, write: bool, other: Any, wrong: int) -> None:
    right: dict[str, Any] = {"code": "timeout", "record": None, "posts": 0, "arrived": 1, "took": 1.5}
    if write:
        right |= {"code": "outcome_unknown", "record": {}, "posts": 1, "took": 3.0}
    it = SimpleNamespace(**right | other)
    server = SimpleNamespace(requests=[b"POST /"] * it.posts + [b"GET /"] * (it.arrived - it.posts))
    failed: Any = SimpleNamespace(value=it)
    watch: Any = SimpleNamespace(took=it.took)
    assert len(ended(HttpxFetch, Asked(probe, write), failed, watch, server).amiss()) == wrong


def test_a_watch_forgives_what_one_sleeper_overslept_and_no_more_than_a_bound() -> None:
    watch = wire.Watch()
    time.sleep(0.1)
    watch.stopped()
    for overslept, forgiven in ((0.0, 0.0), (0.02, 0.02), (5.0, 0.05)):
        watch._overslept = overslept
        assert watch.own == pytest.approx(watch.took - forgiven)
    with pytest.raises(wire.Late):
        watch.within(watch.took - 0.06)
