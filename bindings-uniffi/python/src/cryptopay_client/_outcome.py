"""How a successful call went. Every model, page and mapping that a call answers knows its outcome."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

from .errors import Cause, Trace

T = TypeVar("T")

__all__ = ["Accepted", "Map", "NotModified", "Outcome", "Page", "Resolution", "Rows", "outcome_of", "pending"]


class Outcome(Struct, frozen=True):
    """What is known of a call besides its value."""

    #: The HTTP status of the last response.
    status: int
    request_id: str | None
    #: The `custom_id` of the call, the caller's or a generated one.
    custom_id: str | None
    #: True: the answer was lost, and the object was found by reading.
    recovered: bool
    #: True: the API took the request but has not finished it.
    accepted: bool
    not_modified: bool
    #: Fields that could not be compared when the object was found.
    unverified: tuple[str, ...]
    etag: str | None
    last_modified: str | None
    #: For an accepted write: what `resolve` takes.
    record: dict[str, Any] | None
    trace: Trace
    #: The JSON text of `data`, as it came: what the models do not know is here.
    data: bytes
    #: The JSON text of `meta`.
    meta: bytes
    #: When it was received, in ms since 1970.
    received_ms: int

    @property
    def attempts(self) -> int:
        """How often the request was sent."""
        return self.trace.sends

    def json(self) -> Any:
        """`data` as plain Python values. Numbers become floats: take amounts from the model."""
        return msgspec.json.decode(self.data) if self.data else None


class Rows(list[T]):
    """All rows of a list that comes at once."""

    outcome: Outcome


class Page(list[T]):
    """One page of a list. Rows that moved onto it from the page before are left out."""

    outcome: Outcome
    #: Whether another page follows.
    more: bool
    #: The id of its last row: what `starting_after` takes.
    last_id: str | None


class Map(dict[str, T]):
    """An object from keys to models."""

    outcome: Outcome


class Resolution(Struct, Generic[T], frozen=True):
    """How a write ended."""

    state: Literal["applied", "not_applied", "unknown"]
    #: The object, where one was read.
    value: T | None
    #: For `unknown`: what stood in the way.
    reason: Cause | None
    #: For `unknown`: when to try again, in ms since 1970.
    retry_at_ms: int | None
    #: The fields in which an object that was found differs from the request.
    differing: tuple[str, ...]
    outcome: Outcome


class NotModified(Exception):
    """A read with a condition found nothing new. No failure: `outcome` tells more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("not modified")
        self.outcome = outcome


class Accepted(Exception):
    """The API took the write, has not finished it, and shows no object yet. No failure: keep `outcome.record` for
    `client.resolve`."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("accepted, not finished: resolve it with outcome.record")
        self.outcome = outcome


def attach(value: object, outcome: Outcome) -> None:
    """Lets a model know its outcome; it is no field, so models still compare by their fields."""
    known: dict[str, Any] = vars(value)
    known["outcome"] = outcome


def known_outcome(value: object) -> Outcome | None:
    """The outcome of what a call answered, or nothing."""
    outcome = getattr(value, "__dict__", {}).get("outcome")
    return outcome if isinstance(outcome, Outcome) else None


def outcome_of(value: object) -> Outcome:
    """How the call went that answered this model, page or mapping.

    Raises:
        LookupError: it was not answered by a call (an object inside another one, a copy).
    """
    outcome = known_outcome(value)
    if outcome is None:
        raise LookupError("no call answered this very object")
    return outcome


def pending(stopped: BaseException | None) -> dict[str, Any] | None:
    """The record for `client.resolve` in an exception that ended a call: a cancellation, Ctrl-C or a timeout of your
    own around it, or an `OutcomeUnknownError`. `None`: nothing can have been applied."""
    seen: set[int] = set()
    while stopped is not None and id(stopped) not in seen:
        seen.add(id(stopped))
        for name in ("pending", "record"):
            record = getattr(stopped, name, None)
            if isinstance(record, dict):
                return record
        stopped = stopped.__cause__ or stopped.__context__
    return None
