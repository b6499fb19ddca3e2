"""A program that forks processes which leave exchanges behind and end, each a little earlier or later beside the end
of what it left; it prints how each ended. `leaves_early.py blocking|async NUMBER`."""

import asyncio
import os
import signal
import socket
import sys
import threading
from contextlib import suppress

from cryptopay_client import AsyncCryptopay, Cryptopay, CryptopayError
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

#: How long an attempt may take, and how much earlier at most its process ends, in seconds.
ATTEMPT, EARLIER = 0.2, 0.1


def blocking(url: str, seconds: float) -> None:
    # With a handler of its own, an exchange of the main thread runs beside it: Ctrl-C leaves it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    client = Cryptopay(environment=url, fetch=ReqwestFetch(), **SETTINGS)
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        with suppress(CryptopayError):
            client.rates.all()
        timer.join()
    except KeyboardInterrupt:
        client.close()


async def tasks(url: str, seconds: float) -> None:
    async with AsyncCryptopay(environment=url, fetch=AsyncReqwestFetch(), **SETTINGS) as client:
        calls = [asyncio.ensure_future(client.rates.all()) for _ in range(4)]
        await asyncio.sleep(seconds)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


SETTINGS = {
    "api_key": "k",
    "api_secret": "s",
    "rate_limit": None,
    "attempt_timeout": ATTEMPT,
    "max_retries": 0,
}


def main() -> None:
    style, number = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for at in range(number):
            if child := os.fork():
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
                continue
            seconds = ATTEMPT - EARLIER * at / number
            blocking(url, seconds) if style == "blocking" else asyncio.run(tasks(url, seconds))
            return


main()
