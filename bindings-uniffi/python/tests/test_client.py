"""The clients against the sandbox: types, lists, observers, secrets, threads."""

import asyncio
import copy
import gc
import json
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from conftest import Sandbox
from test_transports import OwnFetch

import cryptopay_client as c
from cryptopay_client import AsyncCryptopay, Cryptopay, models
from cryptopay_client._model import read
from cryptopay_client.fetch.httpx import HttpxFetch
from cryptopay_client.fetch.reqwest import AsyncReqwestFetch, ReqwestFetch

INVOICE: dict[str, Any] = {"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"}


def invoice_json(**changed: Any) -> bytes:
    known = {
        "id": "06a54ccb-889f-4c1f-8a59-086a84a1e2dd", "status": "new", "address": "a", "uri": "u",
        "price_amount": "100.0", "price_currency": "EUR", "fee": "1.0", "fee_currency": "EUR", "pay_amount": "0.003",
        "pay_currency": "BTC", "paid_amount": "0.0", "transactions": [], "hosted_page_url": "h",
        "created_at": "2026-01-01T00:00:00+00:00", "expires_at": "2026-01-01T00:10:00+00:00",
    }  # fmt: skip
    return json.dumps({key: value for key, value in (known | changed).items() if value is not ...}).encode()


def test_results_have_the_languages_own_types(client: Cryptopay) -> None:
    invoice = client.invoices.create(**INVOICE, custom_id="o-1", metadata={"a": "b"})
    assert isinstance(invoice.id, UUID)
    assert invoice.price_amount == Decimal("100")
    assert isinstance(invoice.created_at, datetime)
    assert invoice.created_at.tzinfo is not None
    assert invoice.status == "new" == models.InvoiceStatus.NEW
    outcome = c.outcome_of(invoice)
    assert (outcome.status, outcome.custom_id, outcome.attempts, outcome.recovered) == (201, "o-1", 1, False)
    assert json.loads(outcome.data)["id"] == str(invoice.id)
    assert client.invoices.retrieve(invoice.id) == invoice == client.invoices.retrieve(str(invoice.id))
    with pytest.raises(AttributeError):
        invoice.status = "completed"  # type: ignore[misc, assignment]
    with pytest.raises(LookupError):
        c.outcome_of(copy.replace(invoice) if hasattr(copy, "replace") else read(models.Invoice, outcome.data))


def test_an_unknown_enumeration_value_arrives_as_itself() -> None:
    invoice = read(models.Invoice, invoice_json(status="frozen", surprise=1))
    assert invoice.status == "frozen"
    assert isinstance(invoice.status, models.InvoiceStatus)
    assert not invoice.status.is_known
    assert pickle.loads(pickle.dumps(invoice)).status.value == "frozen"
    assert models.InvoiceStatus.NEW.is_known


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "-sNaN12", "N_a_N", "\u2003nan ", "Infinity", " +in_f_inity", "inf", "twelve", "1.5.2", "1_000.0", "_1",
        "1_", "1e5", "1E-5", "-1.5e+3", " 1 ", "1\n", "\t1", "+1", "1.", ".5", "-.5", "", "-", "--1", "١", "1١", "１",
        "\u20031", "1\u00a0", "0x1", "1,5",
    ],
)  # fmt: skip
@pytest.mark.parametrize("escaped", [True, False])
def test_an_amount_that_is_none_keeps_its_text(text: str, escaped: bool) -> None:
    raw = json.dumps({"pay_amount": text, "name": "infinite nan"}, ensure_ascii=escaped).encode()
    invoice = read(models.Invoice, invoice_json(pay_amount=..., name=...)[:-1] + b", " + raw[1:])
    assert type(invoice.pay_amount) is str
    assert (invoice.pay_amount, invoice.price_amount) == (text, Decimal("100.0"))
    rate = read(models.Rate, b'{"buy_rate": %s, "sell_rate": "1"}' % json.dumps(text, ensure_ascii=escaped).encode())
    assert (rate.buy_rate, rate.sell_rate) == (text, Decimal(1))


