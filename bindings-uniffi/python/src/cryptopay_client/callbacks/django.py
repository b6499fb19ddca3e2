"""A Django view that receives callbacks: `path("callbacks", view(client.callbacks, handler, store))`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import LEASE, MAX_BODY, SIGNATURE_HEADER, Callbacks, Handler, Store

__all__ = ["view"]

_SIGNATURE = "HTTP_" + SIGNATURE_HEADER.upper().replace("-", "_")


def view(
    callbacks: Callbacks, handler: Handler, store: Store, *, lease: float = LEASE
) -> Callable[[HttpRequest], HttpResponse]:
    """A view that verifies a callback, hands it to `handler` once, and answers what the API needs to know. When the
    handler raises, Django answers 500 and the API delivers again. Without CSRF protection: the signature proves the
    sender. `handler`, `store` and `lease` are as in `Callbacks.receive`."""

    def cryptopay_callback(request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            return HttpResponse(b"too large", status=413, content_type="text/plain")
        reply = callbacks.receive(request.body, request.META.get(_SIGNATURE), handler, store, lease=lease)
        return HttpResponse(reply.text.encode(), status=reply.status, content_type="text/plain")

    received: Any = csrf_exempt(require_POST(cryptopay_callback))
    return cast("Callable[[HttpRequest], HttpResponse]", received)
