"""The two crossings of a simple call, into the core and back. The generated binding makes them too, with some thirty
Python calls around each; here the same functions of the library are called with bytes as they are, and their answers
are read in place. What takes microseconds keeps Python's lock: to give it up and get it back takes longer, much longer
where many threads want it. Everything that is asked more rarely goes through the binding."""

from __future__ import annotations

from ctypes import (
    CDLL,
    PyDLL,
    Structure,
    byref,
    c_char_p,
    c_int8,
    c_int32,
    c_ssize_t,
    c_uint64,
    c_void_p,
    py_object,
)
from typing import Any

from . import _native as native
from ._native import cryptopay as binding


class _Bytes(Structure):
    _fields_ = (("len", c_int32), ("data", c_char_p))


class _Buffer(Structure):
    _fields_ = (("capacity", c_uint64), ("len", c_uint64), ("data", c_void_p))


class _Status(Structure):
    _fields_ = (("code", c_int8), ("error", _Buffer))


_library: CDLL = binding._UniffiLib
#: The same library, called with Python's lock.
_quick = PyDLL(_library._name)
#: From so many bytes on a body is read without it.
_LARGE = 1 << 16


def _function(library: Any, name: str, result: Any, *arguments: Any) -> Any:
    # Indexing makes a function of its own, so that the binding keeps its types.
    function = library[name]
    function.restype, function.argtypes = result, (*arguments, c_void_p)
    return function


_PREFIX = "uniffi_cryptopay_uniffi_fn_"
_begin = _function(_quick, f"{_PREFIX}method_client_begin", _Buffer, c_uint64, _Bytes, _Bytes)
_resolve = _function(_quick, f"{_PREFIX}method_client_resolve", _Buffer, c_uint64, _Bytes)
_advance = _function(_quick, f"{_PREFIX}method_call_advance", _Buffer, c_uint64, _Bytes, _Bytes)
_advance_unlocked = _function(_library, f"{_PREFIX}method_call_advance", _Buffer, c_uint64, _Bytes, _Bytes)
_clone_client = _function(_quick, f"{_PREFIX}clone_client", c_uint64, c_uint64)
_clone_call = _function(_quick, f"{_PREFIX}clone_call", c_uint64, c_uint64)
_free_call = _function(_quick, f"{_PREFIX}free_call", None, c_uint64)
_free = _function(_quick, "ffi_cryptopay_uniffi_rustbuffer_free", None, _Buffer)
#: What `ctypes.string_at` calls.
_copied = PyDLL(None)["PyBytes_FromStringAndSize"]
_copied.restype, _copied.argtypes = py_object, (c_void_p, c_ssize_t)


def _taken(buffer: _Buffer, status: _Status, reference: Any) -> bytes:
    """The bytes of an answer, which is freed; a panic in Rust is an exception."""
    if status.code:
        binding._uniffi_check_call_status(None, binding._UniffiRustCallStatus.from_buffer_copy(status))
    answer: bytes = _copied(buffer.data, buffer.len)
    _free(buffer, reference)
    return answer


class Call:
    """One running call."""

    __slots__ = ("_handle", "_reference", "_status")

    def __init__(self, handle: int, status: _Status, reference: Any) -> None:
        self._handle = handle
        # One for all crossings: nothing is written into it but what ends the call.
        self._status, self._reference = status, reference

    def __del__(self) -> None:
        _free_call(self._handle, self._reference)

    def advance(self, event: bytes, body: bytes) -> bytes:
        """Takes in an event with the body that belongs to it, and answers the next step as JSON."""
        reference = self._reference
        handle = _clone_call(self._handle, reference)
        size = len(body)
        advance = _advance if size < _LARGE else _advance_unlocked
        answer = advance(handle, _Bytes(len(event), event), _Bytes(size, body), reference)
        return _taken(answer, self._status, reference)

    def bound(self) -> Any:
        """The same call as the binding knows it."""
        return native.Call._uniffi_make_instance(_clone_call(self._handle, self._reference))


def begin(client: Any, operation: str, start: bytes) -> tuple[Call, bytes]:
    """Begins a call, or finding out how one ended: the call, and its first step as JSON."""
    status = _Status()
    reference = byref(status)
    handle = _clone_client(client._handle, reference)
    given = _Bytes(len(start), start)
    if operation == "resolve":
        answer = _resolve(handle, given, reference)
    else:
        name = operation.encode()
        answer = _begin(handle, _Bytes(len(name), name), given, reference)
    begun = _taken(answer, status, reference)
    # A handle of eight bytes, the length of the text in four, the text.
    return Call(int.from_bytes(begun[:8], "big"), status, reference), begun[12:]
