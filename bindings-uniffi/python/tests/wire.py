"""A server of raw sockets that does to a client what networks do."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec

P = ParamSpec("P")

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


def _waits() -> dict[str, int]:
    """How long each thread of this process was ready to run, and others ran, in ns."""
    waits = {}
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):
            waits[path.parent.name] = int(path.read_text().split()[1])
    return waits


class Late(AssertionError):
    """Something took longer than it may."""


class Watch:
    """Measures time, without what a busy machine took from this process: a deadline is kept when the code is in time,
    whoever else computes beside it."""

    def __init__(self) -> None:
        self._began, self._waits = time.monotonic(), _waits()

        self._took: tuple[float, float] | None = None

    def stopped(self) -> "Watch":
        """The watch, which does not go on."""
        took = time.monotonic() - self._began
        taken = sum(now - self._waits.get(thread, 0) for thread, now in _waits().items()) / 1e9
        self._took = (took, taken)
        return self

    @property
    def own(self) -> float:
        """What has passed without what others took, in seconds; several threads may have waited at once."""
        took, taken = self._times()
        return max(took - taken, 0)

    def _times(self) -> tuple[float, float]:
        return self._took or self.stopped()._took or (0, 0)

    def within(self, seconds: float) -> None:
        """Raises `Late` unless no more than this has passed."""
        took, taken = self._times()
        if took - taken > seconds:
            raise Late(f"it took {took:.3f} s, of which others took {taken:.3f} s; {seconds} s are allowed")


def in_time(test: Callable[P, None]) -> Callable[P, None]:
    """Threads that ended cannot be asked how long they waited, so lateness alone is looked at three times: code that is
    late is so each time."""

    @wraps(test)
    def tried(*args: P.args, **kwargs: P.kwargs) -> None:
        for left in (2, 1, 0):
            try:
                test(*args, **kwargs)
            except Late:
                if not left:
                    raise
            else:
                return

    return tried


class Wire:
    """Counts what arrives; `act(connection, number)` answers each request of the server."""

    def __init__(self, act: Callable[[socket.socket, int], None]) -> None:
        self.act = act
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.closed_by_client = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    chunk = connection.recv(65536)
                    if not chunk:
                        self.closed_by_client.set()
                        return
                    data += chunk
                head, _, rest = data.partition(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
                )
                while len(rest) < length:
                    rest += connection.recv(65536)
                self.requests.append(head + b"\r\n\r\n" + rest[:length])
                data = rest[length:]
                self.act(connection, len(self.requests))
        except OSError:
            self.closed_by_client.set()
        finally:
            connection.close()

    def arrived(self, number: int = 1) -> None:
        """Waits until so many requests are here, and their clients wait for answers."""
        deadline = time.monotonic() + 10
        while len(self.requests) < number:
            assert time.monotonic() < deadline, "no request came"
            time.sleep(0.005)
        time.sleep(0.05)

    def close(self) -> None:
        self.closing.set()
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@contextmanager
def wire(act: Callable[[socket.socket, int], None]) -> Iterator[Wire]:
    server = Wire(act)
    try:
        yield server
    finally:
        server.close()


def ok(connection: socket.socket, _: int) -> None:
    connection.sendall(OK)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    raise OSError("reset")


def close(connection: socket.socket) -> None:
    connection.close()
    raise OSError("closed")


def stall(connection: socket.socket, _: int) -> None:
    # Until the client gives up: what it sends then is nothing.
    connection.recv(1)
    raise OSError("gone")


def drip(first: bytes) -> Callable[[socket.socket, int], None]:
    def act(connection: socket.socket, _: int) -> None:
        connection.sendall(first)
        for _ in range(1000):
            connection.sendall(b"x")
            time.sleep(0.02)

    return act


def half_closed(connection: socket.socket, _: int) -> None:
    connection.sendall(HEAD)
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
    raise OSError("gone")
