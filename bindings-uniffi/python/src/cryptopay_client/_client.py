"""The two clients. They hold a core client, a transport and the resources; all that is decided is decided in the
core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

from . import _native as native
from ._call import CallOptions, milliseconds, write
from ._drive import AsyncPermitStore, Observer, PermitStore
from ._engine import AsyncEngine, Ended, Engine, Transport
from ._model import Model, read
from ._outcome import Resolution, attach
from ._time import AsyncTime, RealAsyncTime, RealTime, Time
from .callbacks import Callbacks
from .errors import ConfigurationError
from .fetch import AsyncFetch, Fetch
from .generated import async_resources, resources
from .generated.models import ANSWERS

T = TypeVar("T")

#: The environment variables that `from_env` reads.
_VARIABLES = {
    "environment": "CRYPTOPAY_ENVIRONMENT",
    "api_key": "CRYPTOPAY_API_KEY",
    "api_secret": "CRYPTOPAY_API_SECRET",
}
_CALLBACK_SECRETS = "CRYPTOPAY_CALLBACK_SECRET"


class _Client:
    """What both clients are told."""

    environment: str
    callbacks: Callbacks

    def __repr__(self) -> str:
        return f"{type(self).__name__}(environment={self.environment!r})"

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} holds a secret and connections, it cannot be pickled or copied")


def _remake(settings: Mapping[str, Any]) -> Callable[[], native.Client]:
    """Makes the core's client, now and in forked children. The secret lives in this closure alone."""
    config = write({name: value for name, value in settings.items() if value is not None})

    def remake() -> native.Client:
        try:
            return native.Client(config)
        except native.Refused.Configuration as refused:
            error = ConfigurationError(f"configuration: {refused.text}")
            error.message = refused.text
        raise error

    return remake


def _settings(
    *,
    environment: str,
    api_key: str,
    api_secret: str,
    callback_secrets: Iterable[str],
    timeout: float,
    attempt_timeout: float,
    max_retries: int,
    rate_limit: int | None,
    shared_limit: object | None,
    user_agent_suffix: str | None,
    max_body: int | None,
) -> dict[str, Any]:
    return {
        "environment": environment,
        "api_key": api_key,
        "api_secret": api_secret,
        "callback_secrets": _several(callback_secrets),
        "deadline_ms": milliseconds(timeout),
        "attempt_timeout_ms": milliseconds(attempt_timeout),
        "max_retries": max_retries,
        "rate_limit": 0 if rate_limit is None else rate_limit,
        "shared_limit": shared_limit is not None,
        "user_agent_suffix": user_agent_suffix,
        "max_body": max_body,
    }


def _several(secrets: Iterable[str]) -> list[str]:
    return [secrets] if isinstance(secrets, str) else list(secrets)


def _from_env(given: dict[str, Any]) -> dict[str, Any]:
    for name, variable in _VARIABLES.items():
        if given.get(name) is None:
            value = os.environ.get(variable)
            if not value:
                raise ConfigurationError(f"configuration: {name}: is missing, set the environment variable {variable}")
            given[name] = value
    if "callback_secrets" not in given:
        given["callback_secrets"] = [text for text in os.environ.get(_CALLBACK_SECRETS, "").split(",") if text]
    return given


def _resolution(ended: Ended, record: Mapping[str, Any]) -> Resolution[Any]:
    done, outcome = ended.done, ended.outcome()
    value: Model | None = None
    if outcome.data:
        value = read(ANSWERS.get(str(record.get("operation")), Model), outcome.data, strict=False)
        attach(value, outcome)
    why = done.unresolved
    return Resolution(
        state=done.resolved or "unknown",  # type: ignore[arg-type]
        value=value,
        reason=why.cause if why else None,
        retry_at_ms=why.retry_at_ms if why else None,
        differing=tuple(why.differing) if why else (),
        outcome=outcome,
    )


