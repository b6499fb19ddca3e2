"""An independent client of the Cryptopay API: payments, payouts and callbacks that are neither lost nor doubled.

```python
from cryptopay_client import Cryptopay

with Cryptopay(environment="sandbox", api_key="…", api_secret="…") as client:
    invoice = client.invoices.create(
        price_amount="100.00", price_currency="EUR", pay_currency="BTC", custom_id="order-1"
    )
```

`Cryptopay` is the blocking client, `AsyncCryptopay` the one for asyncio and trio. Amounts are `Decimal`, times
`datetime` with a zone, and what waits is told in seconds (`timeout`); a name that ends in `_ms` is in milliseconds.
What goes wrong is a `CryptopayError`; `OutcomeUnknownError` is the one after which a payout may have been made.
"""

from typing import TYPE_CHECKING, Any

from . import errors
from ._call import Amount, CommitOptions, Permit, ReadOptions, WriteOptions
from ._client import AsyncCryptopay, Cryptopay
from ._drive import AsyncPermitStore, Observer, PermitStore, Seen
from ._model import Model, OpenEnum
from ._outcome import Accepted, Map, NotModified, Outcome, Page, Resolution, Rows, outcome_of, pending
from ._resource import AsyncPages, Pages
from ._time import AsyncTime, Time
from .errors import (
    BadRequestError,
    CallCancelledError,
    Cause,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    CryptopayError,
    DuplicateCustomIdError,
    EdgeBlockedError,
    FieldError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidResponseError,
    InvalidSignatureError,
    IpNotAllowedError,
    MaintenanceError,
    MisuseError,
    NotFoundError,
    OutcomeUnknownError,
    ParameterMismatchError,
    RateLimitedError,
    ServerError,
    Signed,
    TimeoutExceededError,
    Trace,
    UnauthenticatedError,
    UnexpectedStatusError,
    ValidationError,
    Wait,
)
from .fetch import AsyncFetch, Fetch, FetchError, Request, Response

if TYPE_CHECKING:
    from .callbacks import Callbacks, Event, MemoryStore
    from .generated import models

__version__ = "0.1.0"

__all__ = [
    "Accepted",
    "Amount",
    "AsyncCryptopay",
    "AsyncFetch",
    "AsyncPages",
    "AsyncPermitStore",
    "AsyncTime",
    "BadRequestError",
    "CallCancelledError",
    "Callbacks",
    "Cause",
    "CommitOptions",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Cryptopay",
    "CryptopayError",
    "DuplicateCustomIdError",
    "EdgeBlockedError",
    "Event",
    "Fetch",
    "FetchError",
    "FieldError",
    "ForbiddenError",
    "InvalidArgumentError",
    "InvalidResponseError",
    "InvalidSignatureError",
    "IpNotAllowedError",
    "MaintenanceError",
    "Map",
    "MemoryStore",
    "MisuseError",
    "Model",
    "NotFoundError",
    "NotModified",
    "Observer",
    "OpenEnum",
    "Outcome",
    "OutcomeUnknownError",
    "Page",
    "Pages",
    "ParameterMismatchError",
    "Permit",
    "PermitStore",
    "RateLimitedError",
    "ReadOptions",
    "Request",
    "Resolution",
    "Response",
    "Rows",
    "Seen",
    "ServerError",
    "Signed",
    "Time",
    "TimeoutExceededError",
    "Trace",
    "UnauthenticatedError",
    "UnexpectedStatusError",
    "ValidationError",
    "Wait",
    "WriteOptions",
    "errors",
    "models",
    "outcome_of",
    "pending",
]

if not TYPE_CHECKING:
    #: What is imported when it is first asked for.
    _LATER = {"Callbacks": "callbacks", "Event": "callbacks", "MemoryStore": "callbacks", "models": "generated"}

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module = import_module(f".{_LATER[name]}", __name__)
        value = import_module(".models", module.__name__) if name == "models" else getattr(module, name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """What is imported later is there, too: for `help` and whoever completes names."""
        return sorted({*globals(), *__all__})
