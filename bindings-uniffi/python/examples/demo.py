"""The story of a payment client in a minute, and a first example: `cargo xtask demo python`.

It starts a local Cryptopay (the sandbox), so it needs no account and no internet. Every chapter checks what it tells:
the program ends with 0 only if all of it was so."""

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from cryptopay_client import (
    AsyncCryptopay,
    Cryptopay,
    Event,
    InvalidSignatureError,
    MemoryStore,
    OutcomeUnknownError,
    UnauthenticatedError,
    outcome_of,
)

PAYOUT: dict[str, Any] = {
    "address": "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ",
    "charged_currency": "EUR",
    "received_currency": "BTC",
    "received_amount": Decimal("0.01"),
    "force_commit": True,
}


def main() -> None:
    with sandbox() as (settings, control), Cryptopay(**settings) as client:
        accounts = {account.currency: account for account in client.accounts.list()}
        chapter("The credentials are checked")
        so(f"key and secret are right: {len(accounts)} accounts, {accounts['EUR'].balance} EUR on one of them")
        invoice(client, control)
        payout(client, control)
        wrong_secret(settings)
        wrong_clock(settings, control)
        asyncio.run(many_at_once(settings))


def invoice(client: Cryptopay, control: Any) -> None:
    chapter("An invoice is created and paid, and its callback is handled once")
    made = client.invoices.create(
        price_amount="25.00", price_currency="EUR", pay_currency="BTC", custom_id="order-1001"
    )
    so(f"invoice {made.id}: {made.pay_amount} BTC for {made.price_amount} EUR, to {made.address}")
    control("POST", "pay", {"invoice_id": str(made.id), "amount": "exact"})
    assert client.invoices.retrieve(made.id).status == "completed"
    so("the customer pays it: the invoice is completed")

    handled: list[Event] = []
    deliveries = control("GET", "callbacks")
    store = MemoryStore()
    for delivery in deliveries * 2:
        reply = client.callbacks.receive(delivery["body"].encode(), delivery["signature"], handled.append, store)
        assert reply.status == 200
    assert len(handled) == len(deliveries)
    assert (handled[-1].id, handled[-1].status) == (str(made.id), "completed")
    so(f"{len(deliveries) * 2} deliveries came in, {len(handled)} were handled, the last: {handled[-1].event}")
    try:
        client.callbacks.verify(deliveries[-1]["body"].replace("completed", "refunded").encode(), delivery["signature"])
        raise AssertionError("a forged callback was believed")
    except InvalidSignatureError as refused:
        so(f"one that was changed on the way is refused: {refused}")


def payout(client: Cryptopay, control: Any) -> None:
    chapter("A payout whose answer is lost is found again, not sent twice")
    lost = {"operation": "coin_withdrawals.create", "kind": "apply_then_drop", "times": 1}
    control("POST", "faults", [lost])
    found = client.coin_withdrawals.create(**PAYOUT, custom_id="payout-2001")
    outcome = outcome_of(found)
    assert (outcome.recovered, outcome.attempts) == (True, 1)
    so(f"the client read before it would repeat, and found it: payout {found.id} is {found.status}")

    control(
        "POST",
        "faults",
        [lost, {"operation": "coin_withdrawals.retrieve_by_custom_id", "kind": "status", "status": 500}],
    )
    try:
        client.coin_withdrawals.create(**PAYOUT, custom_id="payout-2002", timeout=3)
        raise AssertionError("nothing was in doubt")
    except OutcomeUnknownError as unknown:
        record = json.dumps(unknown.record)  # this is what a program stores
    control("DELETE", "faults")
    assert client.resolve(json.loads(record)).state == "applied"
    so("one that could not even be read again left a record; resolved later it says: applied")
    assert sorted(paid(control)) == ["payout-2001", "payout-2002"]
    so("the ledger shows each of them once, and every account balances")


def paid(control: Any) -> list[str]:
    ledger = control("GET", "ledger")
    assert ledger["balanced"]
    return [one["custom_id"] for one in ledger["withdrawals"] if one["committed"]]


def wrong_secret(settings: dict[str, Any]) -> None:
    chapter("A wrong secret: the 401 explains itself")
    with Cryptopay(**settings | {"api_secret": "not-the-secret-of-this-key"}) as stranger:
        try:
            stranger.coins.list()
            raise AssertionError("a wrong secret was believed")
        except UnauthenticatedError as error:
            assert error.signed is not None
            assert "secret" in error.signed.likely
            so(f"signed was {error.signed.string_to_sign!r}")
            so(f"likely: {error.signed.likely}")


def wrong_clock(settings: dict[str, Any], control: Any) -> None:
    chapter("A clock that is an hour off heals itself")
    control("POST", "clock", {"skew_ms": 3_600_000})
    with Cryptopay(**settings) as client:
        attempts = [outcome_of(client.rates.retrieve("BTC", "EUR")).attempts for _ in range(2)]
    assert attempts == [2, 1]
    so("the first request got a 401; the client took the server's time from it, and the second went through")
    control("POST", "clock", {"skew_ms": 0})


async def many_at_once(settings: dict[str, Any]) -> None:
    chapter("The same with asyncio, a hundred calls at once")
    began = time.monotonic()
    async with AsyncCryptopay(**settings, rate_limit=None) as client:
        invoices = await asyncio.gather(
            *(
                client.invoices.create(price_amount=n, price_currency="EUR", pay_currency="BTC", custom_id=f"order-{n}")
                for n in range(1, 101)
            )
        )
        ids = {invoice.id for invoice in invoices}
        assert ids <= {row.id async for row in client.invoices.list()}
    so(f"{len(ids)} invoices in {time.monotonic() - began:.1f} s, and the list has all of them")


@contextmanager
def sandbox() -> Iterator[tuple[dict[str, Any], Any]]:
    """A local Cryptopay: how a client reaches it, and what makes its customers pay and its connections break."""
    program = os.environ.get("CRYPTOPAY_SANDBOX_BINARY", "cryptopay-sandbox")
    command = [program, "--port", "0", "--rate-limit", "0", "--exit-on-stdin-close"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())

        def control(method: str, name: str, body: Any = None) -> Any:
            sent = None if body is None else json.dumps(body).encode()
            head = {"Content-Type": "application/json"}
            with urllib.request.urlopen(
                urllib.request.Request(f"{told['url']}/_sandbox/{name}", sent, head, method=method)
            ) as answer:
                text = answer.read()
            return json.loads(text) if text else None

        keys = {"environment": told["url"], "api_key": told["api_key"], "api_secret": told["api_secret"]}
        yield keys | {"callback_secrets": [told["callback_secret"]]}, control
        process.stdin.close()


chapters = iter(range(1, 100))


def chapter(title: str) -> None:
    print(f"\n{next(chapters)}. {title}")


def so(sentence: str) -> None:
    print(f"   ✓ {sentence}")


if __name__ == "__main__":
    main()
