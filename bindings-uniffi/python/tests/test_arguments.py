"""What a call or a client is given wrongly is refused before anything is sent, in words that name it: a float would
round money, bytes would go out as Base64, a misspelt name would be none."""

import asyncio
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from conftest import Sandbox

import cryptopay_client as c
from cryptopay_client import AsyncCryptopay, Callbacks, Cryptopay, models
from cryptopay_client._call import amount

INVOICE: dict[str, Any] = {"price_amount": "100.0", "price_currency": "EUR", "pay_currency": "BTC"}
ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
Refused = Callable[[str, dict[str, Any]], Exception]


@dataclass
class Person:
    name: object


@pytest.fixture(params=["blocking", "asynchronous"])
def refused(request: pytest.FixtureRequest, sandbox: Sandbox) -> Refused:
    """Makes a call in one way, and answers how it failed."""

    def call(operation: str, given: dict[str, Any]) -> Exception:
        resource, method = operation.split(".")

        async def asynchronous() -> None:
            async with AsyncCryptopay(**sandbox.settings) as client:
                found = getattr(getattr(client, resource), method)(**given)
                if not isinstance(found, c.AsyncPages):
                    await found

        def blocking() -> None:
            with Cryptopay(**sandbox.settings) as client:
                getattr(getattr(client, resource), method)(**given)

        with pytest.raises((c.CryptopayError, TypeError)) as failed:
            asyncio.run(asynchronous()) if request.param == "asynchronous" else blocking()
        assert sandbox.control("GET", "journal") in ([], {"journal": []}, {"entries": []})
        return failed.value

    return call


@pytest.mark.parametrize("wrong", [1.5, float("nan"), float("inf")])
def test_a_float_for_an_amount_is_refused_by_the_parameters_name(refused: Refused, wrong: float) -> None:
    message = f"price_amount: is a float ({wrong}), which is not exact: give a Decimal, str or int"
    error = refused("invoices.create", INVOICE | {"price_amount": wrong})
    assert isinstance(error, c.InvalidArgumentError)
    said = f"invoices.create: invalid_argument (0 attempts): {message}; nothing was sent: correct the argument"
    assert (str(error), error.message, error.fields[0].target) == (said, message, "price_amount")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (True, "price_amount: must be an amount as text"),
        (Decimal("NaN"), "price_amount: is not an amount: write a plain decimal"),
        (object(), "price_amount: is a object, which cannot be sent"),
        (b"100", "price_amount: is a bytes, give a str"),
    ],
)
def test_what_else_is_no_amount_is_refused_by_the_parameters_name(refused: Refused, wrong: Any, message: str) -> None:
    error = refused("invoices.create", INVOICE | {"price_amount": wrong})
    assert isinstance(error, c.InvalidArgumentError)
    assert error.message.startswith(message)
    assert error.operation == "invoices.create"


@pytest.mark.parametrize(
    "wrong",
    [Decimal("1e3000"), Decimal("-1e3000"), Decimal("1e-3000"), Decimal("0e-3000"), 10**5000, -(10**5000)],
    ids=["1e3000", "-1e3000", "1e-3000", "0e-3000", "int", "-int"],
)
def test_an_amount_that_is_far_too_long_is_refused_as_any_that_is_too_long(refused: Refused, wrong: Any) -> None:
    error = refused("invoices.create", INVOICE | {"price_amount": wrong})
    assert isinstance(error, c.InvalidArgumentError)
    usual = refused("invoices.create", INVOICE | {"price_amount": "1" * 29})
    assert (str(error), error.message, error.fields[0].target) == (str(usual), usual.message, "price_amount")


def test_an_amount_that_is_far_too_long_is_never_written_out() -> None:
    before = peak(lambda: amount(Decimal("100.50")))
    for wrong in (Decimal("1e300000000"), Decimal("-1e-300000000"), Decimal("0e-300000000")):
        assert peak(lambda wrong=wrong: amount(wrong)) < before + 10_000
    assert [amount(Decimal(it)) for it in ("1e27", "1e-28", "0e300000000", "-0")] == [
        "1" + "0" * 27, "0." + "0" * 27 + "1", "0", "-0",
    ]  # fmt: skip