def test_an_amount_whose_plain_characters_are_escaped_is_judged_by_what_they_are() -> None:
    def amount(escaped: bytes) -> Any:
        return read(models.Invoice, invoice_json(pay_amount="@").replace(b"@", escaped)).pay_amount

    assert amount(rb"\u0031\u002e5") == Decimal("1.5")
    for escaped, text in [
        (rb"\u0031e5", "1e5"), (rb"1\u005f0", "1_0"), (rb"n\u0061n", "nan"), (rb"\u002b1", "+1"), (rb"1\u00455", "1E5"),
        (rb"inf\u0069nity", "infinity"),
    ]:  # fmt: skip
        assert amount(escaped) == text


@pytest.mark.parametrize("text", ["0", "-0", "007", "00.50", "-1", "100.00", "0.00000001", "1" * 28])
def test_a_plain_decimal_is_read_exactly(text: str) -> None:
    assert str(read(models.Invoice, invoice_json(pay_amount=text)).pay_amount) == str(Decimal(text))


def test_numbers_are_read_exactly_and_never_as_floats() -> None:
    raw = invoice_json(pay_amount="@").replace(b'"@"', b"0.10000000000000000000000000000000000001")
    assert read(models.Invoice, raw).pay_amount == Decimal("0.10000000000000000000000000000000000001")


def test_what_the_api_leaves_out_or_changes_does_not_hide_the_object() -> None:
    invoice = read(
        models.Invoice, invoice_json(uri=..., transactions=None, created_at="yesterday", address=None), strict=False
    )
    assert invoice.id == UUID("06a54ccb-889f-4c1f-8a59-086a84a1e2dd")
    assert (invoice.uri, invoice.transactions, invoice.created_at, invoice.address) == (None, None, "yesterday", None)


def test_lists_go_on_from_page_to_page(client: Cryptopay) -> None:
    made = [str(client.invoices.create(**INVOICE).id) for _ in range(60)]
    rows = client.invoices.list()
    assert sorted(str(row.id) for row in rows) == sorted(made)
    pages = list(rows.pages())
    assert len(pages) > 1
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    rest = client.invoices.list(starting_after=pages[0].last_id)
    assert sum(1 for _ in rest) == 60 - len(pages[0])


def test_updates_tell_null_from_unchanged(client: Cryptopay) -> None:
    channel = client.channels.create(pay_currency="BTC", receiver_currency="EUR", name="n", description="d")
    changed = client.channels.update(channel.id, description=None)
    assert (changed.name, changed.description) == ("n", None)


def test_arguments_are_refused_before_anything_is_sent(sandbox: Sandbox, client: Cryptopay) -> None:
    with pytest.raises(c.InvalidArgumentError, match="custom_id"):
        client.coin_withdrawals.create(
            address="a", charged_currency="EUR", received_currency="BTC", received_amount=1, force_commit=True
        )
    with pytest.raises(c.InvalidArgumentError):
        client.invoices.create(**INVOICE | {"custom_id": object()})
    assert sandbox.control("GET", "journal") in ([], {"journal": []}, {"entries": []})


def test_what_a_newcomer_does_wrong_is_told_by_its_name(sandbox: Sandbox, client: Cryptopay) -> None:
    for wrong in ("5", None, float("nan"), float("inf"), 0, -1):
        with pytest.raises(c.ConfigurationError, match="timeout: must be a number of seconds"):
            Cryptopay(**sandbox.settings, timeout=wrong)  # type: ignore[arg-type]
    with pytest.raises(c.InvalidArgumentError, match="attempt_timeout: must be a number of seconds"):
        client.coins.list(attempt_timeout="5")  # type: ignore[arg-type]
    for record in (None, "{}"):
        with pytest.raises(c.InvalidArgumentError, match="give the dict"):
            client.resolve(record)  # type: ignore[arg-type]
    for wrong in (object(), HttpxFetch, AsyncReqwestFetch()):
        with pytest.raises(c.ConfigurationError, match="an instance of the kind Fetch"):
            Cryptopay(**sandbox.settings, fetch=wrong)  # type: ignore[arg-type]
    with pytest.raises(c.ConfigurationError, match="an instance of the kind AsyncFetch"):
        AsyncCryptopay(**sandbox.settings, fetch=HttpxFetch())  # type: ignore[arg-type]
    with Cryptopay(**sandbox.settings | {"callback_secrets": []}) as deaf:
        with pytest.raises(c.ConfigurationError, match="CRYPTOPAY_CALLBACK_SECRET"):
            _ = deaf.callbacks
    with pytest.raises(c.MisuseError, match="make a new one"):
        deaf.coins.list()


