"""What goes into a call and what comes out of it, in the core's own words. Only translation: nothing is decided
here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict

import msgspec
from msgspec import UNSET, Struct

from ._model import Model
from ._names import PLAIN, carried, is_plain, no_such
from .errors import Cause, CryptopayError, FieldError, InvalidArgumentError, Signed, Trace, error_of, filled
from .fetch import Request

Amount = Decimal | str | int
"""An amount of money: exact, never a float."""


# `TypedDict` is named once more in those that follow, or else tools that print references find no inherited fields.
class CallOptions(TypedDict, total=False):
    """What can be set for one call, beside its parameters."""

    timeout: float
    """How long the whole call may take, in seconds: waits, attempts and finding out."""
    attempt_timeout: float
    """How long one attempt may take, in seconds."""
    max_retries: int
    """How often the operation may be sent again; 0 means one request."""


class ReadOptions(CallOptions, TypedDict, total=False):
    """What can be set for a read. With a condition, `NotModified` is raised when nothing changed."""

    if_none_match: str | None
    """The `etag` that `outcome_of` told of the last read."""
    if_modified_since: str | None
    """The `last_modified` that `outcome_of` told of the last read, as it came."""


class WriteOptions(CallOptions, TypedDict, total=False):
    """What can be set for a write."""

    generated_custom_id: bool
    """Whether the client makes a `custom_id` where you give none. Unless told it does, except for creates that move
    money: there it is an error to give neither. Observers and `outcome_of` tell a generated one."""


class CommitOptions(CallOptions, TypedDict, total=False):
    """What can be set for a commit."""

    quote: Model
    """What the create answered: it says until when a commit may be repeated, and proves a recalculation."""


class Sleep(Struct, frozen=True):
    """Wait so long."""

    ms: int
    reason: str


class Permit(Struct, frozen=True):
    """Ask the shared limit for places."""

    cost: int
    """How many places: two for a create whose commit follows."""
    priority: str
    """`urgent`, `write`, `read` or `page`."""
    frozen_ms: int = 0
    """The pause that the last 429 asked for, in ms, else 0. While it is above 0, nobody may send for that long."""
    timeout_ms: int = 5000
    """How long the answer is waited for, in ms."""


class Failed(Struct, frozen=True):
    """How a call ended without success."""

    code: str
    text: str
    operation: str = ""
    status: int | None = None
    request_id: str | None = None
    message: str = ""
    hint: str = ""
    api_code: str | None = None
    fields: list[FieldError] = []
    existing_id: str | None = None
    differing: list[str] = []
    retry_at_ms: int | None = None
    record: dict[str, Any] | None = None
    cause: Cause | None = None
    signed: Signed | None = None
    trace: Trace = Trace()

    def exception(self) -> CryptopayError:
        """The exception that says the same."""
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("code", "text", "cause")}
        return error_of(self.code, self.text, reason=self.cause, **given)


class Unresolved(Struct, frozen=True):
    """Why it is still not known how a write ended."""

    cause: Cause | None = None
    retry_at_ms: int | None = None
    differing: list[str] = []


class Done(Struct, frozen=True):
    """How a call ended."""

    error: Failed | None = None
    status: int = 0
    request_id: str | None = None
    data: tuple[int, int] | None = None
    meta: tuple[int, int] | None = None
    recovered: bool = False
    accepted: bool = False
    not_modified: bool = False
    unverified: list[str] = []
    custom_id: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    record: dict[str, Any] | None = None
    resolved: str | None = None
    unresolved: Unresolved | None = None
    trace: Trace = Trace()


class Unfit(Struct, frozen=True):
    """What a success ends as that cannot be handed back."""

    error: Failed | None = None


class Misuse(Struct, frozen=True):
    """The driver has a defect."""

    state: str
    event: str


class Step(Struct, frozen=True):
    """What to do next: exactly one of these is there."""

    fetch: Request | None = None
    sleep: Sleep | None = None
    permit: Permit | None = None
    done: Done | None = None
    misuse: Misuse | None = None


_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
read_step = msgspec.json.Decoder(Step).decode
read_failed = msgspec.json.Decoder(Unfit).decode
write = msgspec.json.Encoder(enc_hook=lambda value: _plain(value)).encode


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        # A class of the caller's, or of a framework that marks texts.
        return str.__str__(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"is a {type(value).__name__}, which cannot be sent")


class _TooLong:
    """An amount whose text was not written out."""


_TOO_LONG = _TooLong()
#: The core decides how many digits an amount may have. Before it can, a `Decimal` of eleven characters would be written
#: out as hundreds of MB, and for an `int` Python refuses to: what is this far beyond all amounts is not tried.
_MOST_DIGITS, _MOST_BITS = 600, 1800


def amount(value: Amount | None) -> Any:
    """An amount as the plain text that goes on the wire. What is none stays as it is: it is refused where its name is
    known."""
    match value:
        case None | str():
            return value
        case Decimal():
            exponent = value.as_tuple().exponent
            # Nought is short, whatever its exponent, unless that counts digits after the point.
            if isinstance(exponent, int) and (exponent < -_MOST_DIGITS or (value and exponent > _MOST_DIGITS)):
                return _TOO_LONG
            return format(value, "f")
        case int() if not isinstance(value, bool):
            return str(value) if value.bit_length() <= _MOST_BITS else _TOO_LONG
    return value


#: How the options are named in the core; seconds become ms.
_SECONDS = {"timeout": "deadline_ms", "attempt_timeout": "attempt_timeout_ms"}
_SAME = ("max_retries", "if_none_match", "if_modified_since")
_OPTIONS = (*_SECONDS, *_SAME, "generated_custom_id", "quote")


def options_of(operation: str, given: Mapping[str, Any], params: Iterable[str] = ()) -> dict[str, Any]:
    """The options in the core's words; it checks them. A name that is none may be one of the parameters, misspelt."""
    options: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in _SECONDS:
            options[_SECONDS[name]] = milliseconds(name, value, InvalidArgumentError)
        elif name == "generated_custom_id":
            options["custom_id"] = {"generated": value}
        elif name == "quote":
            options["quote"] = quote_of(value)
        elif name in _SAME:
            carried(name, value, lambda at, message: refused(operation, at, message))
            options[name] = value
        else:
            raise TypeError(f"{name}: {no_such('parameter or option', name, (*params, *_OPTIONS))}")
    return options


