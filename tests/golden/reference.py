"""A second implementation of the pure rules, in Python's standard library only.

It produces and re-checks the golden values of `tests/vectors`. It decides nothing for a call in
progress (waits, looks, the rate limit): those stories are written by hand in `tests/transcripts`.
It must never be changed to agree with the core without a rule that says so.
"""

import base64
import datetime
import decimal
import email.utils
import hashlib
import hmac
import json
import re
from urllib.parse import quote

# --- signing (S1) -------------------------------------------------------------------------------

CONTENT_TYPE = "application/json"


def string_to_sign(method, body, content_type, date, path):
    """The five lines that are signed; no body is an empty line, an empty object is a body."""
    md5 = "" if body is None else hashlib.md5(body.encode()).hexdigest()
    return "\n".join([method, md5, content_type, date, path])


def sign(api_secret, text):
    """HMAC-SHA1 in standard base64; the secret is used as its UTF-8 bytes."""
    mac = hmac.new(api_secret.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def http_date(unix_ms):
    """IMF-fixdate of a Unix time in milliseconds; a part of a second is dropped."""
    return email.utils.formatdate(unix_ms // 1000, usegmt=True)


def parse_http_date(text):
    """Unix milliseconds of an HTTP date, or None."""
    try:
        return int(email.utils.parsedate_to_datetime(text).timestamp() * 1000)
    except (TypeError, ValueError):
        return None


def rfc3339(unix_ms):
    """A timestamp as the API writes it: second precision, `+00:00`."""
    at = datetime.datetime.fromtimestamp(unix_ms // 1000, datetime.timezone.utc)
    return at.isoformat(timespec="seconds")


# --- requests (S2) ------------------------------------------------------------------------------

# operation: method, path, the query parameters in the order in which they are sent
OPERATIONS = {
    "accounts.list": ("GET", "/api/accounts", []),
    "accounts.list_transactions": ("GET", "/api/accounts/{account_id}/transactions", ["starting_after"]),
    "channels.create": ("POST", "/api/channels", []),
    "channels.list": ("GET", "/api/channels", ["customer_id", "starting_after"]),
    "channels.retrieve": ("GET", "/api/channels/{channel_id}", []),
    "channels.retrieve_by_custom_id": ("GET", "/api/channels/custom_id/{custom_id}", []),
    "channels.update": ("PATCH", "/api/channels/{channel_id}", []),
    "channels.list_payments": ("GET", "/api/channels/{channel_id}/payments", ["starting_after"]),
    "channels.retrieve_payment": ("GET", "/api/channels/{channel_id}/payments/{channel_payment_id}", []),
    "coin_withdrawals.create": ("POST", "/api/coin_withdrawals", []),
    "coin_withdrawals.commit": ("POST", "/api/coin_withdrawals/{coin_withdrawal_id}/commit", []),
    "coin_withdrawals.list": ("GET", "/api/coin_withdrawals", ["customer_id", "starting_after"]),
    "coin_withdrawals.retrieve": ("GET", "/api/coin_withdrawals/{coin_withdrawal_id}", []),
    "coin_withdrawals.retrieve_by_custom_id": ("GET", "/api/coin_withdrawals/custom_id/{custom_id}", []),
    "coin_withdrawals.list_network_fees": ("GET", "/api/coin_withdrawals/network_fees", ["all_networks"]),
    "coins.list": ("GET", "/api/coins", []),
    "customers.create": ("POST", "/api/customers", []),
    "customers.list": ("GET", "/api/customers", ["starting_after"]),
    "customers.retrieve": ("GET", "/api/customers/{customer_id}", []),
    "customers.update": ("PATCH", "/api/customers/{customer_id}", []),
    "exchange_transfers.create": ("POST", "/api/exchange_transfers", []),
    "exchange_transfers.commit": ("POST", "/api/exchange_transfers/{exchange_transfer_id}/commit", []),
    "exchange_transfers.retrieve": ("GET", "/api/exchange_transfers/{exchange_transfer_id}", []),
    "invoices.create": ("POST", "/api/invoices", []),
    "invoices.list": ("GET", "/api/invoices", ["customer_id", "starting_after", "subscription_id"]),
    "invoices.retrieve": ("GET", "/api/invoices/{invoice_id}", []),
    "invoices.retrieve_by_custom_id": ("GET", "/api/invoices/custom_id/{custom_id}", []),
    "invoices.create_recalculation": ("POST", "/api/invoices/{invoice_id}/recalculations", []),
    "invoices.commit_recalculation": (
        "POST", "/api/invoices/{invoice_id}/recalculations/{recalculation_id}/commit", []),
    "invoices.create_refund": ("POST", "/api/invoices/{invoice_id}/refunds", []),
    "invoices.list_refunds": ("GET", "/api/invoices/{invoice_id}/refunds", []),
    "rates.all": ("GET", "/api/rates", []),
    "rates.retrieve": ("GET", "/api/rates/{base_currency}/{quote_currency}", []),
    "subscriptions.create": ("POST", "/api/subscriptions", []),
    "subscriptions.list": ("GET", "/api/subscriptions", ["starting_after"]),
    "subscriptions.retrieve": ("GET", "/api/subscriptions/{subscription_id}", []),
    "subscriptions.retrieve_by_custom_id": ("GET", "/api/subscriptions/custom_id/{custom_id}", []),
    "subscriptions.cancel": ("POST", "/api/subscriptions/{subscription_id}/cancel", []),
    "transactions.list": ("GET", "/api/transactions", [
        "created_at_from", "created_at_to", "reference_type", "currency", "status", "risk_level",
        "starting_after"]),
}


def encode(text):
    """Percent-encodes everything but the unreserved characters of RFC 3986."""
    return quote(text, safe="-._~")


def query_text(value):
    """A query value as text; booleans are words."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def request(given):
    """The request of an operation: method, url, headers and, as JSON, its body."""
    method, template, query_names = OPERATIONS[given["operation"]]
    rest = dict(given["params"])
    path = re.sub(r"\{(\w+)\}", lambda m: encode(rest.pop(m.group(1))), template)
    pairs = [(name, rest.pop(name)) for name in query_names if rest.get(name) is not None]
    if pairs:
        path += "?" + "&".join(f"{encode(k)}={encode(query_text(v))}" for k, v in pairs)
    if method == "GET" and rest:
        raise ValueError(f"{given['operation']} takes no {', '.join(rest)}")
    body = rest or None
    date = http_date(given["unix_ms"])
    if body is None:
        text = string_to_sign(method, None, CONTENT_TYPE, date, path)
        authorization = f"HMAC {given['api_key']}:{sign(given['api_secret'], text)}"
    else:
        authorization = "*"  # depends on the bytes of the body, whose key order is free
    headers = {"authorization": authorization, "date": date, "content-type": CONTENT_TYPE}
    return {"method": method, "url": given["base_url"] + path, "headers": headers, "body": body}


# --- retry (T4, T5) -----------------------------------------------------------------------------

MASK = (1 << 64) - 1


def split_mix(entropy_hex):
    """SplitMix64 over 16 bytes of entropy: both big-endian halves, exclusive-or."""
    entropy = bytes.fromhex(entropy_hex)
    state = int.from_bytes(entropy[:8], "big") ^ int.from_bytes(entropy[8:], "big")
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def below(draws, limit):
    return ((next(draws) >> 32) * limit) >> 32


def ceiling(attempt):
    return min(500 * 2 ** min(attempt, 64), 8000)


def is_retried(given):
    """T4's list; a transport failure is always on it."""
    status = given.get("status")
    return status is None or status in (408, 425, 429) or 500 <= status <= 599


def retry(given):
    """The wait before the next request; `look` asks for the wait before a recovery read."""
    if not given.get("look") and not is_retried(given):
        return {"retry": False}
    asked = retry_after(given.get("headers", {}))
    if asked is not None:
        return {"retry": True, "delay_ms": asked}
    draws = split_mix(given["entropy"])
    top = ceiling(given["attempt"])
    if given.get("look"):
        return {"retry": True, "delay_ms": top // 2 + below(draws, top // 2 + 1)}
    return {"retry": True, "delay_ms": below(draws, top + 1)}


def retry_after(headers):
    """Milliseconds that `Retry-After` asks for, or None when it says nothing usable."""
    text = headers.get("retry-after")
    if text is None:
        return None
    if re.fullmatch(r"[0-9]+", text):
        return int(text) * 1000
    then, now = parse_http_date(text), parse_http_date(headers.get("date", ""))
    return None if then is None or now is None else max(0, then - now)


# --- amounts (P2) -------------------------------------------------------------------------------

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def is_amount(text):
    return PLAIN.fullmatch(text) is not None


def normalised(text):
    """Plain decimal text without leading zeros, trailing fraction zeros or a lone point."""
    with decimal.localcontext() as exact:
        exact.prec = 2000
        value = format(decimal.Decimal(text), "f")
    sign_text, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    plain = f"{whole}.{fraction}" if fraction else whole
    return plain if plain == "0" else sign_text + plain


def amount(given):
    if "a" in given:
        return {"equal": normalised(given["a"]) == normalised(given["b"])}
    if "json" in given:
        return {"valid": True, "normalised": normalised(given["json"])}
    if not is_amount(given["text"]):
        return {"valid": False}
    return {"valid": True, "normalised": normalised(given["text"])}


# --- callbacks (B1, B2, B4) ---------------------------------------------------------------------

EVENTS = {
    "Invoice": {"created", "refunded", "recalculated", "status_changed", "transaction_created",
                "transaction_confirmed"},
    "ChannelPayment": {"created", "on_hold", "completed", "refunded", "cancelled"},
    "CoinWithdrawal": {"created", "status_changed"},
    "Subscription": {"paid", "cancelled"},
}
AMOUNTS = ["price_amount", "pay_amount", "paid_amount", "charged_amount", "received_amount",
           "network_fee", "fee", "amount"]
PERIODS = ["current_period_starts_at", "current_period_ends_at", "cancelled_at"]


def body_bytes(body):
    """The bytes of a vector's body: a text, or `{"repeat": [text, times]}`."""
    if isinstance(body, dict):
        text, times = body["repeat"]
        body = text * times
    return body.encode()


def callback_signature(body, secret):
    return hmac.new(secret.encode(), body_bytes(body), hashlib.sha256).hexdigest()


class Number(str):
    """A JSON number as it was written."""


def dedupe_lines(body):
    """The lines that are hashed for a known event, or None for an unknown one."""
    try:
        event = json.loads(body, parse_int=Number, parse_float=Number)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("event") not in EVENTS.get(event.get("type"), ()):
        return None
    data = event.get("data")
    if not isinstance(data, dict) or type(data.get("id")) is not str:
        return None
    txids = {data.get("txid")} | {t.get("txid") for t in data.get("transactions") or []}
    lines = [event["type"], event["event"]]
    lines += [data.get(name) or "" for name in ("id", "status", "status_context")]
    lines.append(",".join(sorted(t for t in txids if t)))
    lines += [f"{name}={normalised(data[name])}" for name in AMOUNTS if data.get(name) is not None]
    lines += [f"{name}={data[name]}" for name in PERIODS if data.get(name) is not None]
    return lines


def dedupe_key(body):
    lines = dedupe_lines(body)
    text = body if lines is None else "\n".join(lines)
    return hashlib.sha256(text.encode()).hexdigest()


# Documented transitions. A delivery may be missed, so a status may follow over several of them.
# `on_hold` of a withdrawal goes on in ways that are not written down: as from `pending`.
TRANSITIONS = {
    "Invoice": {"new": ["completed", "unresolved", "cancelled"], "unresolved": ["completed", "refunded"],
                "completed": [], "refunded": [], "cancelled": []},
    "ChannelPayment": {"pending": ["completed", "on_hold", "cancelled"], "on_hold": ["completed", "refunded"],
                       "completed": [], "refunded": [], "cancelled": []},
    "CoinWithdrawal": {"new": ["pending"], "pending": ["processing", "on_hold"], "on_hold": ["processing"],
                       "processing": ["sent", "failed"], "sent": ["completed"],
                       "failed": ["completed", "cancelled"], "completed": [], "cancelled": []},
    "Subscription": {"active": ["cancelled"], "cancelled": []},
}
# Pairs about which the documentation is silent: no case may claim either answer.
UNSAID = {("CoinWithdrawal", *pair) for pair in [
    ("sent", "failed"), ("sent", "cancelled"), ("sent", "on_hold"), ("on_hold", "pending"),
    ("processing", "on_hold"), ("failed", "processing"), ("failed", "sent"), ("failed", "on_hold")]} | {
    # How an unresolved invoice or a held payment that nobody decides on ends is not described.
    ("Invoice", "unresolved", "cancelled"), ("ChannelPayment", "on_hold", "cancelled")}


def may_follow(given):
    """Whether a status may come after another one that is already known."""
    edges = TRANSITIONS.get(given["type"])
    start, goal = given["from"], given["to"]
    if edges is None or start not in edges or goal not in edges or start == goal:
        return {"may": True}
    seen, todo = set(), [start]
    while todo:
        for status in edges[todo.pop()]:
            if status not in seen:
                seen.add(status)
                todo.append(status)
    return {"may": goal in seen}
