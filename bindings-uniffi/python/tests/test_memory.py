"""Memory stays flat over 150,000 calls and over clients that nobody closes."""

import asyncio
import gc
import os
from pathlib import Path
from typing import Any

import pytest

from cryptopay_client import AsyncCryptopay, Cryptopay, CryptopayError, Request, Response

CALLS = 100_000
PAGE = os.sysconf("SC_PAGE_SIZE")
SETTINGS: dict[str, Any] = {"environment": "sandbox", "api_key": "k", "api_secret": "s", "rate_limit": None}
OK = Response(200, [("content-type", "application/json")], b'{"data":{"BTCEUR":{"buy_rate":"1","sell_rate":"1"}}}')


class Answering:
    """A transport that answers at once."""

    keeps_time = True

    def fetch(self, _: Request) -> Response:
        return OK

    def close(self) -> None:
        pass


class AsyncAnswering:
    async def fetch(self, _: Request) -> Response:
        # A loop that never runs keeps its cancelled timers.
        await asyncio.sleep(0)
        return OK

    async def close(self) -> None:
        pass


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def flat(first: int, calls: int) -> None:
    """Nothing of a call may stay: not even one word of each."""
    grown = resident() - first
    assert grown < max(calls * 8, 400_000), f"{grown} bytes stay"


def test_blocking_calls_leave_nothing_behind() -> None:
    with Cryptopay(**SETTINGS, fetch=Answering()) as client:
        for _ in range(CALLS // 10):
            client.rates.all()
        first = resident()
        for _ in range(CALLS):
            client.rates.all()
        flat(first, CALLS)


def test_asynchronous_calls_leave_nothing_behind() -> None:
    async def main() -> None:
        async with AsyncCryptopay(**SETTINGS, fetch=AsyncAnswering()) as client:
            for _ in range(CALLS // 20):
                await client.rates.all()
            first = resident()
            for _ in range(CALLS // 2):
                await client.rates.all()
            flat(first, CALLS // 2)

    asyncio.run(main())


def test_failed_calls_and_clients_that_nobody_closes_leave_nothing_behind() -> None:
    def one() -> None:
        client = Cryptopay(**SETTINGS, fetch=Answering())
        with pytest.raises(CryptopayError):
            client.accounts.list_transactions("x", starting_after="y").pages().__next__()

    for _ in range(500):
        one()
    first = resident()
    for _ in range(5000):
        one()
    flat(first, 5000)
