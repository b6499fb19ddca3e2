"""The judge of `chaos/` sees what it is to see; the payouts themselves are a program beside it."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "chaos"))

from judge import judge
from weather import Weather
from write import Write

PATH = "/api/invoices/i/refunds"


def moved(times: int, reason: str = "CoinWithdrawal") -> dict[str, Any]:
    to = "world" if reason == "CoinWithdrawal" else "merchant"
    entry = {"reference_type": reason, "to": to, "custom_id": "p"}
    return {"balanced": True, "entries": [entry] * times}


@pytest.mark.parametrize(
    ("told", "times", "doubled", "lost"),
    [
        ({"told": "at_once"}, 1, 0, 0),
        ({"told": "at_once"}, 0, 0, 1),
        ({"told": "recovered"}, 2, 1, 0),
        ({"told": "exists"}, 0, 0, 1),
        ({"told": "refused", "code": "validation"}, 0, 0, 0),
        ({"told": "refused", "code": "validation"}, 1, 0, 1),
        ({"told": "unknown", "record": None}, 0, 0, 1),
        ({"told": "unknown", "record": {}, "resolved": "applied"}, 1, 0, 0),
        ({"told": "unknown", "record": {}, "resolved": "applied"}, 0, 0, 1),
        ({"told": "unknown", "record": {}, "resolved": "not_applied"}, 1, 0, 1),
        ({"told": "unknown", "record": {}, "resolved": "unknown"}, 1, 0, 0),
        ({"told": "at_once", "only_quoted": True}, 1, 0, 1),
        ({"told": None}, 1, 0, 1),
    ],
)
def test_every_ending_is_compared_with_the_ledger(told: Any, times: int, doubled: int, lost: int) -> None:
    verdict = judge([Write("payout", "p", **told)], moved(times), [])
    assert (verdict.doubled, verdict.lost, len(verdict.offences)) == (doubled, lost, doubled + lost)


@pytest.mark.parametrize(("first", "doubled"), [(500, 1), (None, 1), (201, 1), (429, 0), (422, 0)])
def test_a_refund_that_is_sent_again_in_doubt_counts_as_doubled(first: int | None, doubled: int) -> None:
    write = Write("refund", "p", path=PATH, told="at_once")
    journal = [{"method": "POST", "path": PATH, "status": status} for status in (first, 201)]
    assert judge([write], moved(1, "InvoiceRefund"), journal).doubled == doubled


def test_a_ledger_that_is_not_balanced_is_a_loss() -> None:
    assert judge([], {"balanced": False, "entries": []}, []).lost == 1


def test_the_weather_strikes_as_often_as_it_says() -> None:
    weather, clear = Weather.read(), 1.0
    for rule in weather.rules():
        clear *= 1 - rule["probability"]
    assert abs(1 - clear - weather.struck) < 1e-9
