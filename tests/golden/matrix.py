"""The stories of doubt: each row of the safe-write table (W2) under each fault around the commit point.

A row says how an operation is called, how what it did is read back, and what its class may do in doubt; a fault says
what the sandbox does, and whether the request was carried out. What must come of the two is the table of safe writes in
`core/docs/rules.md`, written down in `ENDINGS`. `golden.py matrix` writes the stories to `scenarios/`, `golden.py check` compares them.
"""

from dataclasses import dataclass

MINUTE = 60_000
TO_ADDRESS = "2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ"
TIMEOUT_MS = 1000  # of an attempt whose answer stalls: real time, a socket cannot be hurried


def control(asked, body):
    return {"control": asked, "json": body}


def call(operation, params, **more):
    return {"call": operation, "params": params, **more}


def pass_time(ms):
    return control("POST clock", {"advance_ms": ms})


@dataclass(frozen=True)
class Fault:
    """What strikes the write: the rule of the sandbox, the words for it, and whether the request is carried out."""

    kind: str
    words: str
    applied: str  # at once, never, late (while it is looked for), very late (when nobody looks any more)
    more: tuple = ()


FAULTS = {
    "drop-before-apply": Fault("drop_before_apply", "lost on its way", "never"),
    "apply-then-drop": Fault("apply_then_drop", "applied, the answer lost", "at once"),
    "apply-late": Fault("apply_late", "applied a moment after the connection broke", "late"),
    "apply-very-late": Fault("apply_late", "applied long after the connection broke", "very late", (("ms", 40_000),)),
    "apply-then-500": Fault("apply_then_500", "applied, and answered with a 500", "at once"),
    "stall-headers": Fault("stall_headers", "applied, the answer never begins", "at once"),
    "stall-body": Fault("stall_body", "applied, the answer never ends", "at once"),
    "truncate": Fault("truncate", "applied, the answer cut off", "at once"),
    "html": Fault("html", "applied, and answered with a page of HTML", "at once", (("apply", True),)),
    "html-not-applied": Fault("html", "answered by a gateway alone", "never"),
    "status": Fault("status", "applied, and answered with a 408", "at once", (("status", 408), ("apply", True))),
    "status-not-applied": Fault("status", "answered with a 503 alone", "never", (("status", 503),)),
    "reset-reused": Fault("reset_reused", "on a connection that is reset when it is used again", "reset"),
    "rate-limited": Fault("rate_limited", "turned away with a 429", "refused", (("retry_after", "2"),)),
    "stale-reads": Fault("apply_then_drop", "applied, and looked for in the past", "stale"),
}


@dataclass(frozen=True)
class Row:
    """One operation that may be in doubt."""

    title: str
    safety: str  # a key of ENDINGS
    operation: str
    params: dict
    before: tuple = ()
    options: tuple = ()
    value: tuple = ()  # what a success answers
    there: tuple = ()  # the steps that read that it was done exactly once
    absent: tuple = ()  # the steps that read that it was not done
    look: str = ""  # the read that stale reads strike
    stale: tuple = (0, 0)  # how often, and how far in the past
    quirks: tuple = ()
    late_ms: int = 1500


def listed(operation, count, **params):
    step = {"list": operation, "params": params} if params else {"list": operation}
    return {**step, "take": 9, "expect": {"count": count}}


INVOICE = {"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"}
CHANNEL = {"name": "Shop", "pay_currency": "BTC", "receiver_currency": "EUR"}
PAYOUT = {"address": TO_ADDRESS, "charged_currency": "EUR", "received_currency": "BTC", "received_amount": "0.01"}
EXCHANGE = {"charged_currency": "EUR", "charged_amount": "100.0", "received_currency": "BTC"}
SUBSCRIPTION = {
    "name": "Plan", "amount": "30.0", "currency": "EUR", "period": "month", "period_quantity": 1,
    "starts_at": "2099-01-01T00:00:00+00:00", "payer_email": "payer@example.com", "custom_id": "s-1",
}  # fmt: skip
# An invoice that was paid too late, so that it can be recalculated; one that was paid too little, to be paid back.
PAID_LATE = (
    call("invoices.create", {**INVOICE, "custom_id": "o-1"}, save="i"),
    pass_time(11 * MINUTE),
    control("POST pay", {"invoice_id": "$i.id", "amount": "exact"}),
)
UNDERPAID = (
    call("invoices.create", {**INVOICE, "custom_id": "o-1"}, save="i"),
    control("POST pay", {"invoice_id": "$i.id", "amount": "1"}),
)
SETTLED = (call("invoices.retrieve", {"invoice_id": "$i.id"}, expect={"value": {"status": "completed"}}),)
UNSETTLED = (call("invoices.retrieve", {"invoice_id": "$i.id"}, expect={"value": {"status": "unresolved"}}),)
PAID_ONCE = (listed("coin_withdrawals.list", 1), listed("transactions.list", 1, reference_type="CoinWithdrawal"))
EXCHANGED_ONCE = (listed("transactions.list", 2, reference_type="ExchangeTransfer"),)
NOT_EXCHANGED = (listed("transactions.list", 0, reference_type="ExchangeTransfer"),)
WITHOUT_ID = (("custom_id", {"generated": False}),)

