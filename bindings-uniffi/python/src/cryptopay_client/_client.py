"""The two clients. They hold a core client, a transport and the resources; all that is decided is decided in the
core. What both are told and hold is stated once; each adds the way in which it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, Unpack

from . import _native as native
from ._call import CallOptions, refused
from ._crossing import crossed
from ._drive import AsyncPermitStore, Observer, PermitStore
from ._engine import AsyncEngine, Ended, Engine, Transport, is_async
from ._model import Model, read
from ._names import no_such
from ._outcome import Resolution, attach
from ._settings import F, P, Sealed, Settings, T, V, with_environment, written, wrong_setting
from ._time import AsyncTime, RealAsyncTime, RealTime, Time
from .errors import ConfigurationError
from .fetch import AsyncFetch, Fetch

if TYPE_CHECKING:
    from .callbacks import Callbacks
    from .generated import async_resources, resources


class _Client(Generic[F, P, T]):
    """What both clients are told, and hold."""

    #: Where the resources of this client are, what precedes their names, which default transport it has and of what
    #: kind.
    _resources: ClassVar[tuple[str, str]]
    _default: ClassVar[str]
    _imports: ClassVar[tuple[str, ...]] = ()
    _fetches: ClassVar[str]

    environment: str

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
        shared_limit: P | None = None,
        user_agent_suffix: str | None = None,
        max_body: int | None = None,
        fetch: F | None = None,
        observers: Sequence[Observer] = (),
        time: T | None = None,
    ) -> None:
        secrets = Sealed([callback_secrets] if isinstance(callback_secrets, str) else list(callback_secrets))
        config = Sealed(
            dict[str, Any](
                environment=environment,
                api_key=api_key,
                api_secret=api_secret,
                callback_secrets=secrets.open(),
                timeout=timeout,
                attempt_timeout=attempt_timeout,
                max_retries=max_retries,
                rate_limit=rate_limit,
                shared_limit=shared_limit is not None,
                user_agent_suffix=user_agent_suffix,
                max_body=max_body,
            )
        )
        # Tools that report errors print the variables of every frame.
        del api_key, api_secret, callback_secrets
        if fetch is not None and not self._carries(fetch):
            raise wrong_setting("fetch", f"give {type(self).__name__} an instance of the kind {self._fetches}")
        # Imported here: a child that is forked while another thread imports it would wait for that thread for ever.
        make = self._default_fetch() if fetch is None else _always(fetch)
        transport = Transport(make, lent=fetch is not None)
        self.environment = environment
        self._callback_secrets: Sealed[list[str]] = secrets
        if secrets.open():
            import_module(".callbacks", __package__)
        self._engine: Any = self._engine_of(_remake(written(config)), transport, observers, time, shared_limit)
        module, prefix = self._resources
        made = import_module(f".generated.{module}", __package__)
        for name in RESOURCES:
            kind = getattr(made, prefix + name.title().replace("_", ""))
            setattr(self, name, kind(self._engine))

    @staticmethod
    def _engine_of(remake: Any, transport: Any, observers: Any, time: Any, permits: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def _carries(cls, fetch: Any) -> bool:
        """Whether it can be a transport of this client; a wrong one would first be noticed in the midst of a payout."""
        if isinstance(fetch, type) or not callable(getattr(fetch, "fetch", None)):
            return False
        return not (is_async(fetch.fetch) if cls._fetches == "Fetch" else hasattr(fetch, "keeps_time"))

    @classmethod
    def _default_fetch(cls) -> Any:
        # What it imports itself in its first exchange.
        for name in cls._imports:
            with suppress(ImportError):
                import_module(name)
        return getattr(import_module(".fetch.httpx", __package__), cls._default)

    @classmethod
    def from_env(cls, **settings: Unpack[Settings[F, P, T]]) -> Self:
        """A client whose keys come from the environment.

        Args:
            settings: The arguments of `Cryptopay`, by name. Those that are not given are read: `environment` from
                `CRYPTOPAY_ENVIRONMENT`, `api_key` from `CRYPTOPAY_API_KEY`, `api_secret` from `CRYPTOPAY_API_SECRET`,
                and `callback_secrets` from `CRYPTOPAY_CALLBACK_SECRET` if it is set (several with commas, no spaces).

        Returns:
            The client. It has not connected yet.

        Raises:
            ConfigurationError: a variable is missing, or a setting is wrong; the text says which and what to do.
            TypeError: there is no setting of this name; the text names the nearest one.
        """
        sealed = Sealed(dict[str, Any](settings))
        del settings
        return cls(**with_environment(sealed).open())

    @property
    def callbacks(self) -> Callbacks:
        """What verifies callbacks with the `callback_secrets`; the same at every access.

        Raises:
            ConfigurationError: there is no secret.
        """
        made: Callbacks = vars(self).get("_callbacks") or vars(self).setdefault("_callbacks", self._verifier())
        return made

    def _verifier(self) -> Callbacks:
        from .callbacks import Callbacks

        callbacks = Callbacks(self._callback_secrets.open())
        if not self._callback_secrets.open():
            callbacks.sign(b"")  # refuses, in the core's words
        return callbacks

    def __repr__(self) -> str:
        return f"{type(self).__name__}(environment={self.environment!r})"

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} holds a secret and connections, it cannot be pickled or copied")


def _remake(config: Sealed[bytes]) -> Callable[[], native.Client]:
    """Makes the core's client, now and in forked children."""

    def remake() -> native.Client:
        try:
            return crossed("configuration", lambda: native.Client(config.open()))
        except native.Refused.Configuration as refused:
            error = ConfigurationError(f"configuration: {refused.text}")
            error.message = refused.text
        raise error

    return remake


