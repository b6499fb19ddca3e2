"""Compares what the client said with what the server did, after every late request has been carried out: a success is
exactly one movement of money, a definite error none, and what was unknown is what `resolve` says."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from seen import Seen, key
from write import FLOWS, OTHERS, Write

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

    def add(self, write: Write, seen: Seen) -> None:
        """One write, compared with what the server saw."""
        group = "others" if write.kind in OTHERS else "payouts"
        setattr(self, group, getattr(self, group) + 1)
        flow, told = FLOWS[write.kind], write.told or "nothing"
        # A refund came to something only if it had an invoice to be asked for.
        attempted = told != "nothing" and not write.only_quoted and (write.kind != "refund" or write.path is not None)
        self.flows[flow, "done"] += attempted
        expected = EXPECTED.get(told)
        found = {"applied": "applied", "not_applied": "not_applied"}.get(write.resolved or "", "still_unknown")
        if told == "unknown":
            expected = EXPECTED.get(found)
        # A quote that was never committed moves nothing, however it was found.
        expected = 0 if write.only_quoted else expected
        if attempted:
            self.count(write, told, found)
        moved = seen.moved[key(write)]
        offence = self.offence(write, seen, expected, moved)
        if offence is None:
            self.flows[flow, "resolved"] += attempted and write.record is not None
            return
        if offence == "UNKNOWN FOR EVER":
            self.flows[flow, "unknown"] += 1
        else:
            self.flows[flow, offence.lower()] += 1
            setattr(self, offence.lower(), getattr(self, offence.lower()) + 1)
        head = f"{offence}: {write.kind} {write.custom_id}: the client said {told} {write.code}, resolved: "
        head += f"{write.resolved}, object: {write.object_id}; the money moved {moved} times"
        self.offences.append("\n  ".join([head, *seen.story(write)]))

    def count(self, write: Write, told: str, found: str) -> None:
        """How a write ended, in the columns of the table."""
        setattr(self, told, getattr(self, told) + 1)
        if told == "refused":
            self.codes[write.code] += 1
        if told == "unknown":
            self.causes[((write.record or {}).get("cause") or {}).get("code", "none")] += 1
            setattr(self, found, getattr(self, found) + 1)

    def offence(self, write: Write, seen: Seen, expected: int | None, moved: int) -> str | None:
        if moved > 1 or seen.sent_blindly(write):
            return "DOUBLED"
        # A quote needs no record: it is made again.
        without_record = write.told == "unknown" and write.record is None and not write.only_quoted
        if (expected is not None and expected != moved) or without_record or (moved and seen.is_another(write)):
            return "LOST"
        # None of these writes is of the class that nothing can be read of: in clear weather its end is known.
        if write.record is not None and write.resolved not in ("applied", "not_applied"):
            return "UNKNOWN FOR EVER"
        return None

    def unproven(self, payouts: int) -> list[str]:
        """What has to have happened for the rest to say anything, and has not."""
        unproven = [] if self.payouts == payouts else [f"{self.payouts} payouts were made, not {payouts}"]
        for count, what in (
            (self.struck, "no request was struck"),
            (self.recovered, "nothing was recovered"),
            (self.unknown, "nothing was unknown"),
        ):
            unproven += [] if count else [what]
        flows = dict.fromkeys(FLOWS.values())
        return unproven + [f"no {flow} came to its end" for flow in flows if not self.flows[flow, "done"]]


def judge(writes: list[Write], ledger: dict[str, Any], journal: list[Any]) -> Verdict:
    """Judges the writes of one run."""
    seen = Seen(ledger, journal)
    verdict = Verdict(requests=len(journal), struck=sum(entry.get("fault") is not None for entry in journal))
    wrong, strays = seen.wrong(), seen.strays(writes)
    verdict.lost, verdict.doubled, verdict.offences = len(wrong), len(strays), wrong + strays
    for write in writes:
        verdict.add(write, seen)
    return verdict
