"""A Starlette and FastAPI endpoint that receives callbacks:
`app.add_route("/callbacks", endpoint(client.callbacks, handler, store), methods=["POST"])`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from . import LEASE, MAX_BODY, SIGNATURE_HEADER, AsyncHandler, AsyncStore, Callbacks, Store

__all__ = ["endpoint"]


def endpoint(
    callbacks: Callbacks, handler: AsyncHandler, store: AsyncStore | Store, *, lease: float = LEASE
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that verifies a callback, hands it to `handler` once, and answers what the API needs to know. When
    the handler raises, 500 is answered and the API delivers again. `handler`, `store` and `lease` are as in
    `Callbacks.receive_async`."""

    async def cryptopay_callback(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return PlainTextResponse("too large", 413)
        signature = request.headers.get(SIGNATURE_HEADER)
        reply = await callbacks.receive_async(bytes(body), signature, handler, store, lease=lease)
        return PlainTextResponse(reply.text, reply.status)

    return cryptopay_callback
