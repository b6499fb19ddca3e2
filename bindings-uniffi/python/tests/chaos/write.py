"""The writes that move money, each as a program would make it with the public API: with an id of its own, stored before
the first call, and with everything that the client said kept for the judge."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from style import Style

from cryptopay_client import (
    CryptopayError,
    DuplicateCustomIdError,
    OutcomeUnknownError,
    ParameterMismatchError,
    outcome_of,
    pending,
)

ADDRESS = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ"
KINDS = ("payout", "payout in two", "transfer", "transfer in two", "refund")
OTHERS = KINDS[2:]
#: What each is called in the table over all languages.
FLOWS = dict(zip(KINDS, ("create_force_commit", "create_commit", "transfer", "transfer", "refund"), strict=True))
#: How often something to refund is set up in bad weather.
INVOICES = 50
#: One call in so many is cancelled, and how soon, in real ms at most. A thread cannot be.
CANCELLED_ONE_IN, CANCELLED_WITHIN_MS = 20, 12


@dataclass
class Caller:
    """A client with its time; the sandbox's control for what is not the client's."""

    style: Style
    client: Any
    time: Any
    control: Any

    async def call(self, write: "Write", method: Any, **given: Any) -> tuple[str, Any]:
        """One call, cancelled now and then: what the client said, and the object, the code or the record with it."""
        random, name = self.time.random, f"{method.__self__.__class__.__name__}.{method.__name__}"
        write.note(self.time, f"{name} {given}")
        try:
            if self.style.blocking or random.randint(1, CANCELLED_ONE_IN) > 1:
                told = succeeded(await self.style.wait(method(**given)))
            else:
                told = await cancelled(method(**given), random.randint(0, CANCELLED_WITHIN_MS) / 1000)
        except (OutcomeUnknownError, ParameterMismatchError) as error:
            told = ("unknown", error.record)
        except CryptopayError as error:
            told = ("refused", error.code)
        write.note(self.time, f"  {name} ends with {told[0]} {told[1] if told[0] in ('refused', 'unknown') else ''}")
        return told


def succeeded(answer: Any) -> tuple[str, Any]:
    return ("recovered" if outcome_of(answer).recovered else "at_once", answer)


async def cancelled(call: Any, seconds: float) -> tuple[str, Any]:
    """A call that its caller stops; a `TimeoutError` that is not this one's is no answer of the client."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return succeeded(await call)
    except TimeoutError as stopped:
        if not limit.expired():
            raise
        record = pending(stopped)
        return ("refused", "cancelled") if record is None else ("unknown", record)


