"""What models are made of: frozen structs, and enumerations that are open. Reading an answer never fails because the
API added, left out or changed something: what fits is typed, what does not stays as it came."""

import re
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Self, TypeVar, cast

import msgspec

T = TypeVar("T")


class OpenEnum(StrEnum):
    """An enumeration that keeps texts it does not know: `.value` is then that text and `.is_known` is false."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = "UNKNOWN"
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether this version knows the text."""
        return self._name_ in type(self).__members__


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True, dict=True):
    """An object of the API. Immutable; compare, copy and pickle it like any value. What the API says beyond the fields
    is in the raw JSON: `outcome_of(obj).data`."""


@cache
def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """A decoder for a type, made once."""
    return msgspec.json.Decoder(kind)


@cache
def _fields(kind: type[Model]) -> dict[str, tuple[str, Any, bool]]:
    fields = msgspec.structs.fields(kind)
    return {field.encode_name: (field.name, field.type, field.required) for field in fields}


def read(kind: type[T], raw: bytes | memoryview, *, strict: bool = True) -> T:
    """The value in this JSON. An amount that is no plain decimal keeps its text, and so does whatever may be left out
    and does not fit its type.

    Args:
        kind: The type.
        raw: The JSON.
        strict: False where the object itself is not what counts, as in a callback: also what has to be there keeps the
            JSON's own text then, or is `None`.

    Raises:
        ValueError: something that has to be there is missing, or does not fit.
    """
    wanted: Any = kind
    try:
        value: T = decoder(wanted).decode(raw)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return cast("T", _leniently(kind, bytes(raw), strict))
    if _SUSPECT.search(raw):
        return cast("T", _leniently(kind, bytes(raw), strict))
    return value


#: What an amount is as text (P2). `Decimal` takes more: `1_000`, `1e5`, ` 1 `, `+1`, digits of other scripts, NaN.
_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch
#: A string in JSON that only `Decimal` takes for a number, or might: characters of numbers and of other scripts, then
#: the end or an escape, which may be one of them; NaN and Infinity in the same way. Hardly any answer has one, so it is
#: looked for in the whole text at once, and what each amount is only where it is found. The first look ahead is for
#: speed; what is nothing, an amount or a date is no such string.
_SUSPECT = re.compile(
    rb"""
    "(?=[-+._0-9eE\s\x80-\xff\\sSnNiI])(?!"|-?[0-9]+(?:\.[0-9]+)?"|[0-9]{4}-[0-9]{2}-[0-9]{2}")
    NUMBER(?:["\\]
        |[sS]?_*(?:\\|[nN]_*(?:\\|[aA]_*(?:\\|[nN]NUMBER["\\]))
            |[iI]_*(?:\\|[nN]_*(?:\\|[fF][_iInNtTyY]*+NUMBER["\\]))))
    """.replace(b"NUMBER", rb"[-+._0-9eE\s\x80-\xff]*+"),
    re.VERBOSE,
)


def _leniently(kind: Any, raw: bytes, strict: bool) -> Any:
    if raw == b"null":
        if strict:
            raise ValueError("a value is null that must not be")
        return None
    try:
        if isinstance(kind, type) and issubclass(kind, Model):
            return _fields_of(kind, decoder(dict[str, msgspec.Raw]).decode(raw), strict)
        origin: Any = getattr(kind, "__origin__", None)
        args: tuple[Any, ...] = getattr(kind, "__args__", ())
        if origin is list:
            return [_leniently(args[0], bytes(item), strict) for item in decoder(list[msgspec.Raw]).decode(raw)]
        if origin is dict:
            members = decoder(dict[str, msgspec.Raw]).decode(raw)
            return {key: _leniently(args[1], bytes(item), strict) for key, item in members.items()}
        if kind is Decimal and raw.startswith(b'"') and not _AMOUNT(_text(raw)):
            return _text(raw)
        return decoder(kind).decode(raw)
    except (msgspec.ValidationError, ValueError, OverflowError):
        if strict and not (kind is Decimal and raw.startswith(b'"')):
            raise
        return _text(raw)


def _fields_of(kind: type[Model], given: dict[str, msgspec.Raw], strict: bool) -> Model:
    values: dict[str, Any] = {}
    for key, (name, inner, required) in _fields(kind).items():
        raw = bytes(given.get(key, b"null"))
        if raw != b"null":
            try:
                values[name] = _leniently(_present(inner), raw, strict and required)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        elif required and strict:
            raise ValueError(f"{key} is missing")
        else:
            values[name] = None
    return kind(**values)


def _present(kind: Any) -> Any:
    """`X` of `X | None`."""
    args = [arg for arg in getattr(kind, "__args__", ()) if arg is not type(None)]
    return args[0] if getattr(kind, "__origin__", None) is None and len(args) == 1 else kind


def _text(raw: bytes) -> Any:
    """What did not fit, without going through a float: the text of a string, or the JSON itself."""
    try:
        return decoder(str).decode(raw)
    except msgspec.ValidationError:
        return raw.decode()
