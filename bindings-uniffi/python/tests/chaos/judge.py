"""Compares what the client said with what the server did, after every late request has been carried out: a success is
exactly one movement of money, a definite error none, and what was unknown is what `resolve` says."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from write import FLOWS, OTHERS, Write

#: In which kind of account the money of a movement arrives.
ARRIVES = {"CoinWithdrawal": "world", "InvoiceRefund": "merchant", "ExchangeTransfer": "merchant"}
REASONS = {
    "payout": "CoinWithdrawal", "payout in two": "CoinWithdrawal", "transfer": "ExchangeTransfer",
    "transfer in two": "ExchangeTransfer", "refund": "InvoiceRefund",
}  # fmt: skip
#: What is expected in the ledger, by how a write ended or was resolved.
EXPECTED = {"nothing": 0, "at_once": 1, "recovered": 1, "exists": 1, "refused": 0, "applied": 1, "not_applied": 0}


@dataclass
class Verdict:
    payouts: int = 0
    others: int = 0
    at_once: int = 0
    recovered: int = 0
    exists: int = 0
    refused: int = 0
    unknown: int = 0
    applied: int = 0
    not_applied: int = 0
    still_unknown: int = 0
    doubled: int = 0
    lost: int = 0
    requests: int = 0
    struck: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    #: Of each flow: `done`, `doubled`, `lost`, `resolved`, `unknown`.
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    offences: list[str] = field(default_factory=list)

    def add_up(self, other: "Verdict") -> None:
        for it in fields(self):
            setattr(self, it.name, getattr(self, it.name) + getattr(other, it.name))

    def row(self, world: str, seed: str) -> str:
        told = (self.at_once, self.recovered, self.exists, self.refused, self.unknown)
        found = (self.applied, self.not_applied, self.still_unknown)
        return (
            f"{world:<27} {seed:>4} | {self.payouts:>7} {self.others:>7} |"
            + " {:>7} {:>10} {:>7} {:>8} {:>8} |".format(*told)
            + " {:>7} {:>7} {:>6} |".format(*found)
            + f" {self.doubled:>7} {self.lost:>5}"
        )

    def add(self, write: Write, moved: int, journal: list[Any]) -> None:
        """One write, and how often its money moved."""
        group = "others" if write.kind in OTHERS else "payouts"
        setattr(self, group, getattr(self, group) + 1)
        flow, told = FLOWS[write.kind], write.told or "nothing"
        self.flows[flow, "done"] += told != "nothing"
        if told != "nothing":
            setattr(self, told, getattr(self, told) + 1)
        expected = EXPECTED.get(told)
        if told == "refused":
            self.codes[write.code] += 1
        if told == "unknown":
            self.causes[((write.record or {}).get("cause") or {}).get("code", "none")] += 1
            found = {"applied": "applied", "not_applied": "not_applied"}.get(write.resolved or "", "still_unknown")
            setattr(self, found, getattr(self, found) + 1)
            # What has no record is a quote, which moves nothing.
            if write.record is not None:
                self.flows[flow, "unknown" if found == "still_unknown" else "resolved"] += 1
            expected = EXPECTED.get(found)
        # A quote that was never committed moves nothing, however it was found.
        expected = 0 if write.only_quoted else expected
        # A quote needs no record: it is made again.
        without_record = told == "unknown" and write.record is None and not write.only_quoted
        if moved > 1 or sent_again(write, journal):
            self.doubled += 1
            self.flows[flow, "doubled"] += 1
            offence = "DOUBLED"
        elif (expected is not None and expected != moved) or without_record:
            self.lost += 1
            self.flows[flow, "lost"] += 1
            offence = "LOST"
        else:
            return
        head = f"{offence}: {write.kind} {write.custom_id}: the client said {told} {write.code}, resolved: "
        head += f"{write.resolved}; the money moved {moved} times"
        self.offences.append("\n  ".join([head, *story(write, journal)]))


def judge(writes: list[Write], ledger: dict[str, Any], journal: list[Any]) -> Verdict:
    """Judges the writes of one run."""
    moved: Counter[tuple[str, str]] = Counter()
    for entry in ledger["entries"]:
        if entry.get("to") == ARRIVES.get(entry.get("reference_type"), ""):
            moved[entry["reference_type"], entry.get("custom_id") or ""] += 1
    verdict = Verdict(requests=len(journal), struck=sum(entry.get("fault") is not None for entry in journal))
    if ledger.get("balanced") is not True:
        verdict.lost += 1
        verdict.offences.append("the ledger is not balanced")
    for write in writes:
        verdict.add(write, moved[REASONS[write.kind], write.custom_id], journal)
    return verdict


def sent_again(write: Write, journal: list[Any]) -> bool:
    """Whether a refund, which nothing makes unique, was sent again after it may have been applied."""
    if write.path is None:
        return False
    posts = [entry for entry in journal if entry.get("path") == write.path and entry.get("method") == "POST"]
    doubtful = [at for at, entry in enumerate(posts) if in_doubt(entry.get("status"))]
    return bool(doubtful) and doubtful[0] < len(posts) - 1


def in_doubt(status: int | None) -> bool:
    return status is None or 200 <= status <= 399 or status in (408, 425) or status >= 500


def story(write: Write, journal: list[Any]) -> list[str]:
    """What the client did for this write, and what the server saw of it."""
    told = [(tick, f"client {line}") for tick, line in write.log]
    for entry in journal:
        sent, at = f"{entry.get('method')} {entry.get('path')}", entry.get("at_ms") or 0
        if any(abs(tick - at) <= 60 and line.endswith(sent) for tick, line in write.log):
            shown = ", ".join(f"{name} {entry.get(name)}" for name in ("n", "status", "fault", "applied"))
            told.append((at, f"server   {sent}: {shown}"))
    return [f"{tick:>9} ms {line}" for tick, line in sorted(told)]
