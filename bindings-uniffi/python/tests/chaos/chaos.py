"""Payouts through bad weather: `chaos.py [--payouts N] [--seeds N] [--world NAME]`.

Makes N payouts (500), shared by all worlds of `tests/chaos.json`, each under several seeds (2), while 30 % of all
requests are struck by faults around the moment at which they are carried out; exchange transfers and refunds besides.
Four seeds in a row go over httpx2 and pyreqwest, asynchronously and blocking. Ends with 1 and a story if a single write
was doubled or lost. With a folder in CRYPTOPAY_LEDGER every run tells there, for each flow, how it ended."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from judge import Verdict
from run import Run, judged
from weather import Weather
from write import FLOWS

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


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--payouts", type=int, default=500)
    asked.add_argument("--seeds", type=int, default=2)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--world")
    given = asked.parse_args()
    weather = Weather.read()
    worlds = [world for world in weather.worlds if given.world in (None, world["name"])]
    if not worlds:
        sys.exit(f"there is no such world: there are {'; '.join(world['name'] for world in weather.worlds)}")
    seeds = range(given.seed, given.seed + given.seeds * len(worlds))
    each = -(-given.payouts // len(seeds))
    runs = [Run(worlds[at // given.seeds], weather.rules(), seed, each) for at, seed in enumerate(seeds)]
    print(f"{each} payouts in each of {len(runs)} runs, 30 % of all requests struck\n\n{HEAD}")
    began, total = time.monotonic(), Verdict()
    with ProcessPoolExecutor(max(2, os.cpu_count() or 2), mp_context=get_context("spawn")) as processes:
        for run, verdict in zip(runs, processes.map(judged, runs), strict=True):
            print(verdict.row(run.world["name"], str(run.seed)), flush=True)
            write_down(run, verdict)
            total.add_up(verdict)
    print(total.row("all", ""))
    print(f"\nrefused because of {dict(total.codes)}\nunknown because of {dict(total.causes)}")
    print(f"{total.requests} requests, {total.struck} of them struck; {time.monotonic() - began:.1f} s")
    for story in total.offences[:STORIES]:
        print(f"\n{story}")
    print(f"\n{total.doubled} doubled, {total.lost} lost")
    sys.exit(0 if total.doubled + total.lost == 0 else 1)


if __name__ == "__main__":
    main()