def refused(operation: str, name: str, message: str) -> InvalidArgumentError:
    """The error for an argument that is wrong, as the core says it."""
    sentence, hint = f"{name}: {message}", "nothing was sent: correct the argument"
    text = f"{operation}: invalid_argument (0 attempts): {sentence}; {hint}"
    field = FieldError(name, InvalidArgumentError.code, message, "{}")
    told = {"operation": operation, "message": sentence, "hint": hint, "fields": [field]}
    return filled(InvalidArgumentError(text), text, **told)


def check(operation: str, params: Mapping[str, Any]) -> None:
    """Refuses what JSON would carry as something else; whether the others are right is for the core to say."""
    if is_plain(params.values()):
        return
    for name, value in params.items():
        if type(value) in PLAIN or (type(value) is dict and is_plain(value) and is_plain(value.values())):
            continue
        if isinstance(value, float):
            raise refused(operation, name, f"is a float ({value}), which is not exact: give a Decimal, str or int")
        if value is _TOO_LONG:
            raise refused(operation, name, "has more than 28 digits, which not every decimal holds exactly")
        try:
            carried(name, value, lambda at, message: refused(operation, at, message))
        except RecursionError:
            raise refused(operation, name, "is nested too deeply, or contains itself") from None


def _unwritten(operation: str, params: Mapping[str, Any], error: Exception) -> InvalidArgumentError:
    """The error that names the parameter which cannot be written."""
    for name, value in params.items():
        try:
            write(value)
        except (TypeError, ValueError, OverflowError) as wrong:
            return refused(operation, name, str(wrong))
    return refused(operation, "params", str(error))


def milliseconds(name: str, seconds: float, refused: type[CryptopayError]) -> int:
    """Whole milliseconds, at least one for anything above zero."""
    try:
        if seconds > 0:
            return max(round(seconds * 1000), 1)
    except (TypeError, ValueError, OverflowError):
        pass
    error = refused(f"{name}: must be a number of seconds, above 0 and finite")
    error.message = str(error)
    raise error


def quote_of(value: Model) -> dict[str, Any]:
    """What a commit is told about what it commits: the object as it came, and when that was."""
    from ._outcome import known_outcome

    outcome = known_outcome(value)
    if outcome is None or not outcome.data:
        return msgspec.structs.asdict(value)
    quote: dict[str, Any] = _members(outcome.data)
    quote["received_ms"] = outcome.received_ms
    return quote


def start(
    at: tuple[int, int],
    entropy: str,
    operation: str,
    params: Mapping[str, Any],
    options: Mapping[str, Any],
    nulls: bool,
) -> bytes:
    """The beginning of a call as the core reads it."""
    given = {name: value for name, value in params.items() if value is not UNSET and (nulls or value is not None)}
    check(operation, given)
    told = options_of(operation, options, params) if options else {}
    try:
        return write({"unix_ms": at[0], "tick_ms": at[1], "entropy": entropy, "params": given, "options": told})
    except (TypeError, ValueError, OverflowError) as error:
        raise _unwritten(operation, given, error) from error
