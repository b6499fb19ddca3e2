"""The contract's comparison and files, as every runner has them, and the ledger of the files that were run whole."""

import json
from collections import Counter
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


class Ledger:
    """Writes a line for each file whose every case passed, and how many cases it has. A case says with the property
    `contract` to which file it belongs; a story that is played in two styles is one case."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._passed: Counter[str] = Counter()
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        for name, file in report.user_properties:
            if name == "contract" and report.when == "call" and report.passed:
                self._passed[file] += 1
            elif name == "contract" and not report.passed:
                self._failed.add(file)

    def pytest_sessionfinish(self) -> None:
        if not self._passed:
            return
        whole = [(f"{folder}/{name}.json", it) for folder in ("vectors", "transcripts", "scenarios")
                 for name, it in read_all(folder)]  # fmt: skip
        lines = []
        for file, it in whole:
            cases = len(it["cases"]) if "cases" in it else 1
            asked = 2 if file.startswith("scenarios/") else cases
            if self._passed[file] == asked and file not in self._failed:
                lines.append(f"{file}\t{cases}\n")
        self._file.write_text("".join(lines))
