"""Drives a sandbox from the OpenAPI document and says whether it kept to it.

    python drive.py [--max-examples N] [--scenarios N] [--seed N] SANDBOX DOCUMENT

SANDBOX is the program. Exit code 0: no 5xx, every answer fits, every operation has succeeded at least once, and answers
that are wrong on purpose have been noticed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Answers that no check may let pass: a crash, an undocumented status, a body of another shape, one that is not JSON.
WRONG = {
    "accounts.list": {"kind": "status", "status": 500},
    "coins.list": {"kind": "status", "status": 418},
    "rates.all": {"kind": "status", "status": 200, "body": '{"data":{"BTCEUR":{"buy_rate":1}}}'},
    "customers.list": {"kind": "html", "status": 200},
}


class Sandbox:
    """A sandbox that ends with this program."""

    def __init__(self, program: Path) -> None:
        command = [program, "--exit-on-stdin-close", "--rate-limit", "0", "--seed", "7"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.told: dict[str, str] = json.loads(self._process.stdout.readline())

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """One request of the control API."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.told['url']}/_sandbox/{name}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def end(self) -> int:
        """Ends it, as a program that closes its input does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(10)


class Runs:
    """Programs that send to one sandbox, and what it answered them."""

    def __init__(self, sandbox: Sandbox, document: Path) -> None:
        self._sandbox = sandbox
        self._document = document
        self.answered: Counter[str] = Counter()

    def single(self, *options: str) -> tuple[bool, str]:
        """Requests that know nothing of each other: whether all checks held, and what schemathesis says of it."""
        program = Path(sys.executable).with_name("schemathesis")
        command = [program, "--config-file", HERE / "schemathesis.toml", "run", self._document]
        command += ["--url", self._sandbox.told["url"], "--no-color", "--phases", "examples,coverage,fuzzing"]
        return self._run([*command, *options])

    def tour(self) -> tuple[bool, str]:
        """Every link once."""
        return self._run([sys.executable, HERE / "tour.py", self._document])

    def walk(self, scenarios: str, seed: str) -> tuple[bool, str]:
        """Links by chance, with bodies by chance."""
        return self._run([sys.executable, HERE / "walk.py", self._document, scenarios, seed])

    def _run(self, command: list[Path | str]) -> tuple[bool, str]:
        told = self._sandbox.told
        with tempfile.NamedTemporaryFile() as answered:
            environment = os.environ | {
                "ANSWERED": answered.name,
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": str(HERE),
                "SANDBOX_API_KEY": told["api_key"],
                "SANDBOX_API_SECRET": told["api_secret"],
                "SANDBOX_URL": told["url"],
                "SCHEMATHESIS_HOOKS": "hooks",
            }
            ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
            self.answered.update(json.loads(answered.read() or b"{}"))
        return ended.returncode == 0, ended.stdout


def unnoticed(sandbox: Sandbox, runs: Runs) -> list[str]:
    """Answers wrongly on purpose; tells the wrong answers that no check has found."""
    for operation, fault in WRONG.items():
        sandbox.control("POST", "faults", {"operation": operation, **fault})
    options = [word for operation in WRONG for word in ("--include-operation-id", operation)]
    _, said = runs.single(*options, "--max-examples", "1", "--continue-on-failure")
    sandbox.control("DELETE", "faults")
    runs.answered.clear()
    return [operation for operation in WRONG if f" GET /api/{operation.split('.')[0]} _" not in said]


def main() -> int:
    """Everything, and what is wrong with it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sandbox", type=Path)
    parser.add_argument("document", type=Path)
    parser.add_argument("--max-examples", default="10")
    parser.add_argument("--scenarios", default="60")
    parser.add_argument("--seed", default="1")
    asked = parser.parse_args()

    sandbox = Sandbox(asked.sandbox)
    runs = Runs(sandbox, asked.document)
    wrong = [f"a wrong answer of {operation} was not noticed" for operation in unnoticed(sandbox, runs)]
    for kept, said in (
        runs.tour(),
        runs.single("--max-examples", asked.max_examples, "--seed", asked.seed),
        runs.walk(asked.scenarios, asked.seed),
    ):
        print(said)
        if not kept:
            wrong.append("the sandbox does not keep to the document")
    wrong += reached(runs, asked.document)
    if sandbox.end() != 0:
        wrong.append("the sandbox did not end well")
    for sentence in wrong:
        print(f"✗ {sentence}")
    return 1 if wrong else 0


def reached(runs: Runs, document: Path) -> list[str]:
    """Prints what each operation answered, and tells those that never succeeded: what was not reached is not proven."""
    never = []
    for item in json.loads(document.read_text())["paths"].values():
        for operation in (one["operationId"] for one in item.values()):
            answers = {key.split()[1]: times for key, times in runs.answered.items() if key.split()[0] == operation}
            told = "  ".join(f"{status} × {times}" for status, times in sorted(answers.items()))
            print(f"  {operation:<40} {told}")
            if not any(status.startswith("2") for status in answers):
                never.append(f"{operation} never succeeded")
    return never


if __name__ == "__main__":
    sys.exit(main())
