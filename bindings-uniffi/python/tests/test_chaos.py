"""The judge of `chaos/` sees what it is to see; the payouts themselves are a program beside it."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "chaos"))

from chaos import ROUND, SEEDS, spread
from judge import Verdict, judge
from run import SKEWS_MS, Run
from style import at_once
from weather import Weather
from write import FLOWS, KINDS, Write, cancelled

PATH = "/api/invoices/i/refunds"
LISTS = {"CoinWithdrawal": "withdrawals", "ExchangeTransfer": "transfers", "InvoiceRefund": "refunds"}


def moved(times: int, reason: str = "CoinWithdrawal", custom_id: str = "p", **more: Any) -> dict[str, Any]:
    to = "world" if reason == "CoinWithdrawal" else "merchant"
    entry = {"reference_type": reason, "to": to, "custom_id": custom_id}
    return {"balanced": True, "entries": [entry] * times} | more


def sent(number: int, status: int | None = None, operation: str = "coin_withdrawals.create") -> dict[str, Any]:
    path = f"/api/{operation.split('.')[0]}"
    return {"n": number, "operation": operation, "method": "POST", "path": path, "custom_id": "p", "status": status}


def looked(number: int, custom_id: str = "p") -> dict[str, Any]:
    path, name = f"/api/coin_withdrawals/custom_id/{custom_id}", "coin_withdrawals.retrieve_by_custom_id"
    return {"n": number, "operation": name, "method": "GET", "path": path, "custom_id": None, "status": 404}


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
    forever = told.get("resolved") == "unknown"
    assert (verdict.doubled, verdict.lost, len(verdict.offences)) == (doubled, lost, doubled + lost + forever)


def test_what_is_unknown_for_ever_is_an_offence_and_what_is_resolved_is_none() -> None:
    for resolved, unknown in (("unknown", 1), (None, 1), ("applied", 0)):
        write = Write("payout", "p", told="unknown", record={}, resolved=resolved)
        verdict = judge([write], moved(1), [])
        assert verdict.flows["create_force_commit", "unknown"] == len(verdict.offences) == unknown
        assert verdict.flows["create_force_commit", "resolved"] == 1 - unknown


@pytest.mark.parametrize(
    ("journal", "calls", "doubled"),
    [
        ([sent(1)], 1, 0),
        ([sent(1), looked(2), looked(3), sent(4, 201)], 1, 0),
        ([sent(1), looked(2), sent(3, 201)], 1, 1),
        ([looked(1), looked(2), sent(3), sent(4, 201)], 1, 1),
        ([sent(1), looked(2, "other"), looked(3, "other"), sent(4, 201)], 1, 1),
        # What was turned away was not carried out, and what was refused may have been before.
        ([sent(1, 429), sent(2, 401), sent(3, 201)], 1, 0),
        ([sent(1), sent(2, 422)], 1, 1),
        ([sent(1), looked(2), looked(3), sent(4), looked(5), looked(6), sent(7)], 1, 1),
        # The program asked for it again, which begins with a send, and takes one.
        ([sent(1), sent(2, 201)], 2, 0),
        ([sent(1), sent(2), sent(3, 201)], 2, 1),
        ([sent(1), looked(2), looked(3), sent(4), sent(5), looked(6), looked(7), sent(8)], 2, 0),
    ],
)
def test_a_payout_is_sent_again_only_after_two_looks_and_once_a_call(journal: Any, calls: int, doubled: int) -> None:
    for kind in ("payout", "payout in two"):
        assert judge([Write(kind, "p", told="at_once", calls=calls)], moved(1), journal).doubled == doubled


def test_a_look_is_known_by_the_encoded_id() -> None:
    write = Write("payout", "a/b", told="at_once", calls=1)
    journal = [sent(1), looked(2, "a%2Fb"), looked(3, "a%2Fb"), sent(4, 201)]
    journal = [entry | ({"custom_id": "a/b"} if entry["custom_id"] else {}) for entry in journal]
    assert judge([write], moved(1, custom_id="a/b"), journal).doubled == 0


@pytest.mark.parametrize(("first", "doubled"), [(None, 1), (500, 1), (422, 1), (401, 0), (429, 0)])
def test_a_forced_transfer_is_never_sent_again(first: int | None, doubled: int) -> None:
    journal = [sent(at, status, "exchange_transfers.create") for at, status in ((1, first), (2, 201))]
    for kind, expected in (("transfer", doubled), ("transfer in two", 0)):
        assert judge([Write(kind, "p", told="at_once", calls=1)], moved(1, "ExchangeTransfer"), journal).doubled == (
            expected
        )


@pytest.mark.parametrize(
    ("kind", "told", "done"),
    [
        ("payout", {"told": "at_once"}, 1),
        ("payout", {"told": None}, 0),
        ("payout in two", {"told": "refused", "only_quoted": True}, 0),
        ("payout in two", {"told": "unknown", "only_quoted": True}, 0),
        ("refund", {"told": "at_once", "path": PATH}, 1),
        ("refund", {"told": "refused"}, 0),
    ],
)
def test_only_what_was_attempted_and_ended_counts_as_done(kind: str, told: Any, done: int) -> None:
    verdict = judge([Write(kind, "p", **told)], moved(0), [])
    assert sum(count for (_, what), count in verdict.flows.items() if what == "done") == done
    counted = (verdict.at_once, verdict.refused, verdict.unknown, verdict.still_unknown)
    assert sum(counted) == done
    assert verdict.payouts + verdict.others == 1


def test_money_that_nobody_asked_for_is_doubled() -> None:
    writes = [Write("payout", "p", told="refused")]
    for reason in LISTS:
        verdict = judge(writes, moved(1, reason, "other"), [])
        assert (verdict.doubled, len(verdict.offences)) == (1, 1)
    # The way out of a refund has no id, and does not stay at home.
    assert judge(writes, moved(1, custom_id=""), []).doubled == 0
    # Of another kind under the same id is another one.
    assert judge(writes, moved(1, "ExchangeTransfer"), []).doubled == 1


@pytest.mark.parametrize(
    ("address", "withdrawals", "wrong"),
    [
        ("a", [{"id": "w", "refund_id": "r"}], 0),
        (None, [], 0),
        ("a", [], 1),
        ("a", [{"id": "w", "refund_id": "r"}] * 2, 1),
        (None, [{"id": "w", "refund_id": "r"}], 1),
        ("a", [{"id": "w", "refund_id": "r"}, {"id": "v", "refund_id": None}], 1),
        ("a", [{"id": "w", "refund_id": "r"}, {"id": "v", "refund_id": "s"}], 1),
        ("a", [{"id": "w", "refund_id": "r"}, {"id": "v", "refund_id": None, "custom_id": "p"}], 0),
    ],
)
def test_a_refund_to_an_address_is_paid_out_once_and_nobody_else_is(
    address: str | None, withdrawals: Any, wrong: int
) -> None:
    ledger = moved(0, refunds=[{"id": "r", "address": address}], withdrawals=withdrawals)
    assert len(judge([], ledger, []).offences) == judge([], ledger, []).lost == wrong


@pytest.mark.parametrize(
    ("kind", "reason"), [("payout", "CoinWithdrawal"), ("transfer", "ExchangeTransfer"), ("refund", "InvoiceRefund")]
)
def test_a_success_names_the_object_whose_money_moved(kind: str, reason: str) -> None:
    other = {"id": "other", "custom_id": "p", "committed": False, "address": None}
    mine = {"id": "mine", "custom_id": "p", "address": None}
    listed: dict[str, Any] = {LISTS[reason]: [mine] if kind == "refund" else [mine | {"committed": True}, other]}
    for ending in ({"told": "at_once"}, {"told": "unknown", "record": {}, "resolved": "applied"}):
        for object_id, lost in (("mine", 0), ("other", 1), (None, 0)):
            write = Write(kind, "p", path=PATH, object_id=object_id, **ending)
            assert judge([write], moved(1, reason, **listed), []).lost == lost


def test_a_journal_that_forgot_its_beginning_proves_nothing() -> None:
    assert judge([], moved(0), [sent(1)]).offences == []
    verdict = judge([], moved(0), [sent(2)])
    assert (verdict.offences, verdict.lost) == (["the journal is not whole"], 1)


def test_a_run_without_weather_recovery_or_a_flow_proves_nothing() -> None:
    done = {(flow, "done"): 1 for flow in dict.fromkeys(FLOWS.values())}

    def unproven(payouts: int = 3, **other: Any) -> list[str]:
        told: dict[str, Any] = {"payouts": 3, "struck": 1, "recovered": 1, "unknown": 1, "flows": Counter(done)} | other
        return Verdict(**told).unproven(payouts)

    assert unproven() == []
    assert unproven(4) == ["3 payouts were made, not 4"]
    assert unproven(struck=0) == ["no request was struck"]
    assert unproven(recovered=0) == ["nothing was recovered"]
    assert unproven(unknown=0) == ["nothing was unknown"]
    assert unproven(flows=Counter(done | {("refund", "done"): 0})) == ["no refund came to its end"]


def test_every_world_meets_every_style_skew_and_limit() -> None:
    weather = Weather.read()
    runs = spread(list(enumerate(weather.worlds)), weather.rules(), 10_003, range(1, SEEDS + 1))
    assert sum(run.payouts for run in runs) == 10_003
    assert min(run.payouts for run in runs) >= ROUND
    styles = {(blocking, fast) for blocking in (False, True) for fast in (False, True)}
    for world in weather.worlds:
        own = [run for run in runs if run.world is world]
        assert {(run.style.blocking, run.style.fast) for run in own} == styles
        assert sorted(run.skew_ms for run in own) == sorted(SKEWS_MS)
        assert {(run.limited, run.style.fast) for run in own} == styles
    assert len({(run.style.blocking, run.style.fast, run.skew_ms) for run in runs}) == 4 * len(set(SKEWS_MS))
    assert {(run.longest_ms, run.style.fast) for run in runs} == {(ms, it) for ms in (2_000, 120_000) for it in (0, 1)}
    # A few runs meet all of them as well, though not in each world.
    few = spread(list(enumerate(weather.worlds)), weather.rules(), 300, range(1, 3))
    assert {(run.style.blocking, run.style.fast) for run in few} == styles
    assert {run.skew_ms for run in few} == set(SKEWS_MS)
    kinds = {write.kind for write in Run({}, [], 1, ROUND).writes()}
    assert kinds == set(KINDS)


def test_what_cannot_be_set_up_to_be_refunded_ends_the_run() -> None:
    asked: list[str] = []

    async def call(write: Write, method: Any, **given: Any) -> tuple[str, Any]:
        asked.append(given["custom_id"])
        return "refused", "validation"

    client = SimpleNamespace(invoices=SimpleNamespace(create=None, create_refund=None))
    caller: Any = SimpleNamespace(call=call, client=client)
    with pytest.raises(RuntimeError, match="could not be set up"):
        at_once(Write("refund", "r").make(caller))
    assert asked == [f"r.{at}" for at in range(50)]


def test_an_error_that_is_not_the_clients_ends_the_run() -> None:
    async def late() -> None:
        raise TimeoutError("somebody else's")

    with pytest.raises(TimeoutError, match="somebody else's"):
        asyncio.run(cancelled(late(), 10))


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
