"""What a call costs beside the bare transport, in one run: medians of neighbouring rounds,
CPU time of this process.

    python bench.py [rounds]

The server is a tiny one of its own, in another process; the bare side signs with `hmac`.
"""

import asyncio
import base64
import hashlib
import hmac
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
from email.utils import formatdate
from typing import Any

import httpx2
from pyreqwest.client import ClientBuilder, SyncClientBuilder

from cryptopay_client import AsyncCryptopay, Cryptopay
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
BODY = (
    b'{"data":{"id":"06a54ccb-889f-4c1f-8a59-086a84a1e2dd","status":"new","address":"2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4",'
    b'"uri":"bitcoin:2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4?amount=0.003419","price_amount":"100.0","price_currency":"EUR",'
    b'"fee":"1.0","fee_currency":"EUR","pay_amount":"0.003419","pay_currency":"BTC","paid_amount":"0.0","transactions":[],'
    b'"hosted_page_url":"https://hosted-business-sandbox.cryptopay.me/invoices/06a54ccb","created_at":"2026-01-01T00:00:00+00:00",'
    b'"expires_at":"2026-01-01T00:10:00+00:00"},"meta":{"request_id":"f00d"}}'
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
SETTINGS: dict[str, Any] = {"api_key": "key", "api_secret": "secret", "rate_limit": None}


class Server(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def serve(listener: socket.socket) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


def signed(path: str) -> dict[str, str]:
    date = formatdate(usegmt=True)
    text = f"GET\n\napplication/json\n{date}\n{path}"
    digest = base64.b64encode(hmac.new(b"secret", text.encode(), hashlib.sha1).digest()).decode()
    return {"Authorization": f"HMAC key:{digest}", "Date": date, "Content-Type": "application/json"}


def blocking(url: str, calls: int) -> dict[str, Any]:
    path = f"/api/invoices/{ID}"
    bare, fast = httpx2.Client(trust_env=False), SyncClientBuilder().http1_only().build()
    ours, quick = (Cryptopay(environment=url, **SETTINGS, fetch=fetch) for fetch in (None, ReqwestFetch()))
    return {
        "httpx2": lambda: [bare.get(url + path, headers=signed(path)).json() for _ in range(calls)],
        "ours": lambda: [ours.invoices.retrieve(ID) for _ in range(calls)],
        "pyreqwest": lambda: [fast.get(url + path).headers(signed(path)).build().send().json() for _ in range(calls)],
        "ours, fast": lambda: [quick.invoices.retrieve(ID) for _ in range(calls)],
    }


def parallel(url: str, calls: int) -> dict[str, Any]:
    path = f"/api/invoices/{ID}"

    async def many(one: Any) -> None:
        async def some() -> None:
            for _ in range(calls // 32):
                await one()

        await asyncio.gather(*(some() for _ in range(32)))

    async def httpx() -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def one() -> None:
                (await client.get(url + path, headers=signed(path))).json()

            await many(one)

    async def reqwest() -> None:
        async with ClientBuilder().http1_only().build() as client:

            async def one() -> None:
                await (await client.get(url + path).headers(signed(path)).build().send()).json()

            await many(one)

    async def ours(fetch: Any) -> None:
        async with AsyncCryptopay(environment=url, **SETTINGS, fetch=fetch) as client:
            await many(lambda: client.invoices.retrieve(ID))

    return {
        "httpx2": lambda: asyncio.run(httpx()),
        "ours": lambda: asyncio.run(ours(None)),
        "pyreqwest": lambda: asyncio.run(reqwest()),
        "ours, fast": lambda: asyncio.run(ours(AsyncReqwestFetch())),
    }


def measure(name: str, runs: dict[str, Any], calls: int, rounds: int) -> bool:
    """CPU time of neighbouring rounds, and how long the slowest call in twenty takes where they go one by one."""
    times: dict[str, list[float]] = {key: [] for key in runs}
    for at in range(rounds + 1):
        for key, run in runs.items():
            began = time.process_time()
            run()
            if at:
                times[key].append((time.process_time() - began) / calls * 1e6)
    micro = {key: statistics.median(values) for key, values in times.items()}
    ratio = statistics.median(a / b for a, b in zip(times["ours"], times["httpx2"], strict=True))
    over = statistics.median(a - b for a, b in zip(times["ours, fast"], times["pyreqwest"], strict=True))
    print(f"{name}: " + ", ".join(f"{key} {value:.0f} µs" for key, value in micro.items()))
    good = ratio <= 1.25 and over <= 60
    missed = "" if good else "  MISSED"
    print(f"  {ratio:.2f} × bare httpx2 (at most 1.25), {over:.0f} µs over bare pyreqwest (at most 60){missed}")
    return good


def slowest(runs: dict[str, Any], calls: int) -> None:
    """The 95th percentile of one call's latency, on the clock of the wall."""
    told = []
    for key, run in runs.items():
        took = []
        for _ in range(calls):
            began = time.perf_counter()
            run()
            took.append(time.perf_counter() - began)
        told.append(f"{key} {statistics.quantiles(took, n=20)[-1] * 1e6:.0f} µs")
    print("  95th percentile of latency: " + ", ".join(told))


#: What is imported with the transport: httpx2 alone loads httpcore2 with its first client.
TRANSPORT = "import time, httpx2, httpcore2, ssl, asyncio"
READY = """
import cryptopay_client, cryptopay_client.fetch.httpx
cryptopay_client.Cryptopay(environment="sandbox", api_key="k", api_secret="s")
"""


def imports() -> bool:
    """What importing the package and making a client takes, beyond what the transport's import does."""

    def took() -> float:
        timed = f"{TRANSPORT}\nbegan = time.process_time()\n{READY}\nprint(time.process_time() - began)"
        return float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout)

    # What others compute at the same time only adds to it.
    ours = min(took() for _ in range(9)) * 1000
    print(
        f"import and first client: {ours:.0f} ms beyond the transport's (at most 60){'' if ours <= 60 else '  MISSED'}"
    )
    return ours <= 60


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        good = [
            imports(),
            measure("one call after the other", blocking(url, 300), 300, rounds),
            measure("32 in parallel, asyncio", parallel(url, 960), 960, rounds),
        ]
        slowest(blocking(url, 1), 2000)
        server.terminate()
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
