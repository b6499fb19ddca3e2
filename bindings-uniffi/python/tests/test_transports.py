"""W1 on raw sockets, for every transport: nothing is sent twice, `sent` never lies, and every exchange ends in time."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import wire

from cryptopay_client import AsyncCryptopay, AsyncFetch, Fetch, FetchError, Request, Response, pending
from cryptopay_client._beside import exchange_beside
from cryptopay_client._time import RealAsyncTime
from cryptopay_client.fetch import httpx as httpx_fetch
from cryptopay_client.fetch.httpx import AsyncHttpxFetch, HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch


class OwnFetch:
    """A transport as a user would write it: no keep-alive, no idea of deadlines."""

    def fetch(self, request: Request) -> Response:
        url = urlsplit(request.url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=5)
        try:
            connection.connect()
        except OSError as error:
            raise FetchError("connect", sent=False) from error
        try:
            connection.request(request.method, url.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            return Response(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def close(self) -> None:
        pass


class Blocking:
    """Any transport behind one blocking face, driven as the drivers drive it."""

    def __init__(self, make: Callable[[], Fetch] | Callable[[], AsyncFetch]) -> None:
        self.inner: Any = make()
        self.loop = asyncio.new_event_loop() if asyncio.iscoroutinefunction(self.inner.fetch) else None
        self.time = RealAsyncTime()

    def fetch(self, request: Request) -> Response:
        if self.loop is not None:
            try:
                return self.loop.run_until_complete(
                    self.time.limit(request.timeout_ms, lambda: self.inner.fetch(request))
                )
            except TimeoutError as error:
                raise FetchError("timeout", sent=True) from error
        run = self.inner.fetch if getattr(self.inner, "keeps_time", False) else exchange_beside(self.inner)
        try:
            return run(request)
        except FetchError:
            raise
        except Exception as error:
            raise FetchError("broken", sent=True) from error

    def close(self) -> None:
        if self.loop is None:
            self.inner.close()
        else:
            self.loop.run_until_complete(self.inner.close())
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()


POOLED = [HttpxFetch, AsyncHttpxFetch, ReqwestFetch, AsyncReqwestFetch]


@pytest.fixture(params=[*POOLED, OwnFetch], ids=lambda kind: kind.__name__)
def fetch(request: pytest.FixtureRequest) -> Iterator[Blocking]:
    made = Blocking(request.param)
    yield made
    made.close()


def asked(url: str, method: str = "POST", body: str | None = '{"a":1}', **changed: Any) -> Request:
    headers = [("Authorization", "HMAC k:s"), ("Content-Type", "application/json")]
    given: dict[str, Any] = {"timeout_ms": 2000, "max_body": 1 << 20, "fresh": False, "purpose": "send"}
    return Request(method=method, url=f"{url}/api/x%2Fy", headers=headers, body=body, **(given | changed))


def test_an_exchange_carries_the_bytes_that_were_signed(fetch: Blocking) -> None:
    with wire.wire(wire.ok) as server:
        response = fetch.fetch(asked(server.url))
        assert (response.status, response.body) == (200, b'{"data":{}}')
        assert ("content-type", "application/json") in [(name.lower(), value) for name, value in response.headers]
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /api/x%2Fy HTTP/1.1\r\n")
        assert b"\r\nauthorization: hmac k:s" in head.lower()
        assert body == b'{"a":1}'


@pytest.mark.parametrize("kind", POOLED)
def test_the_environments_proxy_sees_no_plain_request(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with wire.wire(wire.ok) as server, wire.wire(wire.ok) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        fetch = Blocking(kind)
        assert fetch.fetch(asked(server.url)).status == 200
        assert fetch.fetch(asked(server.url.replace("127.0.0.1", "localhost"))).status == 200
        fetch.close()
        assert [len(server.requests), proxy.connections] == [2, 0]


@pytest.mark.parametrize("body", ['{"a":1}', None])
@pytest.mark.parametrize("end", [wire.reset, wire.close])
def test_a_post_on_a_reused_connection_is_never_sent_twice(fetch: Blocking, body: str | None, end: Any) -> None:
    def act(connection: socket.socket, number: int) -> None:
        if number > 1:
            end(connection)
        connection.sendall(wire.OK)

    with wire.wire(act) as server:
        fetch.fetch(asked(server.url, "GET", None))
        with pytest.raises(FetchError) as failed:
            fetch.fetch(asked(server.url, body=body))
        time.sleep(0.05)
        assert (failed.value.sent, failed.value.kind) == (True, "broken")
        assert len(server.requests) == 2


def test_a_refused_connection_sent_nothing(fetch: Blocking) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(FetchError) as failed:
        fetch.fetch(asked(url))
    assert (failed.value.kind, failed.value.sent) == ("connect", False)


def test_an_unknown_host_sent_nothing(fetch: Blocking) -> None:
    with pytest.raises(FetchError) as failed:
        fetch.fetch(asked("http://nowhere.invalid:1"))
    assert not failed.value.sent


@wire.in_time
@pytest.mark.parametrize(
    "act",
    [wire.stall, wire.drip(b"HTTP/1.1 200 OK\r\nX-Drip: "), wire.drip(wire.HEAD)],
    ids=["stall", "drip in the headers", "drip in the body"],
)
def test_an_exchange_ends_in_time_and_may_have_been_sent(fetch: Blocking, act: Any) -> None:
    with wire.wire(act) as server:
        watch, began = wire.Watch(), time.monotonic()
        with pytest.raises(FetchError) as failed:
            fetch.fetch(asked(server.url, timeout_ms=200))
        watch.within(0.25)
        assert time.monotonic() - began > 0.15
        assert (failed.value.kind, failed.value.sent) == ("timeout", True)


def truncated(connection: socket.socket, _: int) -> None:
    connection.sendall(wire.HEAD + b'{"data"')
    wire.close(connection)


def reset_in_body(connection: socket.socket, _: int) -> None:
    connection.sendall(wire.HEAD + b'{"data"')
    wire.reset(connection)


@pytest.mark.parametrize("act", [truncated, reset_in_body, wire.half_closed])
def test_a_body_that_breaks_off_is_broken_and_may_have_been_sent(fetch: Blocking, act: Any) -> None:
    with wire.wire(act) as server:
        with pytest.raises(FetchError) as failed:
            fetch.fetch(asked(server.url, timeout_ms=10_000))
        assert (failed.value.kind, failed.value.sent) == ("broken", True)


@pytest.mark.parametrize("kind", POOLED)
def test_a_fresh_request_gets_a_connection_of_its_own_and_others_share(kind: Any) -> None:
    fetch = Blocking(kind)
    with wire.wire(wire.ok) as server:
        for fresh, connections in ((False, 1), (False, 1), (True, 2), (True, 3), (False, 3)):
            fetch.fetch(asked(server.url, fresh=fresh))
            time.sleep(0.02)
            assert server.connections == connections
        fetch.close()


def test_calls_at_once_share_their_connections_with_the_next_ones_which_close_what_was_kept_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main(server: wire.Wire) -> None:
        fetch = AsyncHttpxFetch()

        async def at_once(calls: int) -> None:
            await asyncio.gather(*(fetch.fetch(asked(server.url)) for _ in range(calls)))

        await at_once(7)
        assert server.connections == 7
        monkeypatch.setattr(httpx_fetch, "_KEPT_SECONDS", 0.0)
        await at_once(7)
        assert server.connections == 7
        lanes = fetch._lanes[asyncio.get_running_loop()]
        assert not server.closed_by_client.is_set()
        for left in (5, 3, 1, 1):
            await at_once(1)
            assert len(lanes.idle) == left
        assert await asyncio.to_thread(server.closed_by_client.wait, 1)
        assert server.connections <= 8
        await fetch.close()

    with wire.wire(wire.ok) as server:
        asyncio.run(main(server))


def test_a_call_that_is_left_takes_its_connection_with_it_and_no_other() -> None:
    def act(connection: socket.socket, number: int) -> None:
        wire.ok(connection, number) if number != 3 else wire.stall(connection, number)

    async def main(server: wire.Wire) -> None:
        fetch = AsyncHttpxFetch()
        await asyncio.gather(*(fetch.fetch(asked(server.url)) for _ in range(2)))
        left = asyncio.ensure_future(fetch.fetch(asked(server.url)))
        await asyncio.to_thread(server.arrived, 3)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert await asyncio.to_thread(server.closed_by_client.wait, 1)
        await fetch.fetch(asked(server.url))
        assert server.connections == 2
        await fetch.close()

    with wire.wire(act) as server:
        asyncio.run(main(server))


@pytest.mark.parametrize("kind", POOLED)
def test_a_body_beyond_the_limit_is_not_read(kind: Any) -> None:
    fetch = Blocking(kind)

    def act(connection: socket.socket, _: int) -> None:
        connection.sendall(wire.HEAD + b"x" * 1000)

    with wire.wire(act) as server:
        with pytest.raises(FetchError) as failed:
            fetch.fetch(asked(server.url, max_body=999))
        assert (failed.value.kind, failed.value.sent) == ("too_large", True)
        fetch.close()


@pytest.mark.parametrize("kind", POOLED)
def test_a_redirect_is_not_followed(kind: Any) -> None:
    fetch = Blocking(kind)

    def act(connection: socket.socket, _: int) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    with wire.wire(act) as server:
        assert fetch.fetch(asked(server.url, "GET", None)).status == 302
        assert len(server.requests) == 1
        fetch.close()


@pytest.mark.parametrize("kind", POOLED)
@pytest.mark.parametrize("fresh", [False, True])
def test_a_transport_that_was_closed_sends_nothing(kind: Any, fresh: bool) -> None:
    fetch = Blocking(kind)
    with wire.wire(wire.ok) as server:
        if fetch.loop is None:
            fetch.inner.close()
        else:
            fetch.loop.run_until_complete(fetch.inner.close())
        with pytest.raises(FetchError) as failed:
            fetch.fetch(asked(server.url, fresh=fresh))
        assert (failed.value.kind, failed.value.sent) == ("connect", False)
        assert server.connections == 0
    fetch.close()


def test_closing_closes_the_connections_of_another_loop_too() -> None:
    fetch = AsyncHttpxFetch()
    asked_for, over = threading.Event(), threading.Event()

    async def elsewhere(url: str) -> None:
        await fetch.fetch(asked(url))
        asked_for.set()
        await asyncio.to_thread(over.wait, 5)

    with wire.wire(wire.ok) as server:
        other = threading.Thread(target=lambda: asyncio.run(elsewhere(server.url)))
        other.start()
        assert asked_for.wait(5)
        asyncio.run(fetch.close())
        assert server.closed_by_client.wait(2)
        over.set()
        other.join()


@pytest.mark.parametrize("kind", [HttpxFetch, AsyncHttpxFetch])
def test_a_transport_that_cannot_be_made_has_sent_nothing_and_says_why(kind: Any, monkeypatch: Any) -> None:
    name = "HTTPTransport" if kind is HttpxFetch else "AsyncHTTPTransport"

    class Renamed:
        """As a version whose inner names are others."""

        def __init__(self, **_: Any) -> None:
            if kind is AsyncHttpxFetch:
                raise AttributeError("_pool")

    monkeypatch.setattr(httpx_fetch.httpx2, name, Renamed)
    fetch = Blocking(kind)
    with pytest.raises(FetchError, match=r"cannot be made, with httpx2 .*_pool") as failed:
        fetch.fetch(asked("http://127.0.0.1:1"))
    assert (failed.value.kind, failed.value.sent) == ("connect", False)
    fetch.close()


def test_a_transport_that_makes_a_failure_of_being_cancelled_ends_the_call_as_cancelled() -> None:
    class Swallowing:
        def __init__(self, sent: bool) -> None:
            self.sent, self.asked = sent, 0

        async def fetch(self, _: Request) -> Response:
            self.asked += 1
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                raise FetchError("connect" if not self.sent else "broken", sent=self.sent) from None
            raise AssertionError

        async def close(self) -> None: ...

    async def main(sent: bool) -> BaseException:
        fetch = Swallowing(sent)
        async with AsyncCryptopay(environment="sandbox", api_key="k", api_secret="s", fetch=fetch) as client:
            task = asyncio.ensure_future(
                client.coin_withdrawals.create(
                    address="a", charged_currency="EUR", received_currency="BTC", received_amount="1",
                    force_commit=True, custom_id="p-1",
                )
            )  # fmt: skip
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as stopped:
                await task
            assert fetch.asked == 1
            return stopped.value

    assert pending(asyncio.run(main(True))) is not None
    assert pending(asyncio.run(main(False))) is None