def test_a_failed_connection_says_why_in_the_systems_words() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with Cryptopay(environment=url, api_key="k", api_secret="s", max_retries=0) as client:
            with pytest.raises(c.ConnectionFailedError, match="Connection refused"):
                client.coins.list()


def test_observers_see_every_step_and_cannot_stop_a_call(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[c.Seen] = []

    def broken(_: c.Seen) -> None:
        raise RuntimeError("oops")

    with Cryptopay(**sandbox.settings, observers=[seen.append, broken]) as client, caplog.at_level(logging.CRITICAL):
        invoice = client.invoices.create(**INVOICE)
    assert [it.step for it in seen] == ["fetch", "done"]
    assert seen[0].custom_id == invoice.custom_id
    assert len(invoice.custom_id or "") == 32
    assert seen[1].read is not None
    assert seen[1].read.status == 201


def test_a_lost_answer_is_recovered_and_a_hopeless_one_resolved(sandbox: Sandbox, client: Cryptopay) -> None:
    payout = {
        "address": "2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA", "charged_currency": "EUR", "received_currency": "BTC",
        "received_amount": "0.001", "force_commit": True,
    }  # fmt: skip
    lost = {"operation": "coin_withdrawals.create", "kind": "apply_then_drop", "times": 1}
    sandbox.control("POST", "faults", [lost])
    made = client.coin_withdrawals.create(**payout, custom_id="p-1")
    assert c.outcome_of(made).recovered
    unreadable = {"operation": "coin_withdrawals.retrieve_by_custom_id", "kind": "status", "status": 500}
    sandbox.control("POST", "faults", [lost, unreadable])
    with pytest.raises(c.OutcomeUnknownError) as unknown:
        client.coin_withdrawals.create(**payout, custom_id="p-2", timeout=3)
    restored = pickle.loads(pickle.dumps(unknown.value))
    assert (str(restored), restored.record) == (str(unknown.value), unknown.value.record)
    sandbox.control("DELETE", "faults")
    found = client.resolve(json.loads(json.dumps(restored.record)))
    assert found.state == "applied"
    assert isinstance(found.value, models.CoinWithdrawal)
    assert found.value.custom_id == "p-2"


def test_a_closed_client_says_so(sandbox: Sandbox) -> None:
    client = Cryptopay(**sandbox.settings)
    client.close()
    client.close()
    with pytest.raises(c.MisuseError, match="closed"):
        client.coins.list()


def test_a_client_that_is_dropped_leaves_no_socket_and_no_garbage(sandbox: Sandbox) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        Cryptopay(**sandbox.settings).coins.list()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_settings_come_from_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRYPTOPAY_ENVIRONMENT", raising=False)
    with pytest.raises(c.ConfigurationError, match="CRYPTOPAY_ENVIRONMENT"):
        Cryptopay.from_env()
    monkeypatch.setenv("CRYPTOPAY_ENVIRONMENT", sandbox.url)
    monkeypatch.setenv("CRYPTOPAY_API_KEY", sandbox.settings["api_key"])
    monkeypatch.setenv("CRYPTOPAY_API_SECRET", sandbox.settings["api_secret"])
    monkeypatch.setenv("CRYPTOPAY_CALLBACK_SECRET", "new,old")
    with Cryptopay.from_env() as client:
        assert len(client.coins.list()) > 3
        assert repr(client.callbacks) == "Callbacks(2 secrets)"


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ({"CRYPTOPAY_API_KEY": "another"}, "check the API key and secret, that they belong to this environment"),
        ({"CRYPTOPAY_API_SECRET": "another"}, "check the API key and secret, that they belong to this environment"),
        ({"CRYPTOPAY_API_SECRET": ""}, "the API secret is missing, set the environment variable CRYPTOPAY_API_SECRET"),
        ({"CRYPTOPAY_ENVIRONMENT": "sandox"}, 'must be "sandbox", "production" or a URL'),
        ({"CRYPTOPAY_ENVIRONMENT": "http://example.com"}, "must be https"),
        ({"CRYPTOPAY_ENVIRONMENT": "http://127.0.0.1:1"}, "check the network, the environment's address"),
        ({"CRYPTOPAY_ENVIRONMENT": "https://nowhere.invalid"}, "check the network, the environment's address"),
    ],
)
def test_a_newcomers_mistakes_say_what_to_do(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, mistake: dict[str, str], says: str
) -> None:
    given = {"CRYPTOPAY_ENVIRONMENT": sandbox.url, "CRYPTOPAY_API_KEY": sandbox.settings["api_key"]}
    for name, value in (given | {"CRYPTOPAY_API_SECRET": sandbox.settings["api_secret"]} | mistake).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(c.CryptopayError) as told, Cryptopay.from_env(max_retries=0) as client:
        client.coins.list()
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_after_close_a_call_that_runs_opens_no_connection(sandbox: Sandbox) -> None:
    def closing(seen: c.Seen) -> None:
        if seen.step == "sleep":
            client.close()

    sandbox.control("POST", "faults", {"kind": "status", "status": 503, "operation": "coins.list", "times": 1})
    client = Cryptopay(**sandbox.settings, observers=[closing], max_retries=1)
    fetch = client._engine._transport.fetch()
    with pytest.raises(c.ConnectionFailedError) as failed:
        client.coins.list()
    assert "the transport is closed" in str(failed.value.__cause__)
    assert fetch._transports == {}
    with pytest.raises(c.MisuseError, match="closed"):
        client.coins.list()
    with pytest.raises(c.MisuseError, match="closed"):
        client._engine._transport.fetch()


