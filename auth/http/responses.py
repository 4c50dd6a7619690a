"""An HttpResponse for JSON bytes that builds headers and cookies on first use."""

from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponse
from django.http.response import ResponseHeaders
from django.utils.functional import cached_property

CONTENT_TYPE = "application/json"


class JSONResponse(HttpResponse):
    """Carries `body` as it is. Middleware may treat it as any other HttpResponse.

    Safe because the attributes that HttpResponse.__init__ sets are all here, with the values that it would give them;
    the two that cost most are made at the first look, and the handler can tell that nobody has looked.
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

    @property
    def is_plain(self) -> bool:
        """Whether nobody has touched its headers or cookies."""
        return "headers" not in self.__dict__ and "cookies" not in self.__dict__
