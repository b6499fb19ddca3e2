"""What an editor shows of a method says what goes in, what comes out and how it can end."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cryptopay_client import AsyncCryptopay, Callbacks, Cryptopay, errors
from cryptopay_client._outcome import NotModified
from cryptopay_client.generated import async_resources, resources
from cryptopay_client.generated.models import ANSWERS


def sections(doc: str) -> dict[str, dict[str, str]]:
    """The entries of each section; what is returned has no name."""
    found: dict[str, dict[str, str]] = {}
    for title, body in re.findall(r"^(Args|Returns|Raises):\n((?:    .*\n?)+)", inspect.cleandoc(doc), re.MULTILINE):
        if title == "Returns":
            found[title] = {"": body}
        else:
            found[title] = dict(re.findall(r"^    (\w+): (.*\n?(?:        .*\n?)*)", body, re.MULTILINE))
    return found


def methods() -> Iterator[tuple[str, Any]]:
    for module, prefix in ((resources, ""), (async_resources, "Async")):
        for kind in module.__all__:
            resource = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.removeprefix(prefix)).lower()
            for name, method in vars(getattr(module, kind)).items():
                if inspect.isfunction(method) and not name.startswith("_"):
                    yield f"{resource}.{name}", method


@pytest.mark.parametrize(("operation", "method"), list(methods()))
def test_a_method_tells_its_arguments_its_result_and_its_errors(operation: str, method: Any) -> None:
    told = sections(method.__doc__)
    assert list(told["Args"]) == [name for name in inspect.signature(method).parameters if name != "self"]
    assert all(text.strip().endswith(".") for section in told.values() for text in section.values())
    assert {"CryptopayError"} <= told["Raises"].keys() <= {*errors.__all__, NotModified.__name__}
    assert ("OutcomeUnknownError" in told["Raises"]) == (operation in ANSWERS)
    pages = "Pages" in str(inspect.signature(method).return_annotation)
    assert ("NotModified" in told["Raises"]) == (operation not in ANSWERS and not pages)
    assert len(method.__doc__.splitlines()) < 60


@pytest.mark.parametrize(
    "function",
    [Cryptopay.resolve, AsyncCryptopay.resolve, Callbacks.verify, Callbacks.receive, Callbacks.receive_async],
)
def test_what_is_written_by_hand_does_too(function: Any) -> None:
    told = sections(function.__doc__)
    assert list(told["Args"]) == [name for name in inspect.signature(function).parameters if name != "self"]
    assert told["Returns"]
    assert told["Raises"]
