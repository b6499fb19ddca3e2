"""A server of raw sockets that does to a client what networks do."""

import _thread
import signal
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
#: What is forgiven of a busy machine, how long the sleeper naps to find out, and for how long it does, in seconds.
FORGIVEN, NAP, LONGEST = 0.05, 0.005, 60


def until(condition: Callable[[], bool]) -> None:
    """Waits until something is so that no event tells of."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


class Late(AssertionError):
    """Something took longer than it may."""


class Watch:
    """Measures time beside one sleeper: by how much that wakes late is the machine's doing, and is forgiven up to a
    bound. A thread that waits for another of this process is no excuse."""

    def __init__(self) -> None:
        self._began = self._napped = time.monotonic()
        self._overslept = 0.0
        self._took: float | None = None
        # With no lock, because a signal's handler may stand in the midst of anything; it ends by itself. No signal is
        # its business: one that it took would wake nobody.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        _thread.start_new_thread(self._sleep, ())
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _sleep(self) -> None:
        while self._took is None and self._napped < self._began + LONGEST:
            time.sleep(NAP)
            woken = time.monotonic()
            if self._took is None:
                self._overslept, self._napped = max(self._overslept, woken - self._napped - NAP), woken

    def stopped(self) -> "Watch":
        """The watch, which does not go on."""
        if self._took is None:
            now = time.monotonic()
            self._took = now - self._began
            # It may be late to wake even now.
            self._overslept = max(self._overslept, now - self._napped - NAP)
        return self

    @property
    def took(self) -> float:
        """What has passed, in seconds."""
        return self.stopped()._took or 0.0

    @property
    def own(self) -> float:
        """What has passed, without what is forgiven."""
        return max(self.took - min(self._overslept, FORGIVEN), 0)

    def within(self, seconds: float) -> None:
        """Raises `Late` unless no more than this has passed."""
        if self.own > seconds:
            overslept = f"a sleeper woke up to {self._overslept:.3f} s late"
            raise Late(f"it took {self.took:.3f} s, while {overslept}; {seconds} s are allowed")


def in_time(test: Callable[P, None]) -> Callable[P, None]:
    """A machine that is busier than what is forgiven is no fault of the code, so lateness alone is looked at three
    times: code that is late is so each time."""

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
    """Counts what arrives; `act(connection, number)` answers each request of the server. With a context it speaks
    TLS."""

    def __init__(self, act: Callable[[socket.socket, int], None], context: ssl.SSLContext | None = None) -> None:
        self.act, self._context = act, context
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.closed_by_client = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
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
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
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
        # What waits in `accept` does not notice that its socket is closed.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@contextmanager
def wire(act: Callable[[socket.socket, int], None], context: ssl.SSLContext | None = None) -> Iterator[Wire]:
    server = Wire(act, context)
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
    """A part of the body, and no more of it: the server listens on."""
    connection.sendall(HEAD + b'{"data"')
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
    raise OSError("gone")
