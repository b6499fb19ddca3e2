"""What schemathesis is told beyond the document: how to sign, and values that lead deeper into the sandbox.

The document says that a currency is a text; random text is refused at the door, so that nothing would ever be created.
In most bodies the fields below therefore get a value that exists, chosen by the random body itself.
"""

import atexit
import json
import os
import urllib.request
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis

from signed import Signed

URL = os.environ["SANDBOX_URL"]
# How often each operation answered each status; written to the file in ANSWERED at the end.
ANSWERED: Counter[str] = Counter()
SIGNED = Signed(os.environ["SANDBOX_API_KEY"], os.environ["SANDBOX_API_SECRET"])
schemathesis.auth.set_from_requests(SIGNED)

ADDRESS = "2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ"
COINS = ["BTC", "LTC", "ETH"]
MONEY = ["EUR", "USD", *COINS]
AMOUNTS = ["25", "100.5", "0.5", "7.25", "1000"]
# What a field may hold; its kind depends on the name alone, as it does in the API.
VALUES: dict[str, list[Any]] = {
    "address": [ADDRESS],
    "amount": AMOUNTS,
    "amount_currency": ["EUR", "BTC"],
    "charged_amount": AMOUNTS,
    "charged_amount_to_send": AMOUNTS,
    "charged_currency": MONEY,
    "country": ["GB"],
    "currency": MONEY,
    "network_fee_level": ["fast", "average", "slow"],
    "pay_currency": COINS,
    "payer_email": ["payer@example.com"],
    "period": ["day", "week", "month", "year"],
    "period_quantity": [1, 3, 12],
    "price_amount": AMOUNTS,
    "price_currency": MONEY,
    "received_amount": ["0.5", "0.01", "12"],
    "received_currency": COINS,
    "receiver_currency": MONEY,
    "status": ["enabled", "disabled"],
    "success_redirect_url": ["https://example.com/thanks"],
    "type": ["natural_person", "legal_person"],
    "unsuccess_redirect_url": ["https://example.com/sorry"],
}
# Networks belong to one coin, and a customer or a tag has to exist: without them the default holds.
LEFT_OUT = ["network", "customer_id", "addresses", "beneficiary", "travel_rule_compliant"]
UNTOUCHED_OF_TEN = 3


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Puts existing values into most bodies."""
    if not isinstance(body, dict):
        return body
    dice = crc32(json.dumps(body, sort_keys=True, default=str).encode())
    if dice % 10 < UNTOUCHED_OF_TEN:
        return body
    steered: dict[str, Any] = {}
    for name, value in body.items():
        dice = crc32(name.encode(), dice)
        if name in LEFT_OUT:
            continue
        if name in VALUES and value is not None:
            steered[name] = VALUES[name][dice % len(VALUES[name])]
        elif name == "starts_at":
            steered[name] = (datetime.now(UTC) + timedelta(days=4 + dice % 30)).isoformat(timespec="seconds")
        elif name == "custom_id":
            # Some are taken already.
            steered[name] = f"order-{dice % 1000}" if dice % 4 == 0 else str(uuid.uuid5(uuid.NAMESPACE_OID, str(dice)))
        else:
            steered[name] = value
    if "price_currency" in steered and steered.get("price_currency") == steered.get("charged_currency"):
        steered["charged_currency"] = "EUR"
    return steered


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Asks for a pair of currencies that exists, every other time."""
    names = path_parameters or {}
    if {"base_currency", "quote_currency"} <= names.keys() and crc32(str(names).encode()) % 2:
        return {"base_currency": "BTC", "quote_currency": "EUR"}
    return path_parameters


#: Whether one invoice in eight gets what it asks for: only one that is paid wrongly can be recalculated and sent back.
PAYS = {"exactly": True}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Counts what was answered, and pays what can be paid: without that no invoice is recalculated or sent back."""
    operation = case.operation.definition.raw["operationId"]
    ANSWERED[f"{operation} {response.status_code}"] += 1
    created = {"invoices.create": "invoice_id", "channels.create": "channel_id"}
    if operation in created and response.status_code == 201:
        target = response.json()["data"]["id"]
        dice = crc32(target.encode())
        exact = operation == "invoices.create" and PAYS["exactly"] and dice % 8 == 0
        amount = "exact" if exact else f"0.0{1 + dice % 9}"
        control("pay", {created[operation]: target, "amount": amount, "confirmations": 1 + dice % 2})


@atexit.register
def _told() -> None:
    if told := os.environ.get("ANSWERED"):
        Path(told).write_text(json.dumps(ANSWERED))


def control(name: str, body: Any) -> None:
    """Tells the sandbox something."""
    request = urllib.request.Request(
        f"{URL}/_sandbox/{name}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