def peak(act: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_for_a_text_are_refused_by_the_parameters_name(refused: Refused, kind: Any) -> None:
    wrong = kind(b"abc")
    name = kind.__name__
    person = models.Beneficiary(type=models.BeneficiaryType.NATURAL_PERSON, name=wrong)
    payout = {"address": "a", "charged_currency": "EUR", "received_currency": "BTC", "received_amount": 1}
    for operation, given, at in [
        ("invoices.create", INVOICE | {"custom_id": wrong}, "custom_id"),
        ("invoices.create", INVOICE | {"metadata": {"order": wrong}}, "metadata.order"),
        ("invoices.create", INVOICE | {"metadata": {"order": [wrong]}}, "metadata.order.0"),
        ("invoices.retrieve_by_custom_id", {"custom_id": wrong}, "custom_id"),
        ("invoices.retrieve", {"invoice_id": ID, "if_none_match": wrong}, "if_none_match"),
        ("invoices.list", {"customer_id": wrong}, "customer_id"),
        ("coin_withdrawals.create", payout | {"custom_id": "p", "beneficiary": person}, "beneficiary.name"),
        ("coin_withdrawals.create", payout | {"custom_id": "p", "beneficiary": Person(wrong)}, "beneficiary.name"),
        ("customers.create", {"id": "c", "currency": "EUR", "addresses": ({"address": wrong},)}, "addresses.0.address"),
    ]:
        error = refused(operation, given)
        assert isinstance(error, c.InvalidArgumentError)
        assert error.message == f"{at}: is a {name}, give a str: decode it first"
        assert error.fields[0].target == at
    if kind is bytes:
        error = refused("invoices.create", INVOICE | {"metadata": {wrong: "order"}})
        assert "metadata: has a key that is a bytes" in str(error)


def test_what_contains_itself_is_refused_by_the_parameters_name(refused: Refused) -> None:
    endless: list[Any] = []
    endless.append(endless)
    error = refused("customers.create", {"id": "c", "currency": "EUR", "addresses": endless})
    assert "addresses: is nested too deeply, or contains itself" in str(error)


def test_nothing_that_can_be_sent_is_refused_here(client: Cryptopay) -> None:
    class Text(str):
        pass

    tidy = {"name": "n", "pay_currency": Text("BTC"), "receiver_currency": "EUR"}
    assert client.channels.create(**tidy).name == "n"
    person = models.Beneficiary(
        type=models.BeneficiaryType.NATURAL_PERSON, name="n", address=models.BeneficiaryAddress(country="DE")
    )
    made = client.coin_withdrawals.create(
        address="2N9nMQ4sJ2nVMDzMwvQcXgqXuRMXtuTK3mA", charged_currency="EUR", received_currency="BTC",
        received_amount=Decimal("0.001"), custom_id="p", beneficiary=person,
    )  # fmt: skip
    assert made.custom_id == "p"
    assert msgspec.json.decode(c.outcome_of(made).data)["received_amount"]


@pytest.mark.parametrize(
    ("operation", "given", "said"),
    [
        ("coins.list", {"tiemout": 1}, "tiemout: there is no parameter or option of this name, the nearest is timeout"),
        (
            "invoices.create",
            INVOICE | {"custom_di": "1"},
            "custom_di: there is no parameter or option of this name, the nearest is custom_id",
        ),
        (
            "invoices.list",
            {"if_non_match": "1"},
            "if_non_match: there is no parameter or option of this name, the nearest is if_none_match",
        ),
        ("invoices.list", {"zebra": "1"}, "zebra: there is no parameter or option of this name"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_the_nearest(
    refused: Refused, operation: str, given: dict[str, Any], said: str
) -> None:
    error = refused(operation, given)
    assert isinstance(error, TypeError)
    assert str(error) == said


def test_a_setting_that_does_not_exist_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "API_KEY", "API_SECRET"):
        monkeypatch.setenv(f"CRYPTOPAY_{name}", "sandbox")
    for kind in (Cryptopay, AsyncCryptopay):
        with pytest.raises(TypeError, match=r"^tiemout: there is no setting of this name, the nearest is timeout$"):
            kind.from_env(tiemout=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match=r"^idempotency: there is no setting of this name$"):
            kind.from_env(idempotency=1)  # type: ignore[call-arg]
    with Cryptopay(environment="sandbox", api_key="k", api_secret="s") as client:
        with pytest.raises(TypeError, match=r"^tiemout: there is no option of this name, the nearest is timeout$"):
            client.resolve({}, tiemout=1)  # type: ignore[call-arg]


def test_settings_are_those_of_the_client() -> None:
    import inspect

    from cryptopay_client._settings import Settings

    assert list(Settings.__annotations__) == list(inspect.signature(Cryptopay).parameters)


@pytest.mark.parametrize("kind", [Cryptopay, AsyncCryptopay])
def test_no_rate_limit_is_asked_for_and_zero_is_refused(kind: Any) -> None:
    given = {"environment": "sandbox", "api_key": "k", "api_secret": "s"}
    for wrong in (0, 201, -1, 1.5):
        text = r"rate limit must be a whole number of requests a minute, 1 to 200, or null \(None, nil\) for no limit"
        with pytest.raises(c.ConfigurationError, match=text):
            kind(**given, rate_limit=wrong)
    for good in (None, 1, 200):
        kind(**given, rate_limit=good)


def test_no_rate_limit_can_be_asked_for_beside_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "API_KEY", "API_SECRET"):
        monkeypatch.setenv(f"CRYPTOPAY_{name}", "sandbox")
    made: list[dict[str, Any]] = []

    class Told(Cryptopay):
        def __init__(self, **settings: Any) -> None:
            made.append(settings)

    Told.from_env(rate_limit=None, max_body=None)
    Told.from_env()
    assert made[0]["rate_limit"] is None
    assert "max_body" not in made[0]
    assert "rate_limit" not in made[1]


@pytest.mark.parametrize("kind", [Cryptopay, AsyncCryptopay])
def test_a_setting_that_is_no_text_is_refused_by_its_name(kind: Any) -> None:
    given = {"environment": "sandbox", "api_key": "k", "api_secret": "s"}
    for more, said in [
        ({"environment": b"sandbox"}, "environment: is a bytes, give a str"),
        ({"api_key": b"k"}, "api_key: is a bytes, give a str"),
        ({"api_secret": b"s"}, "api_secret: is a bytes, give a str"),
        ({"api_secret": object()}, "api_secret: is a object, give a str"),
        ({"callback_secrets": ["a", b"b"]}, "callback_secrets.1: is a bytes, give a str"),
        ({"user_agent_suffix": b"x"}, "user_agent_suffix: is a bytes, give a str"),
    ]:
        with pytest.raises(c.ConfigurationError) as error:
            kind(**given | more)
        assert (str(error.value), error.value.message) == (f"configuration: {said}", said)


def test_callbacks_take_texts_alone() -> None:
    for secrets in (b"s", [b"s"], ["s", None]):
        with pytest.raises(c.ConfigurationError, match=r"^secrets: one is a \w+, give each as a str$"):
            Callbacks(secrets)  # type: ignore[arg-type]
    with pytest.raises(c.InvalidSignatureError, match="signature: is a bytes, give the header's value as a str"):
        Callbacks(["s"]).verify(b"{}", b"00")  # type: ignore[arg-type]


def test_a_callback_secret_that_is_missing_is_told_in_the_cores_words() -> None:
    said = (
        "no callback secret was given, give the client the one shown in the dashboard; a client made from environment "
        "variables reads it from CRYPTOPAY_CALLBACK_SECRET"
    )
    acts: list[Callable[[], object]] = [
        lambda: Callbacks([]).sign(b"{}"),
        lambda: Callbacks([]).verify(b"{}", "00"),
        lambda: Cryptopay(environment="sandbox", api_key="k", api_secret="s").callbacks,
        lambda: AsyncCryptopay(environment="sandbox", api_key="k", api_secret="s").callbacks,
    ]
    for act in acts:
        with pytest.raises(c.ConfigurationError) as error:
            act()
        assert (str(error.value), error.value.message) == (said, said)
