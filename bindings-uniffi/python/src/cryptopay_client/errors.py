"""One class for each code. The code, the fields and the text are the same in every language; what a person can do
about an error is in its text. No error holds a secret or an `Authorization` header."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from msgspec import Struct

__all__ = [
    "BadRequestError",
    "CallCancelledError",
    "Cause",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "CryptopayError",
    "DuplicateCustomIdError",
    "EdgeBlockedError",
    "FieldError",
    "ForbiddenError",
    "InvalidArgumentError",
    "InvalidResponseError",
    "InvalidSignatureError",
    "IpNotAllowedError",
    "MaintenanceError",
    "MisuseError",
    "NotFoundError",
    "OutcomeUnknownError",
    "ParameterMismatchError",
    "RateLimitedError",
    "ServerError",
    "Signed",
    "TimeoutExceededError",
    "Trace",
    "UnauthenticatedError",
    "UnexpectedStatusError",
    "ValidationError",
    "Wait",
]


class FieldError(Struct, frozen=True):
    """What the API said about one field."""

    target: str = ""
    """The field, by its name in the request."""
    code: str = ""
    """What is wrong with it, in the API's own word."""
    message: str = ""
    """What is wrong with it, for people."""
    args: str = ""
    """The arguments of the message, as JSON text."""


class Cause(Struct, frozen=True):
    """What stopped a call whose outcome is unknown."""

    code: str
    """The code that an error for it alone would have."""
    message: str = ""
    """What happened, in one phrase."""
    status: int | None = None
    """The HTTP status of the response that decided, if one did."""
    request_id: str | None = None
    """The request id to tell the API's support."""


class Signed(Struct, frozen=True):
    """What was signed in a request that was refused with 401. Holds no secret."""

    string_to_sign: str
    """The text that was signed; five lines: method, MD5 of the body, content type, date, path."""
    clock_difference_ms: int | None = None
    """The server's time minus the time that was signed, in ms; `None` where the answer had no usable `Date`."""
    likely: str = ""
    """What is most likely wrong, in a sentence."""


class Wait(Struct, frozen=True):
    """A wait of a call, and why."""

    ms: int
    """How long, in ms."""
    reason: str
    """`retry`, `retry_after`, `limit` or `look`."""


class Trace(Struct, frozen=True):
    """How a call went."""

    sends: int = 0
    """How often the request itself was sent."""
    looks: int = 0
    """How many rounds of reading looked for what became of it."""
    waits: list[Wait] = []
    """The waits, in their order."""


class CryptopayError(Exception):
    """Anything that this package raises. `code` is stable; `str()` is the sentence for people."""

    code: ClassVar[str] = ""
    hint: str = ""
    """What to do about it."""
    message: str = ""
    """What happened, in one phrase."""
    operation: str = ""
    """The operation, `invoices.create`."""
    status: int | None = None
    """The HTTP status of the response that decided, if one did."""
    request_id: str | None = None
    """The request id to tell the API's support."""
    api_code: str | None = None
    """The API's own error code."""
    fields: tuple[FieldError, ...] = ()
    """What was said about single fields."""
    existing_id: str | None = None
    """The id of the object that stands in the way, or the last good row of a list."""
    differing: tuple[str, ...] = ()
    """The fields in which a found object differs from the request."""
    retry_at_ms: int | None = None
    """When to come back, in ms since 1970."""
    record: dict[str, Any] | None = None
    """What `resolve` takes: plain JSON data without a secret; set whenever the write may have been applied."""
    reason: Cause | None = None
    """What stopped a call whose outcome is unknown. The transport's own exception is `__cause__`."""
    signed: Signed | None = None
    """For a 401: what was signed."""
    trace: Trace = Trace()
    """How the call went."""

    @property
    def attempts(self) -> int:
        """How often the request was sent."""
        return self.trace.sends

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (type(self), self.args, self.__dict__))


