"""Successes without an object: a call has nothing to hand back for them, and says what they mean."""

import json
import pickle
from typing import Any

import pytest
import wire

import cryptopay_client as c
from cryptopay_client import Cryptopay


def test_a_conditional_read_that_finds_nothing_new_raises_not_modified() -> None:
    def act(connection: Any, _: int) -> None:
        connection.sendall(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")

    with wire.wire(act) as server, Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
        with pytest.raises(c.NotModified) as nothing:
            own.coins.list(if_none_match="x")
        assert nothing.value.outcome.not_modified


def test_a_version_that_an_answer_did_not_tell_is_no_condition() -> None:
    with wire.wire(wire.ok) as server:
        with Cryptopay(environment=server.url, api_key="k", api_secret="s", max_retries=0) as own:
            with pytest.raises(c.InvalidResponseError):
                own.coins.list(if_none_match=None, if_modified_since=None)
        assert b"if-none-match" not in server.requests[0].lower()
        assert b"if-modified-since" not in server.requests[0].lower()


def test_a_payout_that_is_accepted_without_an_object_is_unknown_and_has_its_record() -> None:
    def act(connection: Any, _: int) -> None:
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    payout = {"address": "a", "charged_currency": "EUR", "received_currency": "BTC", "received_amount": "1"}
    with wire.wire(act) as server, Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
        with pytest.raises(c.OutcomeUnknownError, match="store the record and resolve it later") as told:
            own.coin_withdrawals.create(**payout, force_commit=True, custom_id="p-1")
    error = told.value
    assert isinstance(error, c.Accepted)
    assert (error.code, error.status) == ("outcome_unknown", 202)
    assert error.record is not None
    assert error.record["custom_id"] == "p-1"
    assert c.pending(error) == error.outcome.record == error.record
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.record) == (str(error), error.record)


@pytest.mark.parametrize("body", [b'{"data":null}', b"[]"])
def test_an_answer_that_says_done_and_shows_nothing_is_no_success(body: bytes) -> None:
    def act(connection: Any, _: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with wire.wire(act) as server, Cryptopay(environment=server.url, api_key="k", api_secret="s", max_retries=0) as own:
        with pytest.raises(c.InvalidResponseError, match=r"rates\.all: invalid_response \(status 200, 1 attempt\): "):
            own.rates.all()


PAYOUT: dict[str, Any] = {"address": "a", "charged_currency": "EUR", "received_currency": "BTC", "received_amount": "1"}
OBJECT = {
    "id": "06a54ccb-889f-4c1f-8a59-086a84a1e2dd", "address": "a", "charged_amount": "1", "charged_currency": "EUR",
    "received_amount": "1", "received_currency": "BTC", "network_fee": "0", "fee": "0", "fee_currency": "EUR",
    "network_fee_level": "fast", "created_at": "2026-01-01T00:00:00+00:00",
    "status": "completed", "custom_id": "p-1",
}  # fmt: skip


def answering(data: Any, **more: Any) -> Any:
    body = json.dumps({"data": data} | more).encode()

    def act(connection: Any, _: int) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    return act


@pytest.mark.parametrize("wrong", [{"status": ...}, {"status": 5}, {"received_currency": None}])
def test_a_payout_whose_answer_lacks_what_has_to_be_there_was_applied_and_is_not_called_anything_else(
    wrong: dict[str, Any],
) -> None:
    data = {name: value for name, value in (OBJECT | wrong).items() if value is not ...}
    with wire.wire(answering(data)) as server:
        with Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
            with pytest.raises(c.OutcomeUnknownError, match="the request was applied, but its answer does not") as told:
                own.coin_withdrawals.create(**PAYOUT, force_commit=True, custom_id="p-1")
        assert len(server.requests) == 1
    error = told.value
    assert next(iter(wrong)) in str(error)
    assert (error.status, error.existing_id) == (201, OBJECT["id"])
    assert error.record is not None
    assert error.record["custom_id"] == "p-1"


def test_what_may_be_left_out_hides_no_object() -> None:
    with wire.wire(answering(OBJECT | {"txid": 5, "risk": []})) as server:
        with Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
            payout = own.coin_withdrawals.create(**PAYOUT, force_commit=True, custom_id="p-1")
    assert (str(payout.id), payout.txid, payout.risk) == (OBJECT["id"], "5", "[]")


def test_a_row_that_cannot_be_read_is_not_where_a_list_goes_on() -> None:
    with wire.wire(answering([OBJECT | {"status": 5}], meta={"has_more": False})) as server:
        with Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
            with pytest.raises(c.InvalidResponseError, match="does not fit its model: status: ") as told:
                list(own.coin_withdrawals.list())
    assert (told.value.existing_id, told.value.record) == (None, None)
