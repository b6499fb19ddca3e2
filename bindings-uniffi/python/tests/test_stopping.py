"""Ctrl-C and cancellation end a call within 20 ms in every state, are never swallowed, and carry what may have been
sent (W4)."""

import asyncio
import os
import signal
import socket
import threading
import time
from typing import Any

import pytest
import trio
import wire

from cryptopay_client import AsyncCryptopay, Cryptopay, CryptopayError, OutcomeUnknownError, pending
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


def interrupted_after(seconds: float) -> list[float]:
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(seconds, interrupt).start()
    return sent


@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_ctrl_c_in_flight_ends_a_payout_with_its_record(kind: Any) -> None:
    with wire.wire(wire.stall) as server, Cryptopay(**settings(server.url), fetch=kind()) as client:
        sent = interrupted_after(0.2)
        with pytest.raises(KeyboardInterrupt) as stopped:
            client.coin_withdrawals.create(**PAYOUT)
        assert time.monotonic() - sent[0] < 0.02
        record = pending(stopped.value)
        assert record is not None
        assert (record["operation"], record["custom_id"]) == ("coin_withdrawals.create", "p-1")
        assert len(server.requests) == 1
        if kind is HttpxFetch:
            assert server.closed_by_client.wait(1), "no socket is left"


def test_ctrl_c_in_a_wait_ends_a_read_without_a_record() -> None:
    with wire.wire(busy) as server, Cryptopay(**settings(server.url)) as client:
        sent = interrupted_after(0.2)
        with pytest.raises(KeyboardInterrupt) as stopped:
            client.coins.list()
        assert time.monotonic() - sent[0] < 0.02
        assert pending(stopped.value) is None


@pytest.mark.parametrize("kind", [AsyncHttpxFetch, AsyncReqwestFetch])
def test_a_cancelled_task_ends_a_payout_with_its_record_and_leaves_nothing(kind: Any) -> None:
    async def main(url: str) -> tuple[BaseException, float]:
        async with AsyncCryptopay(**settings(url, attempt_timeout=1), fetch=kind()) as client:
            task = asyncio.create_task(client.coin_withdrawals.create(**PAYOUT))
            await asyncio.sleep(0.2)
            began = time.monotonic()
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as stopped:
                took = time.monotonic() - began
                assert task.cancelled()
                await asyncio.sleep(0.05)
                assert asyncio.all_tasks() == {asyncio.current_task()}
                return stopped, took
        raise AssertionError("cancelling was swallowed")

    with wire.wire(wire.stall) as server:
        stopped, took = asyncio.run(main(server.url))
        assert took < 0.02
        record = pending(stopped)
        assert record is not None
        assert record["custom_id"] == "p-1"
        # pyreqwest 0.15 keeps the socket of a cancelled exchange until its own timeout; the default one closes it.
        wait = 0.5 if kind is AsyncHttpxFetch else 1.5
        assert server.closed_by_client.wait(wait), "no socket is left"
        assert len(server.requests) == 1


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


def test_a_cancelled_wait_ends_at_once() -> None:
    async def main(url: str) -> float:
        async with AsyncCryptopay(**settings(url)) as client:
            task = asyncio.create_task(client.coins.list())
            await asyncio.sleep(0.2)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - began

    with wire.wire(busy) as server:
        assert asyncio.run(main(server.url)) < 0.02


def test_trio_cancels_with_the_record() -> None:
    async def main(url: str) -> BaseException:
        caught: list[BaseException] = []
        async with AsyncCryptopay(**settings(url)) as client:
            with trio.move_on_after(0.2):
                try:
                    await client.coin_withdrawals.create(**PAYOUT)
                except trio.Cancelled as stopped:
                    caught.append(stopped)
                    raise
        return caught[0]

    with wire.wire(wire.stall) as server:
        assert pending(trio.run(main, server.url)) is not None


@pytest.mark.parametrize(
    "act", [wire.stall, wire.drip(wire.HEAD), wire.half_closed], ids=["stall", "drip", "half closed"]
)
@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_a_call_ends_by_its_deadline(kind: Any, act: Any) -> None:
    with wire.wire(act) as server, Cryptopay(**settings(server.url), fetch=kind()) as client:
        began = time.monotonic()
        with pytest.raises(CryptopayError) as failed:
            client.coins.list(timeout=0.5, attempt_timeout=0.2)
        assert time.monotonic() - began < 0.55
        assert failed.value.code in ("timeout", "connection")
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError) as unknown:
            client.coin_withdrawals.create(**PAYOUT, timeout=2.5, attempt_timeout=0.2)
        assert time.monotonic() - began < 2.55
        assert unknown.value.record is not None
        assert unknown.value.__cause__ is not None


def test_a_refused_payout_that_was_not_sent_is_no_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Cryptopay(**settings(url)) as client:
        with pytest.raises(Exception, match="connection") as failed:
            client.coin_withdrawals.create(**PAYOUT, max_retries=0)
        assert failed.value.code == "connection"  # type: ignore[attr-defined]
        assert failed.value.record is None  # type: ignore[attr-defined]