ROWS = {
    "channel": Row(
        "a channel", "find", "channels.create", {**CHANNEL, "custom_id": "c-1"},
        value=(("custom_id", "c-1"),), there=(listed("channels.list", 1),),
        look="channels.retrieve_by_custom_id", stale=(2, MINUTE),
    ),
    "invoice": Row(
        "an invoice", "find", "invoices.create", {**INVOICE, "custom_id": "o-1"},
        value=(("custom_id", "o-1"),), there=(listed("invoices.list", 1),),
        look="invoices.retrieve_by_custom_id", stale=(2, MINUTE),
    ),
    "payout": Row(
        "a payout", "find", "coin_withdrawals.create", {**PAYOUT, "force_commit": True, "custom_id": "p-1"},
        value=(("custom_id", "p-1"),), there=PAID_ONCE,
        look="coin_withdrawals.retrieve_by_custom_id", stale=(2, MINUTE),
    ),
    "customer": Row(
        "a customer", "find", "customers.create", {"id": "cus-1", "currency": "EUR"},
        value=(("id", "cus-1"),), there=(listed("customers.list", 1),),
        look="customers.retrieve", stale=(2, MINUTE),
    ),
    "subscription": Row(
        "a subscription", "once", "subscriptions.create", SUBSCRIPTION,
        value=(("custom_id", "s-1"),),
        there=(listed("subscriptions.list", 1),), absent=(listed("subscriptions.list", 0),),
        look="subscriptions.retrieve_by_custom_id", stale=(2, MINUTE),
    ),
    "commit": Row(
        "a payout's commit", "commit", "coin_withdrawals.commit", {"coin_withdrawal_id": "$w.id"},
        before=(call("coin_withdrawals.create", {**PAYOUT, "force_commit": False, "custom_id": "p-1"}, save="w"),),
        options=(("quote", "$w"),), value=(("id", "$w.id"),), there=PAID_ONCE,
        look="coin_withdrawals.retrieve", stale=(1, 5_000),
    ),
    "exchange-commit": Row(
        "an exchange's commit", "commit", "exchange_transfers.commit", {"exchange_transfer_id": "$x.id"},
        before=(call("exchange_transfers.create", {**EXCHANGE, "force_commit": False, "custom_id": "x-1"}, save="x"),),
        options=(("quote", "$x"),), value=(("id", "$x.id"),), there=EXCHANGED_ONCE,
        look="transactions.list", stale=(1, 5_000),
    ),
    "recalculation-commit": Row(
        "a recalculation's commit", "commit", "invoices.commit_recalculation",
        {"invoice_id": "$i.id", "recalculation_id": "$q.id"},
        before=(*PAID_LATE, call("invoices.create_recalculation", {"invoice_id": "$i.id"}, save="q")),
        options=(("quote", "$q"),), value=(("id", "$q.id"),), there=SETTLED,
        look="invoices.retrieve", stale=(1, 5_000),
    ),
    "exchange": Row(
        "a forced exchange", "scan", "exchange_transfers.create",
        {**EXCHANGE, "force_commit": True, "custom_id": "x-1"},
        value=(("custom_id", "x-1"),), there=EXCHANGED_ONCE, absent=NOT_EXCHANGED,
        look="transactions.list", stale=(2, MINUTE), quirks=(("ledger_custom_ids", False),),
    ),
    "refund": Row(
        "a refund", "scan", "invoices.create_refund", {"invoice_id": "$i.id", "address": TO_ADDRESS},
        before=UNDERPAID, value=(("address", TO_ADDRESS),),
        there=(call("invoices.list_refunds", {"invoice_id": "$i.id"}, expect={"count": 1}),),
        absent=(call("invoices.list_refunds", {"invoice_id": "$i.id"}, expect={"count": 0}),),
        look="invoices.list_refunds", stale=(2, MINUTE),
    ),
    "channel-update": Row(
        "a channel's update", "repeat", "channels.update", {"channel_id": "$c.id", "name": "New"},
        before=(call("channels.create", {**CHANNEL, "custom_id": "c-1"}, save="c"),), value=(("name", "New"),),
        there=(call("channels.retrieve", {"channel_id": "$c.id"}, expect={"value": {"name": "New"}}),),
    ),
    "customer-update": Row(
        "a customer's update", "repeat", "customers.update", {"customer_id": "cus-1", "currency": "USD"},
        before=(call("customers.create", {"id": "cus-1", "currency": "EUR"}),), value=(("currency", "USD"),),
        there=(call("customers.retrieve", {"customer_id": "cus-1"}, expect={"value": {"currency": "USD"}}),),
    ),
    "cancel": Row(
        "a subscription's cancel", "repeat", "subscriptions.cancel", {"subscription_id": "$s.id"},
        before=(call("subscriptions.create", SUBSCRIPTION, save="s"),), value=(("status", "cancelled"),),
        there=(
            call("subscriptions.retrieve", {"subscription_id": "$s.id"}, expect={"value": {"status": "cancelled"}}),
        ),
        quirks=(("second_cancel", 200),),
    ),
    "refused-cancel": Row(
        "a cancel that may not be repeated", "settle", "subscriptions.cancel", {"subscription_id": "$s.id"},
        before=(call("subscriptions.create", SUBSCRIPTION, save="s"),), value=(("status", "cancelled"),),
        there=(
            call("subscriptions.retrieve", {"subscription_id": "$s.id"}, expect={"value": {"status": "cancelled"}}),
        ),
        quirks=(("second_cancel", 409),),
    ),
    "exchange-quote": Row(
        "an exchange's quote", "repeat", "exchange_transfers.create",
        {**EXCHANGE, "force_commit": False, "custom_id": "x-1"},
        value=(("custom_id", "x-1"),), there=NOT_EXCHANGED,
    ),
    "recalculation-quote": Row(
        "a recalculation's quote", "repeat", "invoices.create_recalculation", {"invoice_id": "$i.id"},
        before=PAID_LATE, value=(("id", "*"),), there=UNSETTLED,
    ),
    "forced-recalculation": Row(
        "a forced recalculation", "never", "invoices.create_recalculation",
        {"invoice_id": "$i.id", "force_commit": True},
        before=PAID_LATE, value=(("id", "*"),), there=SETTLED, absent=UNSETTLED,
    ),
    "invoice-without-id": Row(
        "an invoice without an id", "never", "invoices.create", INVOICE, options=WITHOUT_ID,
        value=(("custom_id", None),), there=(listed("invoices.list", 1),), absent=(listed("invoices.list", 0),),
    ),
    "channel-without-id": Row(
        "a channel without an id", "never", "channels.create", CHANNEL, options=WITHOUT_ID,
        value=(("custom_id", None),), there=(listed("channels.list", 1),), absent=(listed("channels.list", 0),),
    ),
    "read": Row(
        "a read", "repeat", "rates.retrieve", {"base_currency": "BTC", "quote_currency": "EUR"},
        value=(("buy_rate", "*"),),
    ),
}  # fmt: skip

