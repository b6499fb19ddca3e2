#!/usr/bin/env python3
"""Checks the contract files, and fills in the values that can be computed.

    python3 tests/golden/golden.py check    every file: schema, layout, computed values, promises
    python3 tests/golden/golden.py fill     computes `out` where a case has neither `out` nor `error`
    python3 tests/golden/golden.py format   rewrites the files in the common layout

The rules that it computes with are in `reference.py`. Standard library only, Python 3.11 or later.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import reference
from layout import pretty
from schema import violations

TESTS = pathlib.Path(__file__).resolve().parent.parent
MONEY_SAFE = {"outcome_unknown", "parameter_mismatch", "duplicate_custom_id", "conflict"}


def sign(given):
    content_type = given.get("content_type", reference.CONTENT_TYPE)
    text = reference.string_to_sign(given["method"], given["body"], content_type, given["date"], given["path"])
    return {"string_to_sign": text, "signature": reference.sign(given["api_secret"], text)}


def verify(given):
    """Whether any of the secrets signed the body; only for cases that must pass or must not match."""
    right = {reference.callback_signature(given["body"], secret) for secret in given["secrets"] if secret}
    return given["signature"] is not None and given["signature"].lower() in right


COMPUTED = {
    "sign": sign,
    "request": reference.request,
    "retry": reference.retry,
    "amount": reference.amount,
    "may_follow": reference.may_follow,
    "sign_callback": lambda given: {"signature": reference.callback_signature(given["body"], given["secret"])},
    "dedupe_key": lambda given: {"key": reference.dedupe_key(given["body"])},
}


def matches(expected, actual):
    """The contract's comparison: see tests/README.md."""
    if expected is None:
        return actual is None
    if expected == "*":
        return actual is not None
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(matches(v, actual.get(k)) for k, v in expected.items())
    if isinstance(expected, list):
        if isinstance(actual, (int, float)) and not isinstance(actual, bool):
            return len(expected) == 2 and expected[0] <= actual <= expected[1]
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(matches, expected, actual))
    return type(expected) is type(actual) and expected == actual


def check_vector(file):
    """Computed values are computed again; a published one must agree with the computation too."""
    found, names = [], set()
    for case in file["cases"]:
        name = case["name"]
        if name in names:
            found.append(f"{name}: a second case of this name")
        names.add(name)
        compute = COMPUTED.get(file["function"])
        if compute and "out" in case:
            actual = compute(case["in"])
            if not matches(case["out"], actual):
                found.append(f"{name}: expected {case['out']}, computed {actual}")
        if file["function"] == "verify_callback" and verify(case["in"]) and case.get("error") == "invalid_signature":
            found.append(f"{name}: expects a refusal of a right signature")
        if file["function"] == "verify_callback" and "out" in case and not verify(case["in"]):
            found.append(f"{name}: expects a wrong signature to pass")
        if file["function"] == "may_follow":
            given = case["in"]
            if (given["type"], given["from"], given["to"]) in reference.UNSAID:
                found.append(f"{name}: the documentation does not say")
    return found


def check_transcript(file):
    """Promises that every story must keep, whatever it tells."""
    found, fetched, ended, doubt = [], {}, set(), set()
    for line in file["play"]:
        call = line.get("call", "a")
        place = f"at {line['at']} ({call})"
        if call not in file["calls"]:
            found.append(f"{place}: no such call")
        if call in ended and "misuse" not in line and "step" in line:
            found.append(f"{place}: a step after the end")
        if "for" in line and not {"response", "failed", "cancelled"} & line.keys():
            found.append(f"{place}: only an answer can be `for` a request")
        if "for" in line:
            fetched[call] = line["for"]
        status = line.get("response", {}).get("status")
        method = fetched.get(call, {}).get("method")
        maybe = line.get("failed", {}).get("sent") == "maybe"
        if method == "POST" and (maybe or status in (408, 425) or status is not None and (status >= 500 or 300 <= status < 400)):
            doubt.add(call)
        step = line.get("step", {})
        if "fetch" in step:
            fetched[call] = step["fetch"]
        if "done" in step:
            ended.add(call)
            found += promise(file, call, step["done"], call in doubt, place)
    for call, done in file.get("ends", {}).items():
        if call not in file["calls"]:
            found.append(f"ends: no call {call}")
        found += promise(file, call, done, call in doubt, f"the end of {call}")
    starts = [line.get("call", "a") for line in file["play"] if "start" in line]
    if sorted(starts) != sorted(file["calls"]):
        found.append("every call starts exactly once")
    return found


QUOTES = {"exchange_transfers.create", "invoices.create_recalculation"}


def promise(file, call, done, doubt, place):
    """W2: after doubt no definite refusal but the two that an object proves."""
    spec = file["calls"].get(call, {})
    code = done.get("error", {}).get("code")
    quote = spec.get("operation") in QUOTES and not spec.get("params", {}).get("force_commit")
    if doubt and not quote and code is not None and code not in MONEY_SAFE:
        return [f"{place}: {code} after a request that may have been applied"]
    return []


CHECKS = {"vector": check_vector, "transcript": check_transcript, "scenario": lambda file: []}


def files():
    for kind in CHECKS:
        for path in sorted((TESTS / f"{kind}s").glob("*.json")):
            yield kind, path


def check():
    schemas = {kind: json.loads((TESTS / f"schemas/{kind}.schema.json").read_text()) for kind in CHECKS}
    wrong, counts = 0, {}
    for kind, path in files():
        text = path.read_text()
        file = json.loads(text)
        found = violations(file, schemas[kind], schemas[kind]) or CHECKS[kind](file)
        if text != pretty(file):
            found.append("is not in the common layout: run `golden.py format`")
        for line in found:
            print(f"{path.relative_to(TESTS)}: {line}", file=sys.stderr)
        wrong += len(found)
        cases, total = counts.get(kind, (0, 0))
        counts[kind] = (cases + 1, total + len(file.get("cases") or file.get("play") or file.get("do")))
    for kind, (number, total) in counts.items():
        print(f"{number} {kind} files, {total} {'cases' if kind == 'vector' else 'lines'}")
    return 1 if wrong else 0


def rewrite(fill):
    for kind, path in files():
        file = json.loads(path.read_text())
        compute = COMPUTED.get(file.get("function"))
        for case in file.get("cases", []) if fill and compute else []:
            if "out" not in case and "error" not in case:
                case["out"] = compute(case["in"])
        path.write_text(pretty(file))
    return 0


if __name__ == "__main__":
    tasks = {"check": check, "fill": lambda: rewrite(True), "format": lambda: rewrite(False)}
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        sys.exit(__doc__)
    sys.exit(tasks[sys.argv[1]]())