def _resolution(ended: Ended, record: Mapping[str, Any]) -> Resolution[Any]:
    done, outcome = ended.done, ended.outcome()
    value: Model | None = None
    if outcome.data:
        from .generated.models import ANSWERS

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


class Cryptopay(_Client[Fetch, PermitStore, Time]):
    """The API, blocking. Safe to use from many threads; make one for each API key and keep it.

    Args:
        environment: `"sandbox"`, `"production"` or a base URL. There is no default: it decides about real money.
        api_key: The API key.
        api_secret: The API secret. It is never sent, printed or pickled.
        callback_secrets: The secrets of callbacks, the current one first; several while one is replaced.
        timeout: How long a whole call may take, in seconds: waits, attempts and finding out how a write ended.
        attempt_timeout: How long one attempt may take, in seconds.
        max_retries: How often an operation may be sent again.
        rate_limit: Requests a minute, 1 to 200; with several processes 195 divided by their number. `None`: no limit of
            its own.
        shared_limit: A limit that several processes share; where it fails `rate_limit` decides: set that to 195 divided
            by their number as well.
        user_agent_suffix: Added to the `User-Agent`.
        max_body: The largest answer that is read, in bytes; 16 MiB when left out.
        fetch: The transport. By default httpx2. One that you give stays open until `close`.
        observers: Are told every step of every call; they must be quick.
        time: Clock and waiting, for tests.

    Raises:
        ConfigurationError: a setting is missing or wrong; the text says which and what to do.

    Its resources (`client.invoices` and so on) raise `CryptopayError`: `InvalidArgumentError` before anything was sent,
    the class of the answer's status after it, `ConnectionFailedError` and `TimeoutExceededError` when nothing can have
    been applied, and `OutcomeUnknownError` when a write may have been: it alone needs `resolve`.
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

    _resources = ("resources", "")
    _default = "HttpxFetch"
    _fetches = "Fetch"

    @staticmethod
    def _engine_of(remake: Any, transport: Any, observers: Any, time: Any, permits: Any) -> Engine:
        return Engine(remake, transport, observers, time or RealTime(), permits)

    def resolve(self, record: Mapping[str, Any], **options: Unpack[CallOptions]) -> Resolution[Any]:
        """Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may
        be called at any time and from any process.

        Args:
            record: What `OutcomeUnknownError.record`, `pending` or `outcome_of(…).record` gave, or `json.loads` of it.
            options: `timeout`, `attempt_timeout` (seconds) and `max_retries`, as for every call.

        Returns:
            Its `state`, with the object in `value` where one was read. Applied says that the request was carried out,
            not that the money arrived: read the object's status. `unknown`, also without a network or with wrong keys:
            `reason` tells why. The record stays good; ask again at `retry_at_ms`, or once `reason` is mended.

        Raises:
            InvalidArgumentError: it is no record.
            MisuseError: the client is closed.
        """
        given, told = _recorded(record), _only(options)
        found: Resolution[Any] = self._engine.run(
            "resolve", given, told, lambda ended: _resolution(ended, record), nulls=True
        )
        return found

    def close(self) -> None:
        """Refuses later calls, which raise `MisuseError`, and closes the connections. A call that waits for an answer
        gets it, and its connection closes then; what it would send after that is not sent."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncCryptopay(_Client[AsyncFetch, AsyncPermitStore, AsyncTime]):
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

    _resources = ("async_resources", "Async")
    _default = "AsyncHttpxFetch"
    _imports = ("anyio._backends._asyncio", "concurrent.futures.thread")
    _fetches = "AsyncFetch"

    @staticmethod
    def _engine_of(remake: Any, transport: Any, observers: Any, time: Any, permits: Any) -> AsyncEngine:
        return AsyncEngine(remake, transport, observers, time or RealAsyncTime(), permits)

    async def resolve(self, record: Mapping[str, Any], **options: Unpack[CallOptions]) -> Resolution[Any]:
        """Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may
        be called at any time and from any process.

        Args:
            record: What `OutcomeUnknownError.record`, `pending` or `outcome_of(…).record` gave, or `json.loads` of it.
            options: `timeout`, `attempt_timeout` (seconds) and `max_retries`, as for every call.

        Returns:
            Its `state`, with the object in `value` where one was read. Applied says that the request was carried out,
            not that the money arrived: read the object's status. `unknown`, also without a network or with wrong keys:
            `reason` tells why. The record stays good; ask again at `retry_at_ms`, or once `reason` is mended.

        Raises:
            InvalidArgumentError: it is no record.
            MisuseError: the client is closed.
        """
        given, told = _recorded(record), _only(options)
        found: Resolution[Any] = await self._engine.run(
            "resolve", given, told, lambda ended: _resolution(ended, record), nulls=True
        )
        return found

    async def close(self) -> None:
        """Refuses later calls, which raise `MisuseError`, and closes the connections. A call that waits for an answer
        gets it, and its connection closes then; what it would send after that is not sent."""
        await self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _recorded(record: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(record, Mapping):
        return record
    message = f"is a {type(record).__name__}, give the dict (of a stored text: json.loads)"
    raise refused("resolve", "record", message)


def _only(options: Mapping[str, Any]) -> Mapping[str, Any]:
    known = CallOptions.__annotations__
    for name in options:
        if name not in known:
            raise TypeError(f"{name}: {no_such('option', name, known)}")
    return options


def _always(value: V) -> Callable[[], V]:
    return lambda: value


#: The resources of both clients, by attribute.
RESOURCES = (
    "accounts",
    "channels",
    "coin_withdrawals",
    "coins",
    "customers",
    "exchange_transfers",
    "invoices",
    "rates",
    "subscriptions",
    "transactions",
)
