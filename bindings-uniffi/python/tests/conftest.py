"""The sandbox, as a process for the whole run, and clients of it; the ledger of what was run of the contract."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from contract import Ledger

from cryptopay_client import Cryptopay

BINARY = os.environ.get("CRYPTOPAY_SANDBOX_BINARY")


class Sandbox:
    """A running sandbox; the options are those of its command line."""

    def __init__(self, **options: int) -> None:
        if not BINARY or not Path(BINARY).exists():
            raise RuntimeError(
                "CRYPTOPAY_SANDBOX_BINARY names no file: build it with `cargo build -p cryptopay-sandbox`"
            )
        told = {"port": 0, "rate_limit": 0} | options
        command = [BINARY, "--exit-on-stdin-close"]
        command += [word for name, value in told.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        self._control = HTTPConnection(told["url"].removeprefix("http://"), timeout=10)
        self._turn = threading.Lock()
        self.url: str = told["url"]
        self.callback_secret: str = told["callback_secret"]
        self.settings: dict[str, Any] = {
            "environment": told["url"],
            "api_key": told["api_key"],
            "api_secret": told["api_secret"],
            "callback_secrets": [told["callback_secret"]],
            "rate_limit": None,
        }

    @classmethod
    def at(cls, url: str) -> "Sandbox":
        """A sandbox that somebody else runs; it can only be controlled."""
        other = cls.__new__(cls)
        other.url, other._turn = url, threading.Lock()
        other._control = HTTPConnection(url.removeprefix("http://"), timeout=10)
        return other

    def control(self, method: str, name: str, json_body: Any = None) -> Any:
        body = None if json_body is None else json.dumps(json_body).encode()
        with self._turn:
            self._control.request(method, f"/_sandbox/{name}", body, {"Content-Type": "application/json"})
            answer = self._control.getresponse()
            text = answer.read()
        if answer.status >= 400:
            raise ValueError(f"{method} {name}: {text.decode()}")
        return json.loads(text) if text else None

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._control.close()
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control("POST", "reset", {})
    return running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Cryptopay]:
    with Cryptopay(**sandbox.settings) as made:
        yield made


def pytest_configure(config: pytest.Config) -> None:
    # Of several processes the first one alone sees every report.
    folder = os.environ.get("CRYPTOPAY_LEDGER")
    if folder and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Ledger(Path(folder) / "python.tsv"))
