"""Memory stays flat over 150,000 calls and over clients that nobody closes."""

import asyncio
import gc
import json
import os
import subprocess
import sys
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


def blocking() -> tuple[int, int]:
    with Cryptopay(**SETTINGS, fetch=Answering()) as client:
        for _ in range(CALLS // 10):
            client.rates.all()
        first = resident()
        for _ in range(CALLS):
            client.rates.all()
        return CALLS, resident() - first


async def asynchronous() -> tuple[int, int]:
    async with AsyncCryptopay(**SETTINGS, fetch=AsyncAnswering()) as client:
        for _ in range(CALLS // 20):
            await client.rates.all()
        first = resident()
        for _ in range(CALLS // 2):
            await client.rates.all()
        return CALLS // 2, resident() - first


def unclosed() -> tuple[int, int]:
    def one() -> None:
        client = Cryptopay(**SETTINGS, fetch=Answering())
        with pytest.raises(CryptopayError):
            next(client.accounts.list_transactions("x", starting_after="y").pages())

    for _ in range(500):
        one()
    first = resident()
    for _ in range(5000):
        one()
    return 5000, resident() - first


MEASURED: dict[str, Any] = {
    "blocking": blocking,
    "asynchronous": lambda: asyncio.run(asynchronous()),
    "failed calls of clients that nobody closes": unclosed,
}


@pytest.mark.parametrize("name", MEASURED)
def test_calls_leave_nothing_behind(name: str) -> None:
    # In a process of its own: what other tests left there may move at any time.
    ran = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
    calls, grown = json.loads(ran.stdout)
    # Not even one word of each.
    assert grown < max(calls * 8, 400_000), f"{grown} bytes stay of {calls} calls"


if __name__ == "__main__":
    print(json.dumps(MEASURED[sys.argv[1]]()))
