"""An HttpResponse for JSON bytes that builds headers and cookies on first use."""

from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponse
from django.http.response import ResponseHeaders
from django.utils.functional import cached_property

CONTENT_TYPE = "application/json"


class JSONResponse(HttpResponse):
    """Carries `body` as it is. Middleware may treat it as any other HttpResponse.

    Safe because all attributes that HttpResponse.__init__ sets are here, with the same values; the two most expensive
    ones are created on first access, and the handler can tell whether they were accessed.
    """

    streaming = False
    _charset = None
    _reason_phrase = None

    def __init__(self, body: bytes = b"", *, status: int = 200) -> None:
        self._container = [body]
        self._resource_closers: list[Any] = []
        self._handler_class = None
        self.closed = False
        self.status_code = status

    @cached_property
    def headers(self) -> ResponseHeaders:  # type: ignore[override]
        return ResponseHeaders({"Content-Type": CONTENT_TYPE})

    @cached_property
    def cookies(self) -> "SimpleCookie":  # type: ignore[override]
        return SimpleCookie()

    def plain_body(self) -> bytes | None:
        """The body, if neither the headers nor the cookies have been accessed."""
        is_plain = "headers" not in self.__dict__ and "cookies" not in self.__dict__
        return b"".join(self._container) if is_plain else None
