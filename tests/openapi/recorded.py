"""Holds the document against what the real API said: the sandbox could be wrong in the same way as the document.

    CRYPTOPAY_RECORDINGS=folder python recorded.py DOCUMENT

Every recorded answer must fit the schema of its operation and status, every recorded callback that of its type, every
recorded error that of errors. Exit code 1 when one does not.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

# What the API does not say: an operation that it has given up, and a sample that a person wrote.
NOT_THE_API = {"ruby_risks_score.json", "java_readme_invoice.json"}


class Document:
    """The schemas of a document."""

    def __init__(self, path: Path) -> None:
        self.told = json.loads(path.read_text())

    def answer(self, method: str, target: str, status: int) -> dict[str, Any] | None:
        """The schema of an operation's answer."""
        path = target.split("?")[0]
        # Where a fixed path and one with a parameter fit, the fixed one is meant.
        for template, item in sorted(self.told["paths"].items(), key=lambda one: one[0].count("{")):
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path) and method.lower() in item:
                answer = item[method.lower()]["responses"].get(str(status), {})
                return answer.get("content", {}).get("application/json", {}).get("schema")
        return None

    def wrong(self, schema: dict[str, Any], value: Any) -> list[str]:
        """Where a value does not fit a schema."""
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.told["components"]}
        errors = Draft202012Validator({**whole, **schema}, format_checker=FormatChecker()).iter_errors(value)
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def parsed(text: str) -> dict[str, Any]:
    """The object in a text; an empty one if there is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def main() -> int:
    """All recordings of the folder."""
    document = Document(Path(sys.argv[1]))
    folder = Path(os.environ["CRYPTOPAY_RECORDINGS"])
    checked, wrong = 0, []

    def hold(name: str, schema: dict[str, Any] | None, text: str) -> None:
        nonlocal checked
        if name in NOT_THE_API:
            return
        checked += 1
        if schema is None:
            wrong.append(f"{name}: the document knows no such answer")
        else:
            wrong.extend(f"{name}: {sentence}" for sentence in document.wrong(schema, json.loads(text)))

    for file in sorted(folder.glob("*.json")):
        told = json.loads(file.read_text())
        if isinstance(told, dict) and "request" in told:
            request, response = told["request"], told["response"]
            schema = document.answer(request["method"], request["path_and_query"], response["status"])
            hold(file.name, schema, response["body"])
    for file in sorted(folder.glob("callbacks/*.json")):
        told = json.loads(file.read_text())
        # One that stands in a README is cut off in its middle.
        kind = parsed(told["body"]).get("type")
        if kind in document.told["webhooks"]:
            post = document.told["webhooks"][kind]["post"]
            hold(file.name, post["requestBody"]["content"]["application/json"]["schema"], told["body"])
    for file in sorted(folder.glob("errors/*.json")):
        told = json.loads(file.read_text())
        if "error" in parsed(told["body"]):
            hold(file.name, document.told["components"]["schemas"]["Error"], told["body"])
    print(f"{checked} recordings, {len(wrong)} wrong")
    print("\n".join(wrong))
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
