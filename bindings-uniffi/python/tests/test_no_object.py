"""Successes without an object: a call has nothing to hand back for them, and says what they mean."""

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


def test_a_payout_that_is_accepted_without_an_object_is_unknown_and_has_its_record() -> None:
    def act(connection: Any, _: int) -> None:
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    payout = {"address": "a", "charged_currency": "EUR", "received_currency": "BTC", "received_amount": "1"}
    with wire.wire(act) as server, Cryptopay(environment=server.url, api_key="k", api_secret="s") as own:
        with pytest.raises(c.OutcomeUnknownError, match="give the record to resolve later") as told:
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
