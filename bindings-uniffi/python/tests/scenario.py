"""Plays a story against a sandbox of its own, blocking or asynchronous, and compares the journal that the sandbox kept
of it. What each step does is in `scene.py`."""

import asyncio
import json
import time
from contextlib import ExitStack
from typing import Any

from conftest import Sandbox
from contract import differences
from scene import Scene, at_once


def play(story: dict[str, Any], style: str) -> None:
    given = story.get("sandbox", {})
    options = {"seed": given.get("seed", 7), "rate_limit": given.get("rate_limit", 200)}
    with ExitStack() as stack:
        sandbox = Sandbox(**options)
        stack.callback(sandbox.close)
        for name in ("quirks", "key"):
            if name in given:
                sandbox.control("POST", name, given[name])
        scene = Scene(sandbox, story.get("client", {}), style)
        if style == "async":
            asyncio.run(scene.play(story))
        else:
            at_once(scene.play(story))
        # The last entries of requests that nobody waits for any more are closed a moment later.
        deadline = time.monotonic() + 1
        while found := journal(story.get("journal", "*"), sandbox.control("GET", "journal")):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


def journal(expected: Any, came: list[Any]) -> list[str]:
    if expected == "*":
        return []
    told = [[entry.get("operation"), entry.get("fault") or entry.get("status")] for entry in came]
    if isinstance(expected, list):
        return differences(expected, told)
    return differences(*(sorted(entries, key=json.dumps) for entries in (expected["unordered"], told)))
