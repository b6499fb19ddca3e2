"""The two crossings of a simple call, into the core and back. The generated binding makes them too, with some thirty
Python calls and nine foreign ones around them; the library has them once more with bytes as they are, one foreign call
each. What takes microseconds keeps Python's lock: to give it up and get it back takes longer, much longer where many
threads want it. Everything that is asked more rarely goes through the binding, whose objects these are."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import CDLL, PyDLL, byref, c_char_p, c_size_t, c_uint64, c_void_p
from typing import Any, TypeVar

import msgspec

from . import _native as native
from ._native import cryptopay as binding
from .errors import Cause, CryptopayError, MisuseError, OutcomeUnknownError, error_of

_library: CDLL = binding._UniffiLib
#: The same library, called with Python's lock.
_quick = PyDLL(_library._name)
_record = msgspec.json.Decoder(dict[str, Any]).decode
#: From so many bytes on a body is read without it.
_LARGE = 1 << 16


def _function(library: Any, name: str, result: Any, *arguments: Any) -> Any:
    # Indexing makes a function of its own, so that the binding keeps its types.
    function = library[name]
    function.restype, function.argtypes = result, arguments
    return function


_TEXTS = (c_char_p, c_size_t, c_char_p, c_size_t)
_begin = _function(_quick, "cryptopay_direct_begin", c_char_p, c_uint64, *_TEXTS)
_advance = _function(_quick, "cryptopay_direct_advance", c_char_p, c_uint64, *_TEXTS)
_advance_unlocked = _function(_library, "cryptopay_direct_advance", c_char_p, c_uint64, *_TEXTS)
_clone = _function(_quick, "uniffi_cryptopay_uniffi_fn_clone_call", c_uint64, c_uint64, c_void_p)
_free = _function(_quick, "uniffi_cryptopay_uniffi_fn_free_call", None, c_uint64, c_void_p)
#: What cannot fail writes nothing into it.
_status = byref(binding._UniffiRustCallStatus.default())


Broken: type[Exception] = binding.InternalError
"""What the binding raises when Rust panics."""
R = TypeVar("R")


def _panicked() -> bytes:
    """No answer: Rust panicked."""
    raise Broken("it panicked")


def defect(operation: str, message: str) -> CryptopayError:
    """A defect of this package's or the core's."""
    hint = "this is a defect, please report it"
    text = f"{operation}: {MisuseError.code}: {message}; {hint}"
    return error_of(MisuseError.code, text, operation=operation, message=message, hint=hint)


def crossed(operation: str, cross: Callable[[], R]) -> R:
    """Crosses into the core.

    Raises:
        MisuseError: the core broke off. Nothing can have been sent.
    """
    try:
        return cross()
    except Broken as error:
        message = f"the core broke off: {error}"
    # Not while that one is handled, whose frames hold what was told.
    raise defect(operation, message)


class Call:
    """One running call."""

    __slots__ = ("_handle",)

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __del__(self, free: Any = _free, status: Any = _status) -> None:
        free(self._handle, status)

    def advance(self, event: bytes, body: bytes) -> bytes:
        """Takes in an event with the body that belongs to it, and answers the next step as JSON."""
        size = len(body)
        advance = _advance if size < _LARGE else _advance_unlocked
        return advance(self._handle, event, len(event), body, size) or _panicked()

    def bound(self) -> Any:
        """The same call as the binding knows it."""
        return native.Call._uniffi_make_instance(_clone(self._handle, _status))


def begin(client: Any, operation: str, start: bytes) -> tuple[Call, bytes]:
    """Begins a call, or with the operation `resolve` finding out how one ended: the call, and its first step as
    JSON."""
    name = operation.encode()
    begun = _begin(client._handle, name, len(name), start, len(start)) or crossed(operation, _panicked)
    # A handle of 16 hex digits, the text.
    return Call(int(begun[:16], 16)), begun[16:]


def broken_off(call: Call, operation: str, sent: bool, error: Exception) -> CryptopayError:
    """What a call ends as in whose middle the core broke off. A write that may have been applied is still told as such,
    with its record if the core can say it."""
    misuse = error if isinstance(error, MisuseError) else defect(operation, f"the core broke off: {error}")
    try:
        text = call.bound().pending()
    except Broken:
        if not sent:
            return misuse
        record, hint = None, "read the object before you repeat a write, and report this defect"
    else:
        if text is None:
            return misuse
        record, hint = _record(text), "do not repeat it: give the record to resolve, and report this defect"
    code = OutcomeUnknownError.code
    text = f"{operation}: {code}: {misuse.message}; {hint}"
    reason = Cause(misuse.code, misuse.message)
    told = {"operation": operation, "message": misuse.message, "hint": hint, "record": record, "reason": reason}
    return error_of(code, text, **told)