# How a call ends, by what its row may do in doubt and by whether the request was carried out. `found` is a success that
# was recovered; `again` a success of a second send; `either` one of the two, as the clocks have it; `unknown` leaves a
# record, and what `resolve` makes of it 21 minutes later.
ENDINGS = {
    # by_custom_id, by_own_id: found by its id; not found twice, 2 s apart (W5): sent again, once
    "find": {
        "at once": "found", "never": "again", "late": "found", "very late": "again", "stale": "found again",
        "reset": "either", "refused": "again",
    },
    # by_custom_id_once: the same look, but never sent again; whether a connection is reset depends on the pool
    "once": {
        "at once": "found", "never": "not_applied", "late": "found", "very late": "applied", "stale": "applied",
        "refused": "again",
    },
    # commits: read, and committed again while the quote holds; always on a connection of their own (W1)
    "commit": {
        "at once": "found", "never": "again", "late": "either", "very late": "again", "stale": "either again",
        "reset": "once", "refused": "again",
    },
    # by_ledger, by_listing: found among what is new, never sent again
    "scan": {
        "at once": "found", "never": "not_applied", "late": "found", "very late": "applied", "stale": "found",
        "reset": "once", "refused": "again",
    },
    # reads, idempotent writes and quotes: repeated
    "repeat": {
        "at once": "again", "never": "again", "late": "again", "very late": "again", "reset": "either",
        "refused": "again",
    },
    # a repeat that is refused is settled by reading
    "settle": {"at once": "found again", "never": "again", "reset": "either", "refused": "again"},
    # nothing can be looked for
    "never": {
        "at once": "unknown", "never": "unknown", "late": "unknown", "very late": "unknown", "reset": "once",
        "refused": "again",
    },
}  # fmt: skip

