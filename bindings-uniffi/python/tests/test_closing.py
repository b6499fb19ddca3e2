"""A client that is closed while calls run: what waits for an answer gets it, its connection goes then, and what is
asked afterwards is refused. An answer that is thrown away may be a payout's."""

import asyncio
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
import wire
from test_no_object import OBJECT, answering
from test_stopping import PAYOUT, settings
from test_transports import asked

from cryptopay_client import AsyncCryptopay, Cryptopay, FetchError, MisuseError
from cryptopay_client.fetch import httpx as httpx_fetch
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

CERTIFICATES = Path(__file__).parents[3] / "core/src/transport/reqwest/certificates"
created = answering(OBJECT)


class Held:
    """What a server does that answers only when it is told to."""

    def __init__(self) -> None:
        self.came, self.let = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, connection: socket.socket, number: int) -> None:
        self.came.release()
        assert self.let.acquire(timeout=10)
        created(connection, number)

    def arrived(self, requests: int = 1) -> None:
        for _ in range(requests):
            assert self.came.acquire(timeout=10), "no request came"


@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
@pytest.mark.parametrize("waits_in", ["another thread", "the main thread"])
def test_a_payout_that_waits_is_answered_after_another_thread_closed_its_client(kind: Any, waits_in: str) -> None:
    held = Held()
    with wire.wire(held) as server, ThreadPoolExecutor(2) as threads:
        client = Cryptopay(**settings(server.url, max_retries=0), fetch=kind())

        def pay() -> str:
            return str(client.coin_withdrawals.create(**PAYOUT).id)

        def close() -> None:
            held.arrived()
            client.close()
            client.close()
            assert not server.closed_by_client.is_set()
            with pytest.raises(MisuseError, match="closed"):
                pay()
            held.let.release()

        if waits_in == "the main thread":
            closing = threads.submit(close)
            assert pay() == OBJECT["id"]
            closing.result(10)
        else:
            paying = threads.submit(pay)
            close()
            assert paying.result(10) == OBJECT["id"]
        assert server.closed_by_client.wait(5), "its connection goes with it"
        assert (len(server.requests), server.connections) == (1, 1)


def test_over_tls_a_closed_client_reads_and_writes_on_no_connection_of_somebody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "localhost.pem", CERTIFICATES / "localhost.key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
    with wire.wire(held, context) as server, ThreadPoolExecutor(1) as threads:
        client = Cryptopay(**settings(server.url, max_retries=0))
        paying = threads.submit(client.coin_withdrawals.create, **PAYOUT)
        held.arrived()
        client.close()
        # A number that is free is given to what is opened next.
        pairs = [socket.socketpair() for _ in range(3)]
        for one, other in pairs:
            one.sendall(b"a row of the database")
            other.sendall(b"a row of the database")
        held.let.release()
        assert str(paying.result(10).id) == OBJECT["id"]
        for one in (one for pair in pairs for one in pair):
            one.settimeout(5)
            assert one.recv(100) == b"a row of the database"
            one.close()
        assert server.closed_by_client.wait(5)


@contextmanager
def handling(act: Callable[[], None]) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, lambda *_: act())
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_a_payout_that_waits_is_answered_after_a_signal_handler_closed_its_client(kind: Any) -> None:
    held = Held()
    with wire.wire(held) as server, ThreadPoolExecutor(1) as threads:
        client = Cryptopay(**settings(server.url, max_retries=0), fetch=kind())

        def close() -> None:
            client.close()
            held.let.release()

        def ring() -> None:
            held.arrived()
            os.kill(os.getpid(), signal.SIGUSR1)

        with handling(close):
            threads.submit(ring)
            assert str(client.coin_withdrawals.create(**PAYOUT).id) == OBJECT["id"]
        assert server.closed_by_client.wait(5)
        with pytest.raises(MisuseError, match="closed"):
            client.coins.list()


def test_a_handler_that_closes_the_client_and_raises_ends_the_call_with_its_record_and_its_connection() -> None:
    held = Held()
    with wire.wire(held) as server, ThreadPoolExecutor(1) as threads:
        client = Cryptopay(**settings(server.url))

        def leave() -> None:
            client.close()
            raise SystemExit

        def ring() -> None:
            held.arrived()
            os.kill(os.getpid(), signal.SIGUSR1)

        threads.submit(ring)
        with handling(leave), pytest.raises(SystemExit) as left:
            client.coin_withdrawals.create(**PAYOUT)
        assert left.value.pending["custom_id"] == "p-1"  # type: ignore[attr-defined]
        fetch = next(it for it in httpx_fetch._all if it._running.refused and not it._transports)
        assert not fetch._running
        held.let.release()
        assert server.closed_by_client.wait(5)


@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch])
def test_the_last_of_several_exchanges_closes_what_is_left(kind: Any) -> None:
    held, fetch = Held(), kind()
    with wire.wire(held) as server, ThreadPoolExecutor(3) as threads:
        running = [threads.submit(fetch.fetch, asked(server.url, fresh=fresh)) for fresh in (False, False, True)]
        held.arrived(3)
        fetch.close()
        for left in (2, 1, 0):
            assert len(fetch._running) == left + 1
            held.let.release()
            wire.until(lambda left=left: len(fetch._running) == left)
            with pytest.raises(FetchError, match="closed") as refused:
                fetch.fetch(asked(server.url))
            assert (refused.value.kind, refused.value.sent) == ("connect", False)
            assert bool(kept(fetch)) == bool(left)
        assert [it.result(10).status for it in running] == [201, 201, 201]
        assert server.connections == 3


