"""What the caller gave, and its name: what JSON would carry as something else is refused by its name, and a name that
does not exist is told with the nearest one that does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

from . import _native as native

#: What goes out as what it is. Asked for every parameter of every call, so it is the type itself and no base of it.
PLAIN = frozenset({str, int, bool, NoneType, UUID, datetime, Decimal})
_BYTES = (bytes, bytearray, memoryview)
#: The usual one first: to ask an abstract class takes long.
_OBJECTS = (dict, Mapping)

Refuse = Callable[[str, str], Exception]
"""The error for what is wrong with the value of this name."""


def is_plain(values: Iterable[Any]) -> bool:
    """Whether all of these go out as what they are; the usual answer takes no loop of Python's."""
    return PLAIN.issuperset(map(type, values))


def carried(at: str, value: Any, refuse: Refuse) -> None:
    """Refuses what JSON carries as something else: bytes as Base64, and a float that is no number as null.

    Args:
        at: The name of the value.
        value: Whatever was given.
        refuse: Makes the error.
    """
    if isinstance(value, str):
        return
    if isinstance(value, _BYTES):
        raise refuse(at, f"is a {type(value).__name__}, give a str: decode it first")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise refuse(at, f"is {value}, which JSON cannot carry")
    elif isinstance(value, _OBJECTS):
        for key, inner in value.items():
            if isinstance(key, _BYTES):
                raise refuse(at, f"has a key that is a {type(key).__name__}, give a str: decode it first")
            if type(inner) not in PLAIN:
                carried(f"{at}.{key}", inner, refuse)
    elif isinstance(value, Sequence | Set):
        for index, inner in enumerate(value):
            if type(inner) not in PLAIN:
                carried(f"{at}.{index}", inner, refuse)
    else:
        # A model, or a class of the caller's that is written as an object too.
        names: Iterable[str] = getattr(value, "__struct_fields__", ()) or getattr(value, "__dataclass_fields__", ())
        for name in names:
            if type(inner := getattr(value, name, None)) not in PLAIN:
                carried(f"{at}.{name}", inner, refuse)


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """The words for a name of `what` that does not exist: with the nearest one, where one is near."""
    return str(native.no_such(what.encode(), name.encode(errors="replace"), "\n".join(known).encode()))
