"""Whether a call costs the same in a crowd: with 1, 8, 32 and 256 of them at a time in asyncio, ours beside the bare
transport. Each side and width is a process of its own, because what a process holds at most cannot be told apart within
one.

    python widths.py URL SIDE CALLS
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

WIDTHS = (1, 8, 32, 256)
MANY, ROUNDS = 2048, 4
SIDES = (("ours", "httpx2"), ("ours, fast", "pyreqwest"))
FIGURES = (("calls in a second", "/s"), ("CPU of a call", "µs"), ("the most that the process holds", "MB"))


def rows(url: str) -> Iterator[tuple[str, str, str, str]]:
    """What was measured, its figure, the peer's, and the ratio."""
    for calls in WIDTHS:
        for ours, bare in SIDES:
            mine, others = _load(url, ours, calls), _load(url, bare, calls)
            for (what, unit), one, other in zip(FIGURES, mine, others, strict=True):
                yield (
                    f"{calls} in parallel: {what}",
                    f"{one:.0f} {unit}",
                    f"{other:.0f} {unit} {bare}",
                    f"{one / other:.2f}",
                )


def _load(url: str, side: str, calls: int) -> list[float]:
    command = [sys.executable, __file__, url, side, str(calls)]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [float(figure) for figure in told.split()]


def main() -> None:
    """Prints the figures of one side; the first round only makes it warm, of the others the least disturbed counts."""
    from bench import parallel

    url, side, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    run, repeat = parallel(url, calls)[side], MANY // calls
    clock, processor = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter(), time.process_time()
        for _ in range(repeat):
            run()
        clock.append((time.perf_counter() - began[0]) / MANY)
        processor.append((time.process_time() - began[1]) / MANY)
    status = Path("/proc/self/status").read_text().splitlines()
    held = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(1 / min(clock[1:]), min(processor[1:]) * 1e6, held / 1e3, flush=True)
    # Not the way through Python's end, where a thread of pyreqwest's that still drops something aborts the process.
    os._exit(0)


if __name__ == "__main__":
    main()
