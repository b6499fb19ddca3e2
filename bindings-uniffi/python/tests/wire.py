"""A server of raw sockets that does to a client what networks do."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


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
