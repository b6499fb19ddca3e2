"""Ctrl-C and cancellation end a call within 20 ms in every state, are never swallowed, and carry what may have been
sent (W4)."""

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import wire

from cryptopay_client import AsyncCryptopay, ConnectionFailedError, Cryptopay, CryptopayError, Permit, pending
from cryptopay_client.fetch._ctrl_c import only_ctrl_c
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

PAYOUT: dict[str, Any] = {
    "address": "2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA",
    "charged_currency": "EUR",
    "received_currency": "BTC",
    "received_amount": "0.001",
    "force_commit": True,
    "custom_id": "p-1",
}


def settings(url: str, **more: Any) -> dict[str, Any]:
    return {"environment": url, "api_key": "k", "api_secret": "hunter2", "rate_limit": None} | more


def busy(connection: socket.socket, _: int) -> None:
    connection.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """Whoever is started in the background of a shell inherits that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def main_waits() -> None:
    """Returns once the main thread waits in the system, or after a second. Of a signal that comes on its way there
    Python hears only when the wait is over, whoever waits."""
    status, calm, before = Path(f"/proc/self/task/{os.getpid()}/status"), 0, ""
    ends = time.monotonic() + 1
    while calm < 5 and time.monotonic() < ends:
        now = "".join(line for line in status.read_text().splitlines() if line.startswith(("State", "voluntary")))
        calm, before = (calm + 1 if now == before and "sleeping" in now else 0), now
        time.sleep(0.001)


@contextmanager
def interrupted(server: wire.Wire) -> Iterator[list[wire.Watch]]:
    """Presses Ctrl-C once a request waits for its answer, or its call for the next attempt."""
    sent: list[wire.Watch] = []
    over = threading.Event()

    def interrupt() -> None:
        server.arrived()
        main_waits()
        sent.append(wire.Watch())
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        over.wait(10)

    thread = threading.Thread(target=interrupt)
    thread.start()
    yield sent
    over.set()
    thread.join()


async def arrived(server: wire.Wire) -> None:
    await asyncio.get_running_loop().run_in_executor(None, server.arrived)


@wire.in_time
@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_ctrl_c_in_flight_ends_a_payout_with_its_record(kind: Any) -> None:
    with wire.wire(wire.stall) as server, Cryptopay(**settings(server.url), fetch=kind()) as client:
        with interrupted(server) as sent:
            with pytest.raises(KeyboardInterrupt) as stopped:
                client.coin_withdrawals.create(**PAYOUT)
            sent[0].within(0.02)
        record = pending(stopped.value)
        assert record is not None
        assert (record["operation"], record["custom_id"]) == ("coin_withdrawals.create", "p-1")
        assert len(server.requests) == 1
        if kind is HttpxFetch:
            assert server.closed_by_client.wait(1), "no socket is left"


@wire.in_time
def test_ctrl_c_in_a_wait_ends_a_read_without_a_record() -> None:
    with wire.wire(busy) as server, Cryptopay(**settings(server.url)) as client:
        with interrupted(server) as sent:
            with pytest.raises(KeyboardInterrupt) as stopped:
                client.coins.list()
            sent[0].within(0.02)
        assert pending(stopped.value) is None


@wire.in_time
def test_ctrl_c_while_the_shared_limit_is_asked_ends_a_payout_that_was_not_sent() -> None:
    class Slow:
        def permit(self, _: Permit) -> int:
            server.requests.append(b"asked")
            time.sleep(10)
            return 0

    with wire.wire(wire.ok) as server, Cryptopay(**settings(server.url), shared_limit=Slow()) as client:
        with interrupted(server) as sent:
            with pytest.raises(KeyboardInterrupt) as stopped:
                client.coin_withdrawals.create(**PAYOUT)
            sent[0].within(0.02)
        assert pending(stopped.value) is None
        assert server.requests == [b"asked"]


@wire.in_time
@pytest.mark.parametrize("kind", [AsyncHttpxFetch, AsyncReqwestFetch])
def test_a_cancelled_task_ends_a_payout_with_its_record_and_leaves_nothing(kind: Any) -> None:
    async def main(server: wire.Wire) -> BaseException:
        async with AsyncCryptopay(**settings(server.url, attempt_timeout=1), fetch=kind()) as client:
            task = asyncio.create_task(client.coin_withdrawals.create(**PAYOUT))
            await arrived(server)
            watch = wire.Watch()
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as stopped:
                watch.within(0.02)
                assert task.cancelled()
                await asyncio.sleep(0.05)
                assert asyncio.all_tasks() == {asyncio.current_task()}
                return stopped
        raise AssertionError("cancelling was swallowed")

    with wire.wire(wire.stall) as server:
        record = pending(asyncio.run(main(server)))
        assert record is not None
        assert record["custom_id"] == "p-1"
        # pyreqwest 0.15 keeps the socket of a cancelled exchange until its own timeout; the default one closes it.
        assert server.closed_by_client.wait(0.5 if kind is AsyncHttpxFetch else 1.5), "no socket is left"
        assert len(server.requests) == 1


@wire.in_time
def test_a_task_that_is_cancelled_before_pyreqwest_sends_has_sent_nothing() -> None:
    async def main(url: str) -> BaseException:
        async with AsyncCryptopay(**settings(url), fetch=AsyncReqwestFetch()) as client:
            task = asyncio.create_task(client.coin_withdrawals.create(**PAYOUT))
            # It begins, and lets others come as far.
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as stopped:
                await task
            await asyncio.sleep(0.05)
            return stopped.value

    with wire.wire(wire.ok) as server:
        assert pending(asyncio.run(main(server.url))) is None
        assert server.requests == []


def test_a_timeout_of_the_callers_own_around_a_call_carries_the_record() -> None:
    async def main(url: str) -> BaseException:
        async with AsyncCryptopay(**settings(url)) as client:
            try:
                async with asyncio.timeout(0.1):
                    await client.coin_withdrawals.create(**PAYOUT)
            except TimeoutError as stopped:
                return stopped
        raise AssertionError("the timeout was swallowed")

    with wire.wire(wire.stall) as server:
        assert pending(asyncio.run(main(server.url))) is not None


@wire.in_time
def test_a_cancelled_wait_ends_at_once() -> None:
    async def main(server: wire.Wire) -> None:
        async with AsyncCryptopay(**settings(server.url)) as client:
            task = asyncio.create_task(client.coins.list())
            await arrived(server)
            watch = wire.Watch()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as stopped:
                await task
            watch.within(0.02)
            assert pending(stopped.value) is None

    with wire.wire(busy) as server:
        asyncio.run(main(server))


@wire.in_time
def test_a_task_that_is_cancelled_while_the_shared_limit_is_asked_has_sent_nothing() -> None:
    async def main(server: wire.Wire) -> None:
        class Slow:
            async def permit(self, _: Permit) -> int:
                server.requests.append(b"asked")
                await asyncio.sleep(10)
                return 0

        async with AsyncCryptopay(**settings(server.url), shared_limit=Slow()) as client:
            task = asyncio.create_task(client.coin_withdrawals.create(**PAYOUT))
            await arrived(server)
            watch = wire.Watch()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as stopped:
                await task
            watch.within(0.02)
            assert pending(stopped.value) is None
            assert server.requests == [b"asked"]

    with wire.wire(wire.ok) as server:
        asyncio.run(main(server))


def test_trio_cancels_with_the_record() -> None:
    async def main(server: wire.Wire) -> BaseException:
        async with AsyncCryptopay(**settings(server.url)) as client, trio.open_nursery() as nursery:

            async def cancel() -> None:
                await trio.to_thread.run_sync(server.arrived)
                nursery.cancel_scope.cancel()

            nursery.start_soon(cancel)
            try:
                await client.coin_withdrawals.create(**PAYOUT)
            except trio.Cancelled as stopped:
                caught.append(stopped)
                raise
        return caught[0]

    caught: list[BaseException] = []
    with wire.wire(wire.stall) as server:
        assert pending(trio.run(main, server)) is not None


def test_pyreqwest_in_trio_sends_nothing_and_says_what_to_do() -> None:
    async def main(url: str) -> None:
        async with AsyncCryptopay(**settings(url), fetch=AsyncReqwestFetch()) as client:
            await client.coin_withdrawals.create(**PAYOUT, max_retries=0)

    with wire.wire(wire.ok) as server:
        with pytest.raises(ConnectionFailedError) as refused:
            trio.run(main, server.url)
        assert "in trio use httpx2" in str(refused.value.__cause__)
        assert server.requests == []


@wire.in_time
@pytest.mark.parametrize("act", [wire.stall, wire.drip(wire.HEAD)], ids=["stall", "drip"])
@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_a_call_of_the_main_thread_ends_by_its_deadline(kind: Any, act: Any) -> None:
    with wire.wire(act) as server, Cryptopay(**settings(server.url), fetch=kind()) as client:
        watch = wire.Watch()
        with pytest.raises(CryptopayError):
            client.coins.list(timeout=0.5, attempt_timeout=0.2)
        watch.within(0.55)


def test_after_ctrl_c_the_next_call_goes_on() -> None:
    def act(connection: socket.socket, number: int) -> None:
        wire.ok(connection, number) if number == 2 else wire.stall(connection, number)

    fetch = ReqwestFetch()
    with wire.wire(act) as server, Cryptopay(**settings(server.url), fetch=fetch) as client:
        with interrupted(server), pytest.raises(KeyboardInterrupt):
            client.coins.list()
        with pytest.raises(CryptopayError, match="invalid_response"):
            client.coins.list(max_retries=0)
        assert len(server.requests) == 2
    fetch.close()


@wire.in_time
def test_a_handler_of_the_programs_own_runs_at_once_and_need_not_end_the_call() -> None:
    ran: list[wire.Watch] = []

    def act(connection: socket.socket, _: int) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.1)
        ran[0].within(0.12)
        connection.sendall(wire.OK)

    before = signal.signal(signal.SIGUSR1, lambda *_: ran.append(wire.Watch()))
    try:
        assert not only_ctrl_c()
        with wire.wire(act) as server, Cryptopay(**settings(server.url), fetch=ReqwestFetch()) as client:
            with pytest.raises(CryptopayError, match="invalid_response"):
                client.coins.list(max_retries=0)
            assert ran
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_whoever_listened_for_signals_before_goes_on_listening() -> None:
    told, writes = socket.socketpair()
    writes.setblocking(False)
    told.settimeout(5)
    before = signal.set_wakeup_fd(writes.fileno())
    try:
        with wire.wire(wire.stall) as server, Cryptopay(**settings(server.url), fetch=ReqwestFetch()) as client:
            with interrupted(server), pytest.raises(KeyboardInterrupt):
                client.coins.list()
        assert told.recv(1) == bytes([signal.SIGINT])
        assert signal.set_wakeup_fd(-1) == writes.fileno()
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        writes.close()


def test_a_transport_that_is_dropped_leaves_no_thread_and_no_file() -> None:
    def one() -> None:
        with wire.wire(wire.ok) as server, Cryptopay(**settings(server.url), fetch=ReqwestFetch()) as client:
            with pytest.raises(CryptopayError):
                client.coins.list(max_retries=0)

    one()
    gc.collect()
    deadline = time.monotonic() + 5
    while [it for it in threading.enumerate() if it.name == "cryptopay-ctrl-c"]:
        assert time.monotonic() < deadline, "the thread is left"
        time.sleep(0.02)


@pytest.mark.parametrize("style", ["blocking", "async"])
def test_a_process_that_left_an_exchange_of_pyreqwest_ends_well(style: str) -> None:
    program = Path(__file__).with_name("leaves_early.py")
    told = subprocess.run([sys.executable, program, style, "25"], capture_output=True, text=True, timeout=240)
    assert (told.stdout.split(), told.stderr) == (["0"] * 25, "")
