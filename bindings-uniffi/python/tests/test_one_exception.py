"""An exception that more than one place holds: what a call takes out of it must not end what still waits there."""

import asyncio
from typing import Any

import pytest
from test_stopping import PAYOUT, settings

from cryptopay_client import AsyncCryptopay, CryptopayError, OutcomeUnknownError, Permit
from cryptopay_client.fetch import FetchError, Request, Response


def test_two_calls_that_one_exception_ends_both_end() -> None:
    broken = ConnectionResetError("the circuit is open")

    class Broken:
        async def fetch(self, _: Request) -> Response:
            raise broken

        async def close(self) -> None: ...

    async def main() -> list[Any]:
        async with AsyncCryptopay(**settings("sandbox"), fetch=Broken()) as client:

            async def pay(custom_id: str, after: float) -> Any:
                await asyncio.sleep(after)
                return await client.coin_withdrawals.create(**PAYOUT | {"custom_id": custom_id}, timeout=5)

            calls = asyncio.gather(pay("p-1", 0), pay("p-2", 0.1), return_exceptions=True)
            return await asyncio.wait_for(calls, 15)

    for error in asyncio.run(main()):
        assert isinstance(error, OutcomeUnknownError)
        assert error.record is not None


def test_what_reads_beside_goes_on_after_the_exception_that_it_kept() -> None:
    rounds = 0

    class Kept:
        broken: OSError | None = None

        async def read(self) -> None:
            nonlocal rounds
            try:
                raise ConnectionResetError("gone")
            except OSError as error:
                self.broken = error
                while True:
                    await asyncio.sleep(0.01)
                    rounds += 1

        async def fetch(self, _: Request) -> Response:
            raise FetchError("connect", sent=False) from self.broken

        async def close(self) -> None: ...

    async def main() -> None:
        fetch = Kept()
        reader = asyncio.ensure_future(fetch.read())
        await asyncio.sleep(0)
        async with AsyncCryptopay(**settings("sandbox"), fetch=fetch) as client:
            with pytest.raises(CryptopayError):
                await client.coins.list(max_retries=0)
        before = rounds
        await asyncio.sleep(0.1)
        assert rounds > before
        assert not reader.done()
        reader.cancel()

    asyncio.run(main())


@pytest.mark.parametrize(("answer", "asked"), [(-3, 1), (0.5, 1), (None, 1), (float("nan"), 1), ("soon", 1)])
def test_a_shared_limit_may_answer_late_and_must_not_end_a_call(answer: Any, asked: int) -> None:
    permits: list[Permit] = []

    class Answers:
        async def fetch(self, _: Request) -> Response:
            return Response(200, [], b'{"data":[]}')

        async def close(self) -> None: ...

    class Odd:
        async def permit(self, permit: Permit) -> Any:
            permits.append(permit)
            return answer

    async def main() -> int:
        async with AsyncCryptopay(**settings("sandbox"), fetch=Answers(), shared_limit=Odd()) as client:
            return len(await client.coins.list())

    assert asyncio.run(main()) == 0
    assert len(permits) == asked
