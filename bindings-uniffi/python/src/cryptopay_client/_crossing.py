"""The two crossings of a simple call, into the core and back. The generated binding makes them too, with some thirty
Python calls and nine foreign ones around them; the library has them once more with bytes as they are, one foreign call
each. What takes microseconds keeps Python's lock: to give it up and get it back takes longer, much longer where many
threads want it. Everything that is asked more rarely goes through the binding, whose objects these are."""

from __future__ import annotations

from ctypes import CDLL, PyDLL, byref, c_char_p, c_size_t, c_uint64, c_void_p
from typing import Any

from . import _native as native
from ._native import cryptopay as binding

_library: CDLL = binding._UniffiLib
#: The same library, called with Python's lock.
_quick = PyDLL(_library._name)
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


def _panicked() -> bytes:
    """No answer: Rust panicked."""
    raise binding.InternalError("the core panicked")


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
    begun = _begin(client._handle, name, len(name), start, len(start)) or _panicked()
    # A handle of 16 hex digits, the text.
    return Call(int(begun[:16], 16)), begun[16:]