TOLD = {
    "found": ({"recovered": True, "trace": {"sends": 1}}, "is found"),
    "found again": ({"recovered": True, "trace": {"sends": 2}}, "is found when the repeat is refused"),
    "again": ({"recovered": False, "trace": {"sends": 2}}, "is sent again"),
    "once": ({"recovered": False, "trace": {"sends": 1}}, "goes out on a connection of its own"),
    "either": ({"trace": {"sends": [1, 2]}}, "is done once"),
    "either again": ({"trace": {"sends": 2}}, "is done once"),
    "unknown": ({"error": {"code": "outcome_unknown", "trace": {"sends": 1}}}, "is not sent again"),
    "applied": ({"error": {"code": "outcome_unknown", "trace": {"sends": 1}}}, "is not sent again, and found later"),
    "not_applied": (
        {"error": {"code": "outcome_unknown", "trace": {"sends": 1}}},
        "is not sent again, and known later not to have been",
    ),
}


def rules(row, fault, ending):
    found = {"never": "W2", "reset": "W1", "refused": "T5"}.get(fault.applied if ending != "unknown" else "", "W2")
    extra = ", W5" if row.safety == "find" and ending in ("again", "found again") and found == "W2" else ""
    return found + extra + (", W8" if ending in ("applied", "not_applied", "unknown") else "")


def strikes(row, fault):
    """The rules that are posted to the sandbox."""
    struck = {"operation": row.operation, "kind": fault.kind, "times": 1}
    if fault.kind == "apply_late":
        struck["ms"] = row.late_ms
    struck.update(fault.more)
    times, ms = row.stale
    past = {"operation": row.look, "kind": "stale_reads", "times": times, "ms": ms}
    return [struck, past] if fault.applied == "stale" else [struck]


def story(row, fault):
    """One story, or none where the table of endings has no word for the pair."""
    ending = ENDINGS[row.safety].get(fault.applied)
    if ending is None:
        return None
    expected, words = TOLD[ending]
    steps = list(row.before)
    if fault.applied == "stale":  # the past that is shown: after what the story needs, before what it does
        steps.append(pass_time(10_000 if row.safety == "commit" else 2 * MINUTE))
    if fault.applied == "reset":  # so that there is a connection to use again
        steps.append(call("coins.list", {}))
    steps.append(control("POST faults", strikes(row, fault)))
    options = dict(row.options)
    if fault.kind.startswith("stall"):
        options["attempt_timeout_ms"] = TIMEOUT_MS
    unknown = "error" in expected
    expect = dict(expected) if unknown or not row.value else {**expected, "value": dict(row.value)}
    asked = {"params": row.params} | ({"options": options} if options else {})
    steps.append({"call": row.operation, **asked, **({"save": "e"} if unknown else {}), "expect": expect})
    if "late" in fault.applied:
        steps.append(pass_time(MINUTE))
    if ending == "not_applied":
        steps += [{"resolve": "$e.record", "expect": {"resolved": "unknown"}}, pass_time(21 * MINUTE)]
    if ending in ("applied", "not_applied", "unknown"):
        found = {"value": dict(row.value)} if ending == "applied" else {}
        steps.append({"resolve": "$e.record", "expect": {"resolved": ending, **found}})
    done = ending not in ("not_applied", "unknown") or (ending == "unknown" and fault.applied != "never")
    steps += row.there if done else row.absent
    sandbox = {"sandbox": {"quirks": dict(row.quirks)}} if row.quirks else {}
    name = f"{row.title}, {fault.words}, {words}"
    return {"name": name, "rule": rules(row, fault, ending), **sandbox, "do": steps}


def stories():
    """Every story by the name of its file."""
    told = {f"w2-{of}-{by}.json": story(row, fault) for of, row in ROWS.items() for by, fault in FAULTS.items()}
    return {name: one for name, one in told.items() if one}
