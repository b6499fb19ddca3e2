"""What a call costs beside the bare transport, in one run: CPU time of this process and its threads, in turns of a few
calls. What others compute at the same time only adds to it, so the undisturbed quarter of the turns counts.

    python bench.py [turns]

Then each side with 1, 8, 32 and 256 calls at a time, in a process of its own (`widths.py`).

The server is a tiny one of its own, in another process; the bare side signs with `hmac`. The rows are kept for the
table of all languages in the folder that CRYPTOPAY_LEDGER names (`tests/README.md`).
"""

import asyncio
import base64
import hashlib
import hmac
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import widths
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
        loop = asyncio.get_running_loop()
        if parent := multiprocessing.parent_process():
            # Also of a measurement that is killed nothing stays behind.
            loop.add_reader(parent.sentinel, os._exit, 0)
        server = await loop.create_server(Server, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


def signed(path: str) -> dict[str, str]:
    date = formatdate(usegmt=True)
    text = f"GET\n\napplication/json\n{date}\n{path}"
    digest = base64.b64encode(hmac.new(b"secret", text.encode(), hashlib.sha1).digest()).decode()
    return {"Authorization": f"HMAC key:{digest}", "Date": date, "Content-Type": "application/json"}


PATH = f"/api/invoices/{ID}"


def blocking(url: str) -> dict[str, Any]:
    """One call after the other, in the main thread: each side by its name."""
    bare, fast = httpx2.Client(trust_env=False), SyncClientBuilder().http1_only().build()
    ours, quick = (Cryptopay(environment=url, **SETTINGS, fetch=fetch) for fetch in (None, ReqwestFetch()))
    return {
        "httpx2": lambda: bare.get(url + PATH, headers=signed(PATH)).json(),
        "ours": lambda: ours.invoices.retrieve(ID),
        "pyreqwest": lambda: fast.get(url + PATH).headers(signed(PATH)).build().send().json(),
        "ours, fast": lambda: quick.invoices.retrieve(ID),
    }


def parallel(url: str, calls: int) -> dict[str, Any]:
    """So many calls at once, in asyncio."""
    bare, fast = httpx2.AsyncClient(trust_env=False), ClientBuilder().http1_only().build()
    ours, quick = (AsyncCryptopay(environment=url, **SETTINGS, fetch=fetch) for fetch in (None, AsyncReqwestFetch()))

    async def httpx() -> None:
        (await bare.get(url + PATH, headers=signed(PATH))).json()

    async def reqwest() -> None:
        await (await fast.get(url + PATH).headers(signed(PATH)).build().send()).json()

    loop = asyncio.new_event_loop()

    def at_once(one: Any) -> Any:
        async def together() -> None:
            await asyncio.gather(*(one() for _ in range(calls)))

        return lambda: loop.run_until_complete(together())

    sides = (httpx, lambda: ours.invoices.retrieve(ID), reqwest, lambda: quick.invoices.retrieve(ID))
    return dict(zip(("httpx2", "ours", "pyreqwest", "ours, fast"), map(at_once, sides), strict=True))


def micro(runs: dict[str, Any], calls: int, repeat: int, turns: int) -> dict[str, float]:
    """CPU time of a call in µs; a run makes so many calls."""
    times: dict[str, list[float]] = {key: [] for key in runs}
    for turn in range(turns + 1):
        for key, run in runs.items():
            began = time.process_time_ns()
            for _ in range(repeat):
                run()
            if turn:
                times[key].append((time.process_time_ns() - began) / repeat / calls / 1000)
    return {key: statistics.quantiles(values, n=4)[0] for key, values in times.items()}


def slowest(runs: dict[str, Any], calls: int) -> dict[str, float]:
    """The 95th percentile of a run's latency in µs, on the clock of the wall."""
    took: dict[str, list[float]] = {key: [] for key in runs}
    for _ in range(calls):
        for key, run in runs.items():
            began = time.perf_counter_ns()
            run()
            took[key].append((time.perf_counter_ns() - began) / 1000)
    return {key: statistics.quantiles(values, n=20)[-1] for key, values in took.items()}


#: What is imported with the transport: httpx2 alone loads httpcore2 with its first client.
TRANSPORT = "import time, httpx2, httpcore2, ssl, asyncio"
READY = """
import cryptopay_client, cryptopay_client.fetch.httpx
cryptopay_client.Cryptopay(environment="sandbox", api_key="k", api_secret="s")
"""


def imports() -> float:
    """What importing the package and making a client takes beyond the transport's import, in ms of CPU time. It is
    compiled before it is timed, as pip does when it installs a wheel."""
    timed = f"{TRANSPORT}\nbegan = time.process_time()\n{READY}\nprint(time.process_time() - began)"
    with tempfile.TemporaryDirectory() as compiled:
        there = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": compiled}

        def took() -> float:
            ended = subprocess.run([sys.executable, "-c", timed], env=there, capture_output=True, check=True)
            return float(ended.stdout)

        return min(took() for _ in range(9)) * 1000


ROW = "{:<47} {:>9} {:>17} {:>8} {:>9}  {}"


LEDGER = Path(folder) / "bench-python.tsv" if (folder := os.environ.get("CRYPTOPAY_LEDGER")) else None


def row(what: str, figure: str, peer: str, ratio: str = "-", budget: str = "-", good: bool | None = None) -> None:
    told = (what, figure, peer, ratio, budget, "-" if good is None else "met" if good else "missed")
    print(ROW.format(*told), flush=True)
    if LEDGER:
        with LEDGER.open("a") as ledger:
            ledger.write("\t".join(told) + "\n")


def compared(name: str, runs: dict[str, Any], calls: int, repeat: int, turns: int) -> None:
    cpu = micro(runs, calls, repeat, turns)
    late = slowest(runs, 10 * turns // calls + 20)
    for ours, bare in (("ours", "httpx2"), ("ours, fast", "pyreqwest")):
        figure, peer, over = f"{cpu[ours]:.0f} µs", f"{cpu[bare]:.0f} µs {bare}", cpu[ours] - cpu[bare]
        if bare == "httpx2":
            ratio = cpu[ours] / cpu[bare]
            row(f"{name}, CPU of a call", figure, peer, f"{ratio:.2f}", "≤ 1.25 ×", ratio <= 1.25)
        else:
            row(f"{name}, CPU of a call", figure, peer, f"+{over:.0f} µs", "≤ +60 µs", over <= 60)
        row(f"{name}, 95th percentile", f"{late[ours] / 1000:.1f} ms", f"{late[bare] / 1000:.1f} ms {bare}")


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        print(ROW.format("what", "figure", "peer", "ratio", "budget", "verdict"))
        if LEDGER:
            LEDGER.unlink(missing_ok=True)
        took = imports()
        row("import and first client, beyond the transport's", f"{took:.0f} ms", "-", "-", "≤ 60 ms", took <= 60)
        compared("one after the other", blocking(url), 1, 20, turns)
        compared("32 at once in asyncio", parallel(url, 32), 32, 2, turns // 2)
        for name, figure, peer, ratio in widths.rows(url):
            row(name, figure, peer, ratio)
        server.terminate()


if __name__ == "__main__":
    main()
