"""What a client is made of: its settings by their names, those that the environment has, and all of them as the core
reads them. Whether they are good is for the core to say; here is refused what cannot be told to it. Tools that report
errors print the variables of every frame, so nothing here has a secret in one while it raises."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypedDict, TypeVar

from ._call import milliseconds, write
from ._drive import AsyncPermitStore, Observer, PermitStore
from ._names import no_such
from ._time import AsyncTime, Time
from .errors import ConfigurationError
from .fetch import AsyncFetch, Fetch

F = TypeVar("F", Fetch, AsyncFetch)
P = TypeVar("P", PermitStore, AsyncPermitStore)
T = TypeVar("T", Time, AsyncTime)
V = TypeVar("V")


class Settings(TypedDict, Generic[F, P, T], total=False):
    """The arguments of a client. Each is told at `Cryptopay`."""

    environment: str
    api_key: str
    api_secret: str
    callback_secrets: Iterable[str]
    timeout: float
    attempt_timeout: float
    max_retries: int
    rate_limit: int | None
    shared_limit: P | None
    user_agent_suffix: str | None
    max_body: int | None
    fetch: F | None
    observers: Sequence[Observer]
    time: T | None


#: The environment variables that are read for them.
_VARIABLES = {
    "environment": ("the environment", "CRYPTOPAY_ENVIRONMENT"),
    "api_key": ("the API key", "CRYPTOPAY_API_KEY"),
    "api_secret": ("the API secret", "CRYPTOPAY_API_SECRET"),
}
_CALLBACK_SECRETS = "CRYPTOPAY_CALLBACK_SECRET"
_TEXTS = ("environment", "api_key", "api_secret", "user_agent_suffix")


class Sealed(Generic[V]):
    """A value that nothing shows which does not open it: no `repr`, no serialiser, no report of an error."""

    __slots__ = ("open",)

    def __init__(self, value: V) -> None:
        self.open: Callable[[], V] = lambda: value

    def __repr__(self) -> str:
        return "…"


def wrong_setting(name: str, message: str) -> ConfigurationError:
    """The error for a setting that is wrong."""
    return _refused(f"{name}: {message}")


def _refused(message: str) -> ConfigurationError:
    error = ConfigurationError(f"configuration: {message}")
    error.message = message
    return error


def with_environment(given: Sealed[dict[str, Any]]) -> Sealed[dict[str, Any]]:
    """These settings, and from the environment those that are not among them."""
    for name in given.open():
        if name not in Settings.__annotations__:
            raise TypeError(f"{name}: {no_such('setting', name, Settings.__annotations__)}")
    found: dict[str, Any] = {}
    for name, (words, variable) in _VARIABLES.items():
        if given.open().get(name) is None:
            found[name] = os.environ.get(variable)
            if not found[name]:
                found.clear()
                raise _refused(f"{words} is missing, set the environment variable {variable}")
    found["callback_secrets"] = [text for text in os.environ.get(_CALLBACK_SECRETS, "").split(",") if text]
    # `None` stands for what is left out, but as a rate limit it says that there is none.
    return Sealed(
        found | {name: value for name, value in given.open().items() if value is not None or name == "rate_limit"}
    )


def written(given: Sealed[dict[str, Any]]) -> Sealed[bytes]:
    """The settings as the core reads them."""
    for name, kind in _no_texts(given.open()):
        raise wrong_setting(name, f"is a {kind}, give a str")
    limits = {
        "deadline_ms": milliseconds("timeout", given.open()["timeout"], ConfigurationError),
        "attempt_timeout_ms": milliseconds("attempt_timeout", given.open()["attempt_timeout"], ConfigurationError),
    }
    return Sealed(write(limits | _told(given.open())))


def _no_texts(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """The settings that are no text and must be one, with what they are: bytes would go out as Base64."""
    texts = [(name, settings[name]) for name in _TEXTS if settings[name] is not None]
    texts += [(f"callback_secrets.{index}", text) for index, text in enumerate(settings["callback_secrets"])]
    return [(name, type(text).__name__) for name, text in texts if not isinstance(text, str)]


def _told(settings: dict[str, Any]) -> dict[str, Any]:
    """What is told as it is; what is left out has the core's default, but no rate limit at all is told."""
    names = (*_TEXTS, "callback_secrets", "max_retries", "rate_limit", "shared_limit", "max_body")
    return {name: settings[name] for name in names if settings[name] is not None or name == "rate_limit"}