@pytest.mark.parametrize("kind", [HttpxFetch, ReqwestFetch, OwnFetch])
def test_32_threads_share_a_client(sandbox: Sandbox, kind: Any) -> None:
    with Cryptopay(**sandbox.settings, fetch=kind()) as client, ThreadPoolExecutor(32) as threads:
        made = list(threads.map(lambda n: client.invoices.create(**INVOICE, custom_id=f"t-{n}"), range(96)))
    assert len({it.id for it in made}) == 96
    deadline = time.monotonic() + 10
    while [it for it in threading.enumerate() if it.name == "cryptopay-fetch"]:
        assert time.monotonic() < deadline, "idle threads end by themselves"
        time.sleep(0.1)


# Sockets of a loop that is over cannot be closed in it any more.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", [None, AsyncReqwestFetch])
def test_32_tasks_share_a_client_and_a_client_survives_its_loop(sandbox: Sandbox, kind: Any) -> None:
    client = AsyncCryptopay(**sandbox.settings, fetch=kind() if kind else None)

    async def main(at: int) -> int:
        made = await asyncio.gather(*(client.invoices.create(**INVOICE, custom_id=f"a-{at}-{n}") for n in range(32)))
        return len({it.id for it in made})

    async def last() -> int:
        got = await main(2)
        await client.close()
        return got

    assert (asyncio.run(main(1)), asyncio.run(last())) == (32, 32)
    gc.collect()


def test_importing_makes_nothing() -> None:
    program = (
        "import threading, sys, cryptopay_client; "
        "assert threading.active_count() == 1; assert 'httpx2' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
