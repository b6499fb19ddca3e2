"""A Flask view that receives callbacks: `app.post("/callbacks")(view(client.callbacks, handler, store))`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from . import LEASE, MAX_BODY, SIGNATURE_HEADER, Callbacks, Handler, Store

__all__ = ["view"]


def view(callbacks: Callbacks, handler: Handler, store: Store, *, lease: float = LEASE) -> Callable[[], Response]:
    """A view that verifies a callback, hands it to `handler` once, and answers what the API needs to know. When the
    handler raises, Flask answers 500 and the API delivers again. `handler`, `store` and `lease` are as in
    `Callbacks.receive`."""

    def cryptopay_callback() -> Response:
        if (request.content_length or 0) > MAX_BODY:
            return Response("too large", 413)
        body = request.stream.read(MAX_BODY + 1)
        reply = callbacks.receive(body, request.headers.get(SIGNATURE_HEADER), handler, store, lease=lease)
        return Response(reply.text, reply.status, mimetype="text/plain")

    return cryptopay_callback