@dataclass
class Write:
    """One write and its story."""

    kind: str
    custom_id: str
    #: The path of its POST, where its id stands in it.
    path: str | None = None
    #: `at_once`, `recovered`, `exists`, `refused`, `unknown`; nothing: it never came to it.
    told: str | None = None
    code: str = ""
    record: dict[str, Any] | None = None
    #: Whether what was told was about a quote, which moves nothing.
    only_quoted: bool = False
    #: `applied`, `not_applied`, `unknown`.
    resolved: str | None = None
    #: The object that a success or `applied` names.
    object_id: str | None = None
    #: How often a program asked for it under its id.
    calls: int = 0
    #: What else stands in the paths of its requests.
    objects: list[str] = field(default_factory=list)
    log: list[tuple[int, str]] = field(default_factory=list)

    def note(self, time: Any, line: str) -> None:
        self.log.append((time.now()[1], line))

    def keep(self, told: str, came: Any) -> None:
        self.told = told
        self.code = came if told == "refused" else ""
        self.record = came if told == "unknown" else None
        self.object_id = str(came.id) if told in ("at_once", "recovered") else None

    async def make(self, caller: Caller) -> None:
        """Makes the write, and half of the times asks at once how it ended when the client does not know."""
        create, commit = self.methods(caller.client)
        params = await self.params(caller)
        self.calls = 1
        told, came = await caller.call(self, create, **params)
        if commit is not None:
            self.only_quoted = True
            if told in ("at_once", "recovered"):
                self.only_quoted = False
                self.objects.append(str(came.id))
                told, came = await self.commit(caller, commit, came)
        if self.kind == "payout" and told == "unknown":
            told, came = await self.again(caller, create, params, (told, came))
        self.keep(told, came)
        if caller.time.random.randint(1, 2) == 1:
            await self.resolve(caller)

    def methods(self, client: Any) -> tuple[Any, Any]:
        if self.kind == "refund":
            return client.invoices.create_refund, None
        resource: Any = client.coin_withdrawals if self.kind.startswith("payout") else client.exchange_transfers
        return resource.create, resource.commit if self.kind.endswith("in two") else None

    async def again(self, caller: Caller, create: Any, params: Any, first: tuple[str, Any]) -> tuple[str, Any]:
        """Makes it again under the same id, as the hint of an unknown payout says, one time in three. Either it is made
        now, or it is there already; another error says nothing about the first."""
        random = caller.time.random
        if random.randint(1, 3) != 1:
            return first
        await caller.style.wait(caller.time.sleep(random.randint(0, 30_000)))
        self.calls += 1
        told, came = await caller.call(self, create, **params)
        if told == "refused":
            return ("exists", None) if came == DuplicateCustomIdError.code else first
        return told, came

    async def resolve(self, caller: Caller) -> None:
        """Asks how the write ended, if that is not known yet."""
        if self.record is None or self.resolved in ("applied", "not_applied"):
            return
        self.note(caller.time, f"resolve {self.record}")
        try:
            resolution = await caller.style.wait(caller.client.resolve(self.record))
            self.resolved = resolution.state
            if self.resolved == "applied" and resolution.value is not None:
                self.object_id = str(resolution.value.id)
        except CryptopayError as error:
            self.resolved = "unknown"
            self.note(caller.time, f"  {error}")
        self.note(caller.time, f"  resolved: {self.resolved}, object: {self.object_id}")

    async def params(self, caller: Caller) -> dict[str, Any]:
        if self.kind == "refund":
            return await self.overpaid(caller)
        form, small = caller.time.random.randint(0, 2), caller.time.random.randint(1_000, 9_999)
        payout = self.kind.startswith("payout")
        given: dict[str, Any] = {"address": ADDRESS} if payout else {}
        match payout, form:
            case _, 0:
                given["received_amount"] = f"0.0{small}"
            case True, 1:
                given["charged_amount_to_send"] = f"1{small % 100}.5"
            case _:
                given["charged_amount"] = f"{small}.5"
        forced = not self.kind.endswith("in two")
        coins = {"charged_currency": "EUR", "received_currency": "BTC"}
        return given | coins | {"force_commit": forced, "custom_id": self.custom_id}

    async def overpaid(self, caller: Caller) -> dict[str, Any]:
        """An invoice that was paid too much, which is what can be refunded. One that the weather kept from being made
        is made under another id: without something to refund, nothing would be proven of refunds."""
        wanted = self.custom_id
        for attempt in range(INVOICES):
            self.custom_id = f"{wanted}.{attempt}"
            invoice = {"price_amount": "25.00", "price_currency": "EUR", "pay_currency": "BTC"}
            told, came = await caller.call(self, caller.client.invoices.create, **invoice, custom_id=self.custom_id)
            if told not in ("at_once", "recovered"):
                continue
            paid = caller.control("POST", "pay", {"invoice_id": str(came.id), "amount": "0.5"})
            self.note(caller.time, f"overpaid: {paid}")
            if paid["invoice"]["status_context"] == "overpaid":
                self.path = f"/api/invoices/{came.id}/refunds"
                self.objects.append(str(came.id))
                return {"invoice_id": came.id, "address": ADDRESS}
        raise RuntimeError(f"{wanted}: {INVOICES} invoices could not be set up: {self.log}")

    async def commit(self, caller: Caller, method: Any, quote: Any) -> tuple[str, Any]:
        """Commits at once, soon, or too late, with the quote or with its id alone."""
        random = caller.time.random
        match random.randint(0, 9):
            case 0 | 1 | 2 | 3:
                wait_ms = 0
            case 4 | 5 | 6 | 7 | 8:
                wait_ms = random.randint(100, 24_000)
            case _:
                wait_ms = random.randint(24_000, 40_000)
        with_quote = random.randint(1, 2) == 1
        await caller.style.wait(caller.time.sleep(wait_ms))
        name = "coin_withdrawal_id" if self.kind.startswith("payout") else "exchange_transfer_id"
        return await caller.call(self, method, **{name: quote.id} | ({"quote": quote} if with_quote else {}))
