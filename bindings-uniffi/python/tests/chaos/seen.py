"""What the server saw of each write: how often it was sent, whether it was looked for in between, which object has its
id, and which money moved that nobody asked for."""

from collections import Counter
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from write import Write

#: In which kind of account the money of a movement arrives.
ARRIVES = {"CoinWithdrawal": "world", "InvoiceRefund": "merchant", "ExchangeTransfer": "merchant"}
REASONS = {
    "payout": "CoinWithdrawal", "payout in two": "CoinWithdrawal", "transfer": "ExchangeTransfer",
    "transfer in two": "ExchangeTransfer", "refund": "InvoiceRefund",
}  # fmt: skip
#: Under which name the ledger lists the objects of each reason.
LISTED = {"CoinWithdrawal": "withdrawals", "ExchangeTransfer": "transfers", "InvoiceRefund": "refunds"}
#: What is answered with these was certainly not carried out.
TURNED_AWAY = (401, 429)
#: How often a payout is looked for before it is sent again (W5).
LOOKS = 2


def key(write: Write) -> tuple[str, str]:
    """Under which the ledger has its money."""
    return REASONS[write.kind], write.custom_id


class Seen:
    """The ledger and the journal of one run."""

    def __init__(self, ledger: dict[str, Any], journal: list[Any]) -> None:
        self.ledger, self.journal = ledger, journal
        #: How often money arrived, by reason and id. A payout without an id is that of a refund.
        self.moved: Counter[tuple[str, str]] = Counter()
        for entry in ledger["entries"]:
            reason, custom_id = entry.get("reference_type"), entry.get("custom_id") or ""
            if entry.get("to") == ARRIVES.get(reason, "") and (custom_id or reason != "CoinWithdrawal"):
                self.moved[reason, custom_id] += 1

    def wrong(self) -> list[str]:
        """What is wrong whatever the client was told."""
        wrong = [] if self.ledger.get("balanced") is True else ["the ledger is not balanced"]
        if self.journal and self.journal[0].get("n") != 1:
            wrong.append("the journal is not whole")
        withdrawals = self.ledger.get("withdrawals", [])
        paid = Counter(one["refund_id"] for one in withdrawals if one.get("refund_id"))
        for refund in self.ledger.get("refunds", []):
            made, due = paid.pop(refund["id"], 0), int(bool(refund.get("address")))
            if made != due:
                wrong.append(f"refund {refund['id']} was paid out {made} times, not {due}")
        wrong += [f"a refund {refund} that there is not was paid out {made} times" for refund, made in paid.items()]
        nobodys = [one for one in withdrawals if not one.get("custom_id") and not one.get("refund_id")]
        return wrong + [f"withdrawal {one['id']} has neither a custom_id nor a refund" for one in nobodys]

    def strays(self, writes: list[Write]) -> list[str]:
        """Money that moved for none of the writes."""
        known = {key(write) for write in writes}
        return [
            f"DOUBLED: {reason} {custom_id}: moved {times} times, and nobody asked for it"
            for (reason, custom_id), times in self.moved.items()
            if (reason, custom_id) not in known
        ]

    def sent_blindly(self, write: Write) -> bool:
        """Whether it was sent again without need: a payout only after two looks, and once a call (W5); a forced
        transfer never; a refund, which nothing makes unique, not when it may have been applied."""
        match write.kind:
            case "payout" | "payout in two":
                sent = self._sent("coin_withdrawals.create", write)
                unlooked = sum(self._looks(write, *two) < LOOKS for two in pairwise(sent))
                # A call of the program's own begins with a send.
                return len(sent) > 2 * write.calls or unlooked >= max(write.calls, 1)
            case "transfer":
                return len(self._sent("exchange_transfers.create", write)) > write.calls
            case "refund" if write.path is not None:
                posts = [it for it in self.journal if it.get("path") == write.path and it.get("method") == "POST"]
                doubtful = [at for at, entry in enumerate(posts) if in_doubt(entry.get("status"))]
                return bool(doubtful) and doubtful[0] < len(posts) - 1
        return False

    def _sent(self, operation: str, write: Write) -> list[int]:
        """Where in the journal it was sent, and may have been carried out."""
        return [
            at
            for at, entry in enumerate(self.journal)
            if entry.get("operation") == operation
            and entry.get("custom_id") == write.custom_id
            and entry.get("status") not in TURNED_AWAY
        ]

    def _looks(self, write: Write, since: int, until: int) -> int:
        name = f"/{quote(write.custom_id, safe='')}"
        return sum(
            entry.get("operation") == "coin_withdrawals.retrieve_by_custom_id" and entry["path"].endswith(name)
            for entry in self.journal[since:until]
        )

    def is_another(self, write: Write) -> bool:
        """Whether the client named an object that is not the one whose money moved."""
        reason, custom_id = key(write)
        ids = {
            one["id"]
            for one in self.ledger.get(LISTED[reason], [])
            if one.get("custom_id") == custom_id and one.get("committed", True)
        }
        return write.object_id is not None and write.object_id not in ids

    def story(self, write: Write) -> list[str]:
        """What the client did for this write, and what the server saw of it."""
        told = [(tick, f"client {line}") for tick, line in write.log]
        ids = [it for it in (write.custom_id, *write.objects) if it]
        for entry in self.journal:
            path = entry.get("path") or ""
            if entry.get("custom_id") == write.custom_id or set(path.split("/")) & set(ids):
                shown = ", ".join(f"{name} {entry.get(name)}" for name in ("n", "status", "fault", "applied"))
                told.append((entry.get("at_ms") or 0, f"server   {entry.get('method')} {path}: {shown}"))
        return [f"{tick:>9} ms {line}" for tick, line in sorted(told, key=lambda it: it[0])]


def in_doubt(status: int | None) -> bool:
    return status is None or 200 <= status <= 399 or status in (408, 425) or status >= 500
