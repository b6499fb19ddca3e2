"""Plays the contract's transcripts through the border, as the drivers do."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from contract import body_of, differences, read_all

from cryptopay_client import _native as native

EVENTS = ("failed", "woken", "cancelled", "permitted", "permit_failed")
TRANSCRIPTS = read_all("transcripts")


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) > 100


@pytest.mark.parametrize(("file", "transcript"), [pytest.param(name, it, id=name) for name, it in TRANSCRIPTS])
def test_transcript(file: str, transcript: dict[str, Any], record_property: Any) -> None:
    record_property("contract", f"transcripts/{file}.json")
    config = {"environment": "sandbox", "api_key": "key", "api_secret": "secret"}
    for key, value in transcript.get("client", {}).items():
        config["environment" if key == "base_url" else key] = value
    client = native.Client(json.dumps(config).encode())
    calls: dict[str, dict[str, Any]] = {}
    wall = transcript.get("wall", 0)
    for line in transcript["play"]:
        name, wall = line.get("call", "a"), line.get("wall", wall)
        event: dict[str, Any] = {"unix_ms": max(line["at"] + wall, 0), "tick_ms": line["at"]}
        if "start" in line:
            calls[name] = begin(client, transcript["calls"][name], line["start"], event, calls)
            answered = json.loads(calls[name]["step"])
        else:
            answered = advance(calls[name], line, event)
        found = judge(calls[name], line, answered)
        assert not found, f"at {line['at']}, call {name}: {found}\n{json.dumps(line)}\n{json.dumps(answered)}"
    for name, expected in transcript.get("ends", {}).items():
        assert calls[name].get("done") is not None, f"{name} has not ended"
        assert not differences(expected, calls[name]["done"])


def begin(client: Any, asked: Any, start: Any, event: Any, calls: Any) -> dict[str, Any]:
    event |= {"entropy": start.get("entropy", "0" * 32), "options": asked.get("options")}
    if "resolve" in asked:
        record = asked["resolve"]
        if isinstance(record, str):
            record = calls[record.lstrip("$").split(".")[0]]["record"]
        begun = client.resolve(json.dumps(event | {"params": record}).encode())
    else:
        start_text = json.dumps(event | {"params": asked.get("params", {})}).encode()
        begun = client.begin(asked["operation"].encode(), start_text)
    return {"call": begun.call, "step": begun.step, "body": b"", "record": None, "fetch": None}


def advance(running: dict[str, Any], line: Any, event: Any) -> Any:
    event |= {key: line[key] for key in EVENTS if key in line}
    body = b""
    if "for" in line:
        assert running["fetch"] is not None, "no request is waiting for an answer"
        assert not differences(line["for"], running["fetch"])
    if "response" in line:
        given = line["response"]
        body = body_of(given)
        headers = [[key.lower(), value] for key, value in given.get("headers", {}).items()]
        event["response"] = {"status": given["status"], "headers": headers}
    answered = json.loads(running["call"].advance(json.dumps(event).encode(), body))
    if "response" in line and "misuse" not in answered:
        running["body"] = body
    return answered


def judge(running: dict[str, Any], line: Any, answered: Any) -> list[str]:
    if "misuse" not in answered:
        running["fetch"] = spell_out(answered["fetch"]) if "fetch" in answered else None
    if "done" in answered:
        done, body = answered["done"], running["body"]
        for key, place in (("value", "data"), ("meta", "meta")):
            span = done.get(place)
            done[key] = json.loads(body[span[0] : span[1]]) if span else None
        running["done"] = done
    pending = json.loads(running["call"].pending() or "null")
    done = answered.get("done", {})
    running["record"] = (done.get("error") or {}).get("record") or done.get("record") or pending
    found: list[str] = []
    if "step" in line:
        found += differences(line["step"], answered)
        if "done" in line["step"] and not {"error", "resolved"} & line["step"]["done"].keys():
            found += differences({"error": None}, done)
    if "misuse" in line:
        found += differences({"misuse": line["misuse"]}, answered)
    if "pending" in line:
        found += differences(line["pending"], pending)
    return found


def spell_out(fetch: dict[str, Any]) -> dict[str, Any]:
    url = urlsplit(fetch["url"])
    fetch["route"] = url.path
    fetch["path"] = url.path + (f"?{url.query}" if url.query else "")
    fetch["query"] = dict(parse_qsl(url.query, keep_blank_values=True))
    fetch["headers"] = {key.lower(): value for key, value in fetch["headers"]}
    fetch["body"] = json.loads(fetch["body"]) if fetch["body"] else None
    return fetch
