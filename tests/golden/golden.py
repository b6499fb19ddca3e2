#!/usr/bin/env python3
"""Checks the contract files, and fills in the values that can be computed.

    python3 tests/golden/golden.py check    every file: schema, layout, computed values, promises
    python3 tests/golden/golden.py fill     computes `out` where a case has neither `out` nor `error`
    python3 tests/golden/golden.py format   rewrites the files in the common layout
    python3 tests/golden/golden.py matrix   writes the stories of `matrix.py`: each safe write under each fault

The rules that it computes with are in `reference.py`. Standard library only, Python 3.11 or later.
"""

import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import matrix
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


# What is never sent twice once an attempt of it may have been applied (W2, the table of safe writes).
ONCE = {"subscriptions.create", "invoices.create_refund"}
ONCE_FORCED = {"exchange_transfers.create", "invoices.create_recalculation"}
MAY_HAVE_APPLIED = {408, 425}


def may_have_applied(line):
    """Whether the answer of a line leaves doubt, by its status or its failure alone (W1, W2)."""
    status = line.get("response", {}).get("status")
    if status is None:
        return line.get("failed", {}).get("sent") == "maybe"
    return status in MAY_HAVE_APPLIED or 300 <= status < 400 or 500 <= status < 600


def sent_once(spec):
    """Whether this call may not be sent again in doubt."""
    operation = spec.get("operation")
    return operation in ONCE or operation in ONCE_FORCED and spec["params"].get("force_commit") is True


class Told:
    """What a story has told of one call so far."""

    def __init__(self, spec):
        self.spec, self.doubt, self.ended, self.fetched, self.due = spec, False, False, {}, None


def check_transcript(file):
    """Promises that every story must keep, whatever it tells."""
    found = []
    calls = {name: Told(spec) for name, spec in file["calls"].items()}
    for line in file["play"]:
        name = line.get("call", "a")
        if name not in calls:
            found.append(f"at {line['at']}: no call {name}")
            continue
        found += [f"at {line['at']} ({name}): {wrong}" for wrong in check_line(line, calls[name])]
    for name, done in file.get("ends", {}).items():
        if name not in calls:
            found.append(f"ends: no call {name}")
        else:
            found += [f"the end of {name}: {wrong}" for wrong in promise(done, calls[name])]
    starts = sorted(line.get("call", "a") for line in file["play"] if "start" in line)
    return found + ([] if starts == sorted(calls) else ["every call starts exactly once"])


def check_line(line, told):
    """One event and what is expected of it, against what was told before."""
    found, step = [], line.get("step", {})
    if told.ended and step:
        found.append("a step after the end")
    if "for" in line:
        if not {"response", "failed", "cancelled"} & line.keys():
            found.append("only an answer can be for a request")
        found += sending(line["for"], told)
        told.fetched = line["for"]
    if "woken" in line and "fetch" in step and told.due is not None and line["at"] < told.due:
        found.append(f"may still sleep until {told.due}")
    if told.fetched.get("method") in ("POST", "PATCH") and may_have_applied(line):
        told.doubt = True
    if step or not {"woken"} & line.keys():
        told.due = None
    if "sleep" in step and isinstance(step["sleep"].get("ms"), list):
        told.due = line["at"] + step["sleep"]["ms"][1]
    if "fetch" in step:
        found += sending(step["fetch"], told)
        told.fetched = step["fetch"]
    if "done" in step:
        told.ended = True
        found += promise(step["done"], told)
    return found


def sending(fetch, told):
    """A request that a story expects: what may never be sent, and what never again."""
    if fetch.get("method") not in ("POST", "PATCH"):
        return []
    if "resolve" in told.spec:
        return ["a resolve never writes (W8)"]
    return ["is sent again in doubt"] if told.doubt and sent_once(told.spec) else []


QUOTES = {"exchange_transfers.create", "invoices.create_recalculation"}


def promise(done, told):
    """W2: after doubt no definite refusal but the two that an object proves."""
    spec, code = told.spec, done.get("error", {}).get("code")
    if "resolve" in spec:
        # A record of another account is refused before anything is read.
        refused = code == "invalid_argument" and "account" in spec["resolve"]
        return [] if "error" not in done or refused else ["a resolve answers, it does not fail"]
    quote = spec["operation"] in QUOTES and spec["params"].get("force_commit") is not True
    if told.doubt and not quote and code not in MONEY_SAFE | {None}:
        return [f"{code} after a request that may have been applied"]
    return []


CHECKS = {"vector": check_vector, "transcript": check_transcript, "scenario": lambda file: []}


RULES = TESTS.parent / "core/docs/rules.md"


def nameless(file, told):
    """The rules that a file names and the page of rules does not tell."""
    named = {rule for case in file.get("cases", [file]) for rule in case["rule"].split(", ")}
    return [f"{rule} is not in core/docs/rules.md" for rule in sorted(named - told)]


def files():
    for kind in CHECKS:
        for path in sorted((TESTS / f"{kind}s").glob("*.json")):
            yield kind, path


def check():
    schemas = {kind: json.loads((TESTS / f"schemas/{kind}.schema.json").read_text()) for kind in CHECKS}
    told = set(re.findall(r"^- \*\*([A-Z][1-9])\*\*", RULES.read_text(), re.MULTILINE))
    wrong, counts, names = 0, {}, {}
    for kind, path in files():
        text = path.read_text()
        file = json.loads(text)
        found = violations(file, schemas[kind], schemas[kind]) or CHECKS[kind](file) + nameless(file, told)
        name = file.get("name", path.stem)
        if names.setdefault(name, path) != path:
            found.append(f"has the name of {names[name].name}")
        if text != pretty(file):
            found.append("is not in the common layout: run `golden.py format`")
        for line in found:
            print(f"{path.relative_to(TESTS)}: {line}", file=sys.stderr)
        wrong += len(found)
        cases, total = counts.get(kind, (0, 0))
        counts[kind] = (cases + 1, total + len(file.get("cases") or file.get("play") or file.get("do")))
    for name, story in matrix.stories().items():
        path = TESTS / "scenarios" / name
        if not path.exists() or path.read_text() != pretty(story):
            print(f"scenarios/{name}: is not what matrix.py tells: run `golden.py matrix`", file=sys.stderr)
            wrong += 1
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


def write_matrix():
    for name, story in matrix.stories().items():
        (TESTS / "scenarios" / name).write_text(pretty(story))
    return 0


if __name__ == "__main__":
    tasks = {"check": check, "fill": lambda: rewrite(True), "format": lambda: rewrite(False), "matrix": write_matrix}
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        sys.exit(__doc__)
    sys.exit(tasks[sys.argv[1]]())
