"""The contract's words for what the public API takes and answers, and what stands for something saved."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from cryptopay_client import CryptopayError, Model, Outcome, outcome_of
from cryptopay_client._call import Failed

#: What the contract's settings and options are called here; milliseconds become seconds.
NAMES = {"deadline_ms": "timeout", "attempt_timeout_ms": "attempt_timeout"}


def named(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Settings and options by the names that they have here."""
    for name, value in given.items():
        if name == "custom_id":
            yield "generated_custom_id", value["generated"]
        else:
            yield NAMES.get(name, name), value / 1000 if name in NAMES else value


def as_json(value: Any) -> Any:
    """A typed value written back, with what its model does not know."""
    told = msgspec.to_builtins(value, builtin_types=(datetime, Decimal, UUID), str_keys=True)
    told = json.loads(json.dumps(told, default=lambda it: f"{it:f}" if isinstance(it, Decimal) else str(it)))
    if isinstance(value, Model) and isinstance(vars(value).get("outcome"), Outcome):
        raw = outcome_of(value).json() or {}
        return told | {key: it for key, it in raw.items() if key not in value.__struct_fields__}
    return told


def ending(outcome: Outcome) -> dict[str, Any]:
    done = json.loads(msgspec.json.encode(outcome))
    meta = json.loads(outcome.meta) if outcome.meta else None
    return done | {"meta": meta, "unverified": done["unverified"] or None, "data": None}


def wire(error: CryptopayError) -> dict[str, Any]:
    names = [name for name in Failed.__struct_fields__ if name not in ("text", "cause")]
    told = {name: getattr(error, name) for name in names} | {"text": str(error), "cause": error.reason}
    return dict(json.loads(msgspec.json.encode(told)))


def filled(saved: Mapping[str, Any], value: Any) -> Any:
    """A text that begins with `$` stands for something saved."""
    match value:
        case str() if found := re.fullmatch(r"\$(\w+)(?:([.@])(.*))?", value):
            name, kind, path = found.groups()
            it = saved[name]
            inner: Any = it.done if kind == "@" else it.value
            for part in (path or "").split("."):
                inner = inner[int(part) if part.isdecimal() else part] if part else inner
            return inner
        case list():
            return [filled(saved, item) for item in value]
        case dict():
            return {key: filled(saved, item) for key, item in value.items()}
    return value
