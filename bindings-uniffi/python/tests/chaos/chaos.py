"""Payouts through bad weather: `chaos.py [--payouts N] [--seeds N] [--seed N] [--world NAME]`.

Makes N payouts (500), shared by all worlds of `tests/chaos.json`, each under the same seeds (up to 4, as many as leave
each run enough to do), while 30 % of all requests are struck by faults around the moment at which they are carried out;
exchange transfers and refunds besides. Four seeds of a world go over httpx2 and pyreqwest, asynchronously and blocking.
Ends with 1 and a story if a single write was doubled, lost or unknown for ever, and if nothing was proven. With a
folder in CRYPTOPAY_LEDGER every run tells there, for each flow, how it ended."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from judge import Verdict
from run import Run, judged
from weather import Weather
from write import FLOWS

#: The most seeds of a world, and how many payouts a run has at least, so that every flow is in it.
SEEDS, ROUND = 4, 10
#: How many stories of doubled or lost writes are told.
STORIES = 5
HEAD = (
    "world                       seed | payouts  others | at once  recovered  exists  refused  unknown |"
    " applied     not  still | doubled  lost"
)


def write_down(run: Run, verdict: Verdict) -> None:
    """A line for each flow of a run, in the ledger of all languages."""
    folder = os.environ.get("CRYPTOPAY_LEDGER")
    if not folder:
        return
    with (Path(folder) / "chaos-python.tsv").open("a") as ledger:
        for flow in dict.fromkeys(FLOWS.values()):
            counts = (str(verdict.flows[flow, what]) for what in ("done", "doubled", "lost", "resolved", "unknown"))
            ledger.write("\t".join([flow, run.world["name"], str(run.seed), *counts]) + "\n")


def spread(worlds: list[tuple[int, Any]], rules: list[Any], payouts: int, seeds: range) -> list[Run]:
    """The runs: every world under the same seeds; the first ones have a payout more, until the sum is right."""
    each, more = divmod(payouts, len(worlds) * len(seeds))
    pairs = [(number, world, seed) for number, world in worlds for seed in seeds]
    return [Run(world, rules, seed, each + (at < more), number) for at, (number, world, seed) in enumerate(pairs)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--payouts", type=int, default=500)
    asked.add_argument("--seeds", type=int)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--world")
    given = asked.parse_args()
    weather = Weather.read()
    worlds = [it for it in enumerate(weather.worlds) if given.world in (None, it[1]["name"])]
    if not worlds:
        sys.exit(f"there is no such world: there are {'; '.join(world['name'] for world in weather.worlds)}")
    seeds = given.seeds or max(1, min(SEEDS, given.payouts // (ROUND * len(worlds))))
    runs = spread(worlds, weather.rules(), given.payouts, range(given.seed, given.seed + seeds))
    print(f"{given.payouts} payouts in {len(runs)} runs, 30 % of all requests struck\n\n{HEAD}")
    began, total = time.monotonic(), Verdict()
    with ProcessPoolExecutor(max(2, os.cpu_count() or 2), mp_context=get_context("spawn")) as processes:
        for run, verdict in zip(runs, processes.map(judged, runs), strict=True):
            print(verdict.row(run.world["name"], str(run.seed)), flush=True)
            write_down(run, verdict)
            total.add_up(verdict)
    print(total.row("all", ""))
    print(f"\nrefused because of {dict(total.codes)}\nunknown because of {dict(total.causes)}")
    print(f"{total.requests} requests, {total.struck} of them struck; {time.monotonic() - began:.1f} s")
    for story in total.offences:
        print(story.partition("\n")[0])
    for story in total.offences[:STORIES]:
        print(f"\n{story}")
    # What proves nothing does not pass: without weather, recovery or a flow, this was another program.
    unproven = total.unproven(given.payouts)
    for what in unproven:
        print(f"\nnothing was proven: {what}")
    unknown = sum(count for (_, what), count in total.flows.items() if what == "unknown")
    print(f"\n{total.doubled} doubled, {total.lost} lost, {unknown} still unknown to another process")
    sys.exit(1 if total.offences or unproven else 0)


if __name__ == "__main__":
    main()