class Cryptopay(_Client):
    """The API, blocking. Safe to use from many threads; make one for each API key and keep it.

    Args:
        environment: `"sandbox"`, `"production"` or a base URL. There is no default: it decides about real money.
        api_key: The API key.
        api_secret: The API secret. It is never sent, printed or pickled.
        callback_secrets: The secrets of callbacks, the current one first; several while one is replaced.
        timeout: How long a whole call may take, in seconds: waits, attempts and finding out how a write ended.
        attempt_timeout: How long one attempt may take, in seconds.
        max_retries: How often an operation may be sent again.
        rate_limit: Requests a minute; with several processes 195 divided by their number. `None`: no limit of its own.
        shared_limit: A limit that several processes share.
        user_agent_suffix: Added to the `User-Agent`.
        max_body: The largest answer that is read, in bytes.
        fetch: The transport. By default httpx2.
        observers: Are told every step of every call; they must be quick.
        time: Clock and waiting, for tests.

    Raises:
        ConfigurationError: a setting is missing or wrong; the text says which and what to do.
    """

    accounts: resources.Accounts
    channels: resources.Channels
    coin_withdrawals: resources.CoinWithdrawals
    coins: resources.Coins
    customers: resources.Customers
    exchange_transfers: resources.ExchangeTransfers
    invoices: resources.Invoices
    rates: resources.Rates
    subscriptions: resources.Subscriptions
    transactions: resources.Transactions

    def __init__(
        self,
        *,
        environment: str,
        api_key: str,
        api_secret: str,
        callback_secrets: Iterable[str] = (),
        timeout: float = 90,
        attempt_timeout: float = 15,
        max_retries: int = 3,
        rate_limit: int | None = 195,
        shared_limit: PermitStore | None = None,
        user_agent_suffix: str | None = None,
        max_body: int | None = None,
        fetch: Fetch | None = None,
        observers: Sequence[Observer] = (),
        time: Time | None = None,
    ) -> None:
        settings = _settings(
            environment=environment,
            api_key=api_key,
            api_secret=api_secret,
            callback_secrets=callback_secrets,
            timeout=timeout,
            attempt_timeout=attempt_timeout,
            max_retries=max_retries,
            rate_limit=rate_limit,
            shared_limit=shared_limit,
            user_agent_suffix=user_agent_suffix,
            max_body=max_body,
        )
        transport = Transport(_default_fetch if fetch is None else _always(fetch), lent=fetch is not None)
        self.environment = environment
        self.callbacks = Callbacks(settings["callback_secrets"])
        self._engine = Engine(_remake(settings), transport, observers, time or RealTime(), shared_limit)
        for name in RESOURCES:
            setattr(self, name, RESOURCES[name][0](self._engine))

    @classmethod
    def from_env(cls, **settings: Any) -> Self:
        """A client whose settings that are not given come from `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`,
        `CRYPTOPAY_API_SECRET` and `CRYPTOPAY_CALLBACK_SECRET` (several with commas)."""
        return cls(**_from_env(settings))

    def resolve(self, record: Mapping[str, Any], **options: Any) -> Resolution[Any]:
        """Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may
        be called at any time and from any process."""
        return _resolution(self._engine.run("resolve", record, _only(options), nulls=True), record)

    def close(self) -> None:
        """Closes the connections. Later calls raise `MisuseError`."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncCryptopay(_Client):
    """The API for asyncio, and for trio where the transport carries it (the default one does). One client serves many
    tasks.

    The arguments are those of `Cryptopay`; `fetch`, `shared_limit` and `time` are asynchronous.

    Raises:
        ConfigurationError: a setting is missing or wrong; the text says which and what to do.
    """

    accounts: async_resources.AsyncAccounts
    channels: async_resources.AsyncChannels
    coin_withdrawals: async_resources.AsyncCoinWithdrawals
    coins: async_resources.AsyncCoins
    customers: async_resources.AsyncCustomers
    exchange_transfers: async_resources.AsyncExchangeTransfers
    invoices: async_resources.AsyncInvoices
    rates: async_resources.AsyncRates
    subscriptions: async_resources.AsyncSubscriptions
    transactions: async_resources.AsyncTransactions

    def __init__(
        self,
        *,
        environment: str,
        api_key: str,
        api_secret: str,
        callback_secrets: Iterable[str] = (),
        timeout: float = 90,
        attempt_timeout: float = 15,
        max_retries: int = 3,
        rate_limit: int | None = 195,
        shared_limit: AsyncPermitStore | None = None,
        user_agent_suffix: str | None = None,
        max_body: int | None = None,
        fetch: AsyncFetch | None = None,
        observers: Sequence[Observer] = (),
        time: AsyncTime | None = None,
    ) -> None:
        settings = _settings(
            environment=environment,
            api_key=api_key,
            api_secret=api_secret,
            callback_secrets=callback_secrets,
            timeout=timeout,
            attempt_timeout=attempt_timeout,
            max_retries=max_retries,
            rate_limit=rate_limit,
            shared_limit=shared_limit,
            user_agent_suffix=user_agent_suffix,
            max_body=max_body,
        )
        transport = Transport(_default_async_fetch if fetch is None else _always(fetch), lent=fetch is not None)
        self.environment = environment
        self.callbacks = Callbacks(settings["callback_secrets"])
        self._engine = AsyncEngine(_remake(settings), transport, observers, time or RealAsyncTime(), shared_limit)
        for name in RESOURCES:
            setattr(self, name, RESOURCES[name][1](self._engine))

    @classmethod
    def from_env(cls, **settings: Any) -> Self:
        """A client whose settings that are not given come from `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`,
        `CRYPTOPAY_API_SECRET` and `CRYPTOPAY_CALLBACK_SECRET` (several with commas)."""
        return cls(**_from_env(settings))

    async def resolve(self, record: Mapping[str, Any], **options: Any) -> Resolution[Any]:
        """Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may
        be called at any time and from any process."""
        return _resolution(await self._engine.run("resolve", record, _only(options), nulls=True), record)

    async def close(self) -> None:
        """Closes the connections. Later calls raise `MisuseError`."""
        await self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _only(options: dict[str, Any]) -> dict[str, Any]:
    known = CallOptions.__annotations__
    for name in options:
        if name not in known:
            raise TypeError(f"resolve takes {', '.join(known)}, not {name!r}")
    return options


def _default_fetch() -> Fetch:
    from .fetch.httpx import HttpxFetch

    return HttpxFetch()


def _default_async_fetch() -> AsyncFetch:
    from .fetch.httpx import AsyncHttpxFetch

    return AsyncHttpxFetch()


def _always(value: T) -> Callable[[], T]:
    return lambda: value


#: The resources of both clients, by attribute.
RESOURCES: dict[str, tuple[Any, Any]] = {
    "accounts": (resources.Accounts, async_resources.AsyncAccounts),
    "channels": (resources.Channels, async_resources.AsyncChannels),
    "coin_withdrawals": (resources.CoinWithdrawals, async_resources.AsyncCoinWithdrawals),
    "coins": (resources.Coins, async_resources.AsyncCoins),
    "customers": (resources.Customers, async_resources.AsyncCustomers),
    "exchange_transfers": (resources.ExchangeTransfers, async_resources.AsyncExchangeTransfers),
    "invoices": (resources.Invoices, async_resources.AsyncInvoices),
    "rates": (resources.Rates, async_resources.AsyncRates),
    "subscriptions": (resources.Subscriptions, async_resources.AsyncSubscriptions),
    "transactions": (resources.Transactions, async_resources.AsyncTransactions),
}