def kept(fetch: Any) -> Any:
    return fetch._transports if isinstance(fetch, HttpxFetch) else fetch._clients


def test_over_a_client_of_the_callers_own_what_is_asked_after_closing_is_refused_and_the_client_stays_open() -> None:
    came = list[httpx2.Request]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        came.append(request)
        return httpx2.Response(200, json={})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as own:
        fetch = HttpxFetch(own)
        assert fetch.fetch(asked("https://a.test")).status == 200
        fetch.close()
        with pytest.raises(FetchError, match="closed") as refused:
            fetch.fetch(asked("https://a.test"))
        assert (refused.value.kind, refused.value.sent) == ("connect", False)
        assert (len(came), own.is_closed) == (1, False)


@pytest.mark.parametrize("fresh", [False, True])
def test_over_an_asynchronous_client_of_the_callers_own_too(fresh: bool) -> None:
    came = list[httpx2.Request]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        came.append(request)
        return httpx2.Response(200, json={})

    async def main() -> None:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as own:
            fetch = AsyncHttpxFetch(own)
            assert (await fetch.fetch(asked("https://a.test", fresh=fresh))).status == 200
            await fetch.close()
            with pytest.raises(FetchError, match="closed") as refused:
                await fetch.fetch(asked("https://a.test", fresh=fresh))
            assert (refused.value.kind, refused.value.sent) == ("connect", False)
            assert (len(came), own.is_closed) == (1, False)

    asyncio.run(main())


@pytest.mark.parametrize("kind", [AsyncHttpxFetch, AsyncReqwestFetch])
@pytest.mark.parametrize("fresh", [False, True])
def test_an_asynchronous_exchange_that_waits_is_answered_after_its_transport_was_closed(kind: Any, fresh: bool) -> None:
    held = Held()

    async def main(server: wire.Wire) -> None:
        fetch = kind()
        running = asyncio.ensure_future(fetch.fetch(asked(server.url, fresh=fresh)))
        await asyncio.to_thread(held.arrived)
        await fetch.close()
        assert not server.closed_by_client.is_set()
        with pytest.raises(FetchError, match="closed"):
            await fetch.fetch(asked(server.url, fresh=fresh))
        held.let.release()
        assert (await running).status == 201
        assert await asyncio.to_thread(server.closed_by_client.wait, 5), "its connection goes with it"
        assert server.connections == 1

    with wire.wire(held) as server:
        asyncio.run(main(server))


@pytest.mark.parametrize("kind", [AsyncHttpxFetch, AsyncReqwestFetch])
def test_tasks_that_wait_for_their_payouts_get_them_after_the_client_was_closed_beside_them(kind: Any) -> None:
    held = Held()

    async def main(server: wire.Wire) -> None:
        client = AsyncCryptopay(**settings(server.url, max_retries=0), fetch=kind())
        paying = [asyncio.ensure_future(client.coin_withdrawals.create(**PAYOUT)) for _ in range(3)]
        await asyncio.to_thread(held.arrived, 3)
        await client.close()
        with pytest.raises(MisuseError, match="closed"):
            await client.coins.list()
        held.let.release(3)
        assert {str(payout.id) for payout in await asyncio.gather(*paying)} == {OBJECT["id"]}

    with wire.wire(held) as server:
        asyncio.run(main(server))
        assert len(server.requests) == server.connections == 3


def test_in_trio_too_a_payout_that_waits_is_answered_after_the_client_was_closed() -> None:
    held, paid = Held(), list[str]()

    async def main(server: wire.Wire) -> None:
        client = AsyncCryptopay(**settings(server.url, max_retries=0))

        async def pay() -> None:
            paid.append(str((await client.coin_withdrawals.create(**PAYOUT)).id))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pay)
            await trio.to_thread.run_sync(held.arrived)
            await client.close()
            held.let.release()

    with wire.wire(held) as server:
        trio.run(main, server)
        assert paid == [OBJECT["id"]]
        assert server.closed_by_client.wait(5)


def test_an_answer_that_waits_in_another_loop_comes_after_the_transport_was_closed_in_this_one() -> None:
    held, fetch = Held(), AsyncHttpxFetch()
    with wire.wire(held) as server, ThreadPoolExecutor(1) as threads:
        running = threads.submit(lambda: asyncio.run(fetch.fetch(asked(server.url))))
        held.arrived()
        asyncio.run(fetch.close())
        held.let.release()
        assert running.result(10).status == 201
        assert server.closed_by_client.wait(5)


@pytest.mark.parametrize("kind", [AsyncHttpxFetch, AsyncReqwestFetch])
def test_a_connection_that_waits_for_nothing_is_closed_at_once(kind: Any) -> None:
    async def main(server: wire.Wire) -> None:
        fetch = kind()
        await fetch.fetch(asked(server.url))
        await fetch.close()
        assert await asyncio.to_thread(server.closed_by_client.wait, 5)

    with wire.wire(created) as server:
        asyncio.run(main(server))
