"""Every story of the contract, played by both clients."""

from typing import Any

import pytest
from contract import read_all
from scenario import play

SCENARIOS = read_all("scenarios")


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 100


@pytest.mark.parametrize("style", ["sync", "async"])
@pytest.mark.parametrize(("file", "story"), [pytest.param(name, it, id=name) for name, it in SCENARIOS])
def test_scenario(file: str, story: dict[str, Any], style: str, record_property: Any) -> None:
    record_property("contract", f"scenarios/{file}.json")
    play(story, style)
