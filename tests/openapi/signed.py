"""Signs each request as the API's documentation says, with Python's own hmac and hashlib, and nothing of the client.

It runs on the bytes that are about to be sent, because those are what is signed.
"""

import base64
import hashlib
import hmac
from email.utils import formatdate
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase


class Signed(AuthBase):
    """The signature of one API key."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._api_key = api_key
        self._key = api_secret.encode()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        content_type = request.headers.get("Content-Type")
        if content_type is None and not body:
            content_type = request.headers["Content-Type"] = "application/json"
        date = formatdate(usegmt=True)
        parts = urlsplit(request.url or "")
        path = parts.path + ("?" + parts.query if parts.query else "")
        # A body that is there, be it `{}`, is hashed; one that is not leaves its line empty.
        digest = hashlib.md5(body).hexdigest() if body else ""
        text = "\n".join([request.method or "", digest, _text(content_type), date, path])
        signature = base64.b64encode(hmac.new(self._key, text.encode(), hashlib.sha1).digest()).decode()
        request.headers["Date"] = date
        request.headers["Authorization"] = f"HMAC {self._api_key}:{signature}"
        return request


def _text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""
