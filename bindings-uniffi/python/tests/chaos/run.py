"""One run: a sandbox with its faults, and a few programs at once that make their writes through one client, blocking or
asynchronous. Then time passes until nothing can come late any more, another process resolves everything unknown, and
the run is judged."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import Sandbox
from judge import Verdict, judge
from style import Style
from write import Caller, Write

#: How many programs share one client.
LANES = 8
#: After this nothing comes late any more, and `resolve` may say that a write never happened.
DRAINED_MS = 21 * 60_000
#: How long the other process waits between two records: the quota for looks (T6) is one of a client, and many records
#: that are asked for at once would use it up.
PAUSE_MS = 30_000
#: How wrong the server's clock is: too little to be minded, so that nothing corrects it.
SKEWS_MS = (0, 0, -30_000, 20_000)


@dataclass
class Run:
    world: dict[str, Any]
    rules: list[dict[str, Any]]
    seed: int
    payouts: int
    #: The world's number in the file.
    number: int = 0

    @property
    def style(self) -> Style:
        """Four seeds of a world are all four."""
        return Style.of(self.seed + self.number)

    @property
    def skew_ms(self) -> int:
        """Four seeds of a world are all four; four worlds in a row have each of them with every style."""
        return SKEWS_MS[(self.seed + 2 * self.number) % 4]

    @property
    def limited(self) -> bool:
        """Four seeds of a world have both with both transports."""
        return (self.seed // 2 + self.number) % 2 == 0

    @property
    def longest_ms(self) -> int:
        """How long a program waits between two writes at most: two worlds in a row have both with each transport."""
        return 120_000 if (self.seed + self.number // 2) % 2 == 0 else 2_000

    def writes(self) -> Iterator[Write]:
        """Payouts, half of them in two steps, and for ten payouts three of the others."""
        for n in range(self.payouts):
            yield Write("payout in two" if n % 2 else "payout", f"payout-{n}")
            other = {2: "transfer", 5: "transfer in two", 8: "refund"}.get(n % 10)
            if other is not None:
                yield Write(other, f"{other.split()[0]}-{n}")

    async def play(self) -> Verdict:
        sandbox = Sandbox(seed=self.seed, rate_limit=200 if self.limited else 0)
        style = self.style
        time = style.time(advancing(sandbox), Random(self.seed))
        began_ms = time.now()[1]
        try:
            sandbox.control("POST", "quirks", self.world["quirks"])
            sandbox.control("POST", "faults", self.rules)
            sandbox.control("POST", "clock", {"skew_ms": self.skew_ms})
            settings = sandbox.settings | {"rate_limit": 195 if self.limited else None}
            writes = await self.made(style, sandbox, settings, time)
            time.awake += 1
            await style.wait(time.sleep(DRAINED_MS))
            # What is unknown is resolved by another process, at first in the same weather.
            for clear in (False, True):
                if clear:
                    sandbox.control("DELETE", "faults")
                    await style.wait(time.sleep(DRAINED_MS))
                self.resolved(settings, time, [write for write in writes if write.record is not None])
            await style.wait(time.sleep(DRAINED_MS))
            return judge(writes, sandbox.control("GET", "ledger"), self.journal(sandbox, began_ms))
        finally:
            sandbox.close()

    def journal(self, sandbox: Sandbox, began_ms: int) -> list[Any]:
        """The server's journal, by the client's clock."""
        journal = sandbox.control("GET", "journal")
        return [entry | {"at_ms": entry["at_ms"] + began_ms} for entry in journal]

    async def made(self, style: Style, sandbox: Sandbox, settings: Any, time: Any) -> list[Write]:
        """The writes, made by a few programs at once."""
        writes = list(self.writes())
        waiting = writes[::-1]
        client = style.client(settings, time)
        caller = Caller(style, client, time, sandbox.control)

        async def lane() -> None:
            # One that fails ends the run, and the others must not wait for it.
            try:
                while waiting:
                    await waiting.pop().make(caller)
                    await style.wait(time.sleep(time.random.randint(0, self.longest_ms)))
            finally:
                time.leave()

        time.awake += LANES
        await style.together(lane, LANES)
        await style.wait(client.close())
        return writes

    def resolved(self, settings: Any, time: Any, writes: list[Write]) -> None:
        """Has another process resolve them; it is told the records as a database would keep them."""
        told = {"settings": settings, "passed_ms": time.passed_ms, "seed": self.seed, "blocking": self.style.blocking}
        told["records"] = [[write.record, write.resolved, write.object_id] for write in writes]
        other = subprocess.run(
            [sys.executable, __file__], input=json.dumps(told), stdout=subprocess.PIPE, text=True, check=True
        )
        answer = json.loads(other.stdout)
        time.passed_ms = answer["passed_ms"]
        for write, (state, object_id, log) in zip(writes, answer["resolved"], strict=True):
            write.resolved, write.object_id = state, object_id
            write.log += [tuple(line) for line in log]


def judged(run: Run) -> Verdict:
    """Plays a run to its end, in a process of its own."""
    return asyncio.run(run.play())


def advancing(sandbox: Sandbox) -> Any:
    return lambda ms: sandbox.control("POST", "clock", {"advance_ms": ms})


async def elsewhere(told: Any) -> Any:
    """The other process."""
    control = Sandbox.at(told["settings"]["environment"])
    # Over httpx2: pyreqwest 0.15 can abort a process that ends soon after one of its exchanges was cancelled.
    style = Style(blocking=told["blocking"], fast=False)
    time = style.time(advancing(control), Random(told["seed"] + 1000), told["passed_ms"])
    time.awake = 1
    writes = [Write("payout", "", record=it, resolved=state, object_id=found) for it, state, found in told["records"]]
    client = style.client(told["settings"], time)
    for write in writes:
        await write.resolve(Caller(style, client, time, control.control))
        await style.wait(time.sleep(PAUSE_MS))
    await style.wait(client.close())
    return {"passed_ms": time.passed_ms, "resolved": [(it.resolved, it.object_id, it.log) for it in writes]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(elsewhere(json.load(sys.stdin)))))
