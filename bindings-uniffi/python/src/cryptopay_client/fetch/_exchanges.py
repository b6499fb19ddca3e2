"""Which exchanges of a transport run, so that whoever closes it takes no connection from under one. What that carries
may be a payment; and the number of a socket that is closed while another thread reads it goes to the next file that is
opened, to which that thread would then write."""

from __future__ import annotations

from . import closed

__all__ = ["Exchanges"]


class Exchanges:
    """The exchanges that run. There is no lock, for which a signal handler could wait in vain: to add and to take away
    is whole by itself, and who begins adds first and looks then whether it is closed, while who closes does the
    reverse, so that one of the two sees the other. An exchange is an object and no count: where a signal handler breaks
    off its beginning, it can be ended whether it was added or not."""

    def __init__(self) -> None:
        self._running: set[object] = set()
        self.refused = False

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, exchange: object) -> None:
        """One begins, unless the transport is closed. It is ended in both cases."""
        self._running.add(exchange)
        if self.refused:
            raise closed()

    def was_last(self, exchange: object) -> bool:
        """One ends; whether what the transport holds is now to be closed, which may be told to several."""
        self._running.discard(exchange)
        return self.refused and not self._running

    def refuse(self) -> bool:
        """No other begins; whether none runs, and what the transport holds is to be closed at once."""
        self.refused = True
        return not self._running

    def forked(self) -> None:
        """In a child no exchange of its parent's runs."""
        self._running = set()
