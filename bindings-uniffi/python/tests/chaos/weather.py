"""What goes wrong, read from `tests/chaos.json`: the faults, and the worlds in which they strike."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[4] / "tests/chaos.json"


@dataclass
class Weather:
    struck: float
    faults: list[dict[str, Any]]
    worlds: list[dict[str, Any]]

    @classmethod
    def read(cls) -> "Weather":
        file = json.loads(FILE.read_text())
        return cls(file["struck"], file["faults"], file["worlds"])

    def rules(self) -> list[dict[str, Any]]:
        """The rules that strike as often as the weights say: a rule is asked only when those before did not strike."""
        rules, left = [], 1.0
        every = sum(fault["weight"] for fault in self.faults)
        for fault in self.faults:
            share = self.struck * fault["weight"] / every
            rules.append(fault["rule"] | {"probability": share / left})
            left -= share
        return rules
