"""The contract's comparison and files, as every runner has them."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3] / "tests"


def read_all(folder: str) -> list[tuple[str, Any]]:
    return [(path.stem, json.loads(path.read_text())) for path in sorted((ROOT / folder).glob("*.json"))]


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """What does not match: listed keys must, lists exactly; `null` is absent or null, `"*"` anything, `[lo, hi]` a
    range."""
    match expected, actual:
        case None, None:
            return []
        case "*", _ if actual is not None:
            return []
        case dict(), dict():
            found = [differences(value, actual.get(key), f"{path}.{key}") for key, value in expected.items()]
            return [text for texts in found for text in texts]
        case [int(lo), int(hi)], int() if not isinstance(actual, bool):
            return [] if lo <= actual <= hi else [f"{path}: {actual} is not in {expected}"]
        case list(), list() if len(expected) == len(actual):
            found = [differences(*pair, f"{path}[{at}]") for at, pair in enumerate(zip(expected, actual, strict=True))]
            return [text for texts in found for text in texts]
    if type(expected) is type(actual) and expected == actual:
        return []
    return [f"{path}: expected {json.dumps(expected)}, got {json.dumps(actual)}"]


def body_of(answer: dict[str, Any]) -> bytes:
    if "json" in answer:
        return json.dumps(answer["json"]).encode()
    if "text" in answer:
        text = answer["text"]
        return (text["repeat"][0] * text["repeat"][1] if isinstance(text, dict) else text).encode()
    return bytes.fromhex(answer.get("hex", ""))
