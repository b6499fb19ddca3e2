"""Follows every link of the document once, from a create to the end: chance alone does not get through four steps.

    python tour.py DOCUMENT

Each chain of links begins with a new object, so that no step takes another's away. What a create leads to must succeed;
what the first row of a list leads to may be refused, in a documented way. Exit code 1 when a check failed.
"""

import json
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth

import hooks

# What the API is asked for; a `custom_id` and a date are put in when it is asked.
BODIES: dict[str, dict[str, Any]] = {
    "channels.create": {"name": "Tips", "pay_currency": "BTC", "receiver_currency": "EUR"},
    "channels.update": {"name": "Tips and thanks", "description": None},
    "coin_withdrawals.create": {
        "address": hooks.ADDRESS,
        "charged_currency": "EUR",
        "received_currency": "BTC",
        "received_amount": "0.01",
    },
    "customers.create": {"currency": "EUR"},
    "customers.update": {"currency": "USD"},
    "exchange_transfers.create": {"charged_currency": "EUR", "charged_amount": "10", "received_currency": "BTC"},
    "invoices.create": {"price_amount": "100", "price_currency": "EUR", "pay_currency": "BTC"},
    "subscriptions.create": {
        "name": "Tea",
        "amount": "9.5",
        "currency": "EUR",
        "period": "month",
        "period_quantity": 1,
        "payer_email": "payer@example.com",
    },
}
PATHS = {"rates.retrieve": {"base_currency": "BTC", "quote_currency": "EUR"}}

Chain = tuple[tuple[str, dict[str, str]], ...]


class Tour:
    """The operations of a document and the links between them."""

    def __init__(self, document: Path) -> None:
        config = SchemathesisConfig.from_path(document.parent.parent / "tests/openapi/schemathesis.toml")
        self.schema = schemathesis.openapi.from_path(document, config=config)
        self.schema.config.update(base_url=hooks.URL)
        self.operations: dict[str, tuple[str, str, dict[str, Any]]] = {
            operation["operationId"]: (path, method, operation)
            for path, item in json.loads(document.read_text())["paths"].items()
            for method, operation in item.items()
        }

    def chains(self) -> Iterator[Chain]:
        """Every way along the links, from an operation that needs no id."""
        for name, (path, _, _) in self.operations.items():
            if "{" not in path or name in PATHS:
                yield from self._from(((name, {}),))

    def _from(self, chain: Chain) -> Iterator[Chain]:
        yield chain
        for status, answer in self.operations[chain[-1][0]][2]["responses"].items():
            for link in answer.get("links", {}).values() if status.startswith("2") else ():
                yield from self._from((*chain, (link["operationId"], link["parameters"])))

    def walk(self, chain: Chain) -> str | None:
        """Goes one way; says what is wrong with it."""
        created = self.operations[chain[0][0]][1] == "post"
        data: Any = None
        ids: dict[str, Any] = {}
        for name, parameters in chain:
            path, method, _ = self.operations[name]
            ids = {of: found(where, data, ids) for of, where in parameters.items()} or PATHS.get(name, {})
            if None in ids.values():
                return "an id is missing" if created else None
            case = self.schema[path][method].Case(path_parameters=ids, **body(name))
            response = case.call(auth=hooks.SIGNED)
            # Whether a wrong signature is refused is asked elsewhere; this one looks wrong to schemathesis.
            case.validate_response(response, excluded_checks=[ignored_auth])
            if response.status_code >= 300:
                return f"{name} answered {response.status_code}: {response.text}" if created else None
            data = response.json()["data"]
        return None


def body(name: str) -> dict[str, Any]:
    """A body of an operation, if it takes one."""
    if name not in BODIES:
        return {}
    told = dict(BODIES[name])
    if name.endswith(".create"):
        told["id" if name == "customers.create" else "custom_id"] = str(uuid.uuid4())
    if name == "subscriptions.create":
        told["starts_at"] = (datetime.now(UTC) + timedelta(days=5)).isoformat(timespec="seconds")
    return {"body": told, "media_type": "application/json"}


def found(where: str, data: Any, ids: dict[str, Any]) -> Any:
    """What an expression of a link stands for: a place in the answer, or a parameter of the request before."""
    if where.startswith("$request.path."):
        return ids[where.removeprefix("$request.path.")]
    for step in where.removeprefix("$response.body#/data/").split("/"):
        rows = data if isinstance(data, list) else []
        data = next(iter(rows[int(step) :]), {}) if step.isdigit() else data.get(step)
    return data


def main() -> int:
    """All ways."""
    tour = Tour(Path(sys.argv[1]).absolute())
    # Every way has to lead to its end, those of an invoice that was paid wrongly too.
    hooks.PAYS["exactly"] = False
    wrong, ways = 0, 0
    for chain in tour.chains():
        ways += 1
        try:
            sentence = tour.walk(chain)
        except (Exception, ExceptionGroup) as failed:
            sentence = f"{type(failed).__name__}: {failed}"
        if sentence:
            wrong += 1
            print("✗", " → ".join(name for name, _ in chain), "\n ", sentence)
    print(f"{ways} ways along the links, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
