"""How a successful call went. Every model, page and mapping that a call answers knows its outcome."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

from .errors import Cause, CryptopayError, OutcomeUnknownError, Trace

T = TypeVar("T")

__all__ = ["Accepted", "Map", "NotModified", "Outcome", "Page", "Resolution", "Rows", "outcome_of", "pending"]


class Outcome(Struct, frozen=True):
    """What is known of a call besides its value."""

    status: int
    """The HTTP status of the last response."""
    request_id: str | None
    """The request id of the last response, to tell the API's support."""
    custom_id: str | None
    """The `custom_id` of the call, the caller's or a generated one."""
    recovered: bool
    """True: the answer was lost, and the object was found by reading."""
    accepted: bool
    """True: the API took the request but has not finished it."""
    not_modified: bool
    """True: a read with a condition found nothing new."""
    unverified: tuple[str, ...]
    """Fields that could not be compared when the object was found."""
    etag: str | None
    """What `if_none_match` takes at the next read."""
    last_modified: str | None
    """What `if_modified_since` takes at the next read, as it came."""
    record: dict[str, Any] | None
    """For an accepted write: what `resolve` takes."""
    trace: Trace
    """How the call went: sends, rounds of finding out, waits."""
    data: bytes
    """The JSON text of `data`, as it came: what the models do not know is here."""
    meta: bytes
    """The JSON text of `meta`."""
    received_ms: int
    """When it was received, in ms since 1970."""

    @property
    def attempts(self) -> int:
        """How often the request was sent."""
        return self.trace.sends

    def json(self) -> Any:
        """Reads `data`. Numbers become floats: take amounts from the model.

        Returns:
            Plain Python values, `None` where there is no `data`.
        """
        return msgspec.json.decode(self.data) if self.data else None


class Rows(list[T]):
    """All rows of a list that comes at once."""

    outcome: Outcome
    """How the call went."""


class Page(list[T]):
    """One page of a list. Rows that moved onto it from the page before are left out."""

    outcome: Outcome
    """How the call went that read this page."""
    more: bool
    """Whether another page follows."""
    last_id: str | None
    """The id of its last row: what `starting_after` takes."""


class Map(dict[str, T]):
    """An object from keys to models."""

    outcome: Outcome
    """How the call went."""


class Resolution(Struct, Generic[T], frozen=True):
    """How a write ended. Applied says that the request was carried out, not that the money arrived: read the object's
    status."""

    state: Literal["applied", "not_applied", "unknown"]
    """`applied`: it was carried out. `not_applied`: it was not and never will be: do it again, where a quote has lapsed
    under a new `custom_id`. `unknown`: nothing is proven, do not pay under another `custom_id`."""
    value: T | None
    """The object, where one was read."""
    reason: Cause | None
    """For `unknown`: what stood in the way. Where it passes or can be mended (no network, a 401, a 5xx, the rate
    limit), ask again after that."""
    retry_at_ms: int | None
    """For `unknown`: when to ask again, in ms since 1970. `None`, and no `reason` to mend: no later read will tell.
    Look at the object and the account's transactions, or ask Cryptopay's support."""
    differing: tuple[str, ...]
    """The fields in which an object that was found differs from the request."""
    outcome: Outcome
    """How the resolving itself went."""


class NotModified(Exception):
    """A read with a condition (`if_none_match`, `if_modified_since`) found nothing new. No failure, and no
    `CryptopayError`: use the copy that you kept; `outcome` tells more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("not modified")
        self.outcome = outcome


class Accepted(OutcomeUnknownError):
    """The API took the write, has not finished it, and shows no object yet: keep `record` for `client.resolve`. Without
    one nothing has moved."""

    outcome: Outcome
    """How the call went."""


def accepted(error: CryptopayError, outcome: Outcome) -> Accepted:
    """The same error as one of a write that the API accepted."""
    told: Accepted = Accepted(*error.args)
    vars(told).update(vars(error), outcome=outcome)
    return told


def attach(value: object, outcome: Outcome) -> None:
    """Lets a model know its outcome; it is no field, so models still compare by their fields."""
    known: dict[str, Any] = vars(value)
    known["outcome"] = outcome


def known_outcome(value: object) -> Outcome | None:
    """The outcome of what a call answered, or nothing."""
    outcome = getattr(value, "__dict__", {}).get("outcome")
    return outcome if isinstance(outcome, Outcome) else None


def outcome_of(value: object) -> Outcome:
    """How the call went that answered this model, page, list or mapping: status, request id, attempts, raw JSON.

    Args:
        value: The very object that a call returned.

    Returns:
        What is known of the call. Its times are in ms.

    Raises:
        LookupError: it was not answered by a call (an object inside another one, a copy).
    """
    outcome = known_outcome(value)
    if outcome is None:
        raise LookupError("no call returned this very object")
    return outcome


_UNTOLD = object()


def pending(stopped: BaseException | None) -> dict[str, Any] | None:
    """Finds the record for `client.resolve` in an exception that ended a call.

    Args:
        stopped: A cancellation, Ctrl-C or a timeout of your own around the call, or an `OutcomeUnknownError`. Its
            causes and contexts are looked through too, up to the first that ended a call.

    Returns:
        The record: plain JSON data without a secret. `None`: nothing can have been applied.
    """
    seen: set[int] = set()
    while stopped is not None and id(stopped) not in seen:
        seen.add(id(stopped))
        # The first that ended a call knows all of it: what was being handled when it began may be another call's.
        told = getattr(stopped, "record" if isinstance(stopped, CryptopayError) else "pending", _UNTOLD)
        if told is None or isinstance(told, dict):
            return told
        stopped = stopped.__cause__ or stopped.__context__
    return None