def _restored(kind: type[CryptopayError], args: tuple[Any, ...], state: dict[str, Any]) -> CryptopayError:
    error = kind(*args)
    error.__dict__.update(state)
    return error


class BadRequestError(CryptopayError):
    """400: the request itself is malformed."""

    code = "bad_request"


class UnauthenticatedError(CryptopayError):
    """401: keys, signature, environment or clock; `signed` tells what was signed."""

    code = "unauthenticated"


class ForbiddenError(CryptopayError):
    """403: the key lacks the permission."""

    code = "forbidden"


class IpNotAllowedError(CryptopayError):
    """The caller's address is not on the key's whitelist."""

    code = "ip_not_allowed"


class EdgeBlockedError(CryptopayError):
    """The network in front of the API refused."""

    code = "edge_blocked"


class NotFoundError(CryptopayError):
    """404: there is no such object in this environment and account."""

    code = "not_found"


class DuplicateCustomIdError(CryptopayError):
    """409: this `custom_id` was used before; `existing_id` where the object was read: it may be your own earlier
    call."""

    code = "duplicate_custom_id"


class ConflictError(CryptopayError):
    """409 for any other reason."""

    code = "conflict"


class ValidationError(CryptopayError):
    """422: the API refused values; `fields` say which and why."""

    code = "validation"


class RateLimitedError(CryptopayError):
    """429, or a wait for the limit that does not fit; `retry_at_ms` says when to come back."""

    code = "rate_limited"


class ServerError(CryptopayError):
    """5xx, and nothing was applied, or it was a read: try again later."""

    code = "server_error"


class MaintenanceError(CryptopayError):
    """503: the API is offline for maintenance, and nothing was applied, or it was a read: try again later."""

    code = "maintenance"


class UnexpectedStatusError(CryptopayError):
    """A status that the API does not document."""

    code = "unexpected_status"


class InvalidResponseError(CryptopayError):
    """A success of a read or a quote without what it must carry."""

    code = "invalid_response"


class ConnectionFailedError(CryptopayError):
    """No connection, and nothing was sent, or it was a read."""

    code = "connection"


class TimeoutExceededError(CryptopayError, TimeoutError):
    """The call's `timeout` is used up, and nothing was sent, or it was a read."""

    code = "timeout"


class OutcomeUnknownError(CryptopayError):
    """The write may have been applied. Store `record` and `resolve` it. Never pay under another `custom_id`; the same
    create under the same `custom_id` is safe, for payouts, invoices and channels only."""

    code = "outcome_unknown"


class ParameterMismatchError(CryptopayError):
    """Another object was found under the same `custom_id`; `differing` says where it differs. Read it before paying."""

    code = "parameter_mismatch"


class CallCancelledError(CryptopayError):
    """The call was cancelled and nothing can have been applied."""

    code = "cancelled"


class InvalidArgumentError(CryptopayError, ValueError):
    """An argument is wrong, the text says which; nothing was sent."""

    code = "invalid_argument"


class ConfigurationError(CryptopayError, ValueError):
    """A setting is missing or wrong; the text says which and what to do."""

    code = "configuration"


class MisuseError(CryptopayError, RuntimeError):
    """The client was used wrongly: closed before, or driven out of order."""

    code = "misuse"


class InvalidSignatureError(CryptopayError):
    """A callback that is not proven to come from the API."""

    code = "invalid_signature"


E = TypeVar("E", bound=CryptopayError)

BY_CODE: dict[str, type[CryptopayError]] = {kind.code: kind for kind in CryptopayError.__subclasses__()}
"""The class of each code."""


def error_of(code: str, text: str, **fields: Any) -> CryptopayError:
    """The error with this code; a code of a newer core is a plain `CryptopayError`."""
    return filled(BY_CODE.get(code, CryptopayError)(text), text, **fields)


def filled(error: E, text: str, **fields: Any) -> E:
    """The error with what is known of it."""
    error.message = text
    for name, value in fields.items():
        if value is not None:
            setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error
