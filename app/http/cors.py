"""CORS for requests that ask for it, at the price of a look-up."""

from functools import cache, lru_cache
from typing import Any
from urllib.parse import SplitResult

from corsheaders.conf import conf
from corsheaders.middleware import ACCESS_CONTROL_ALLOW_METHODS
from corsheaders.middleware import CorsMiddleware as Stock
from corsheaders.signals import check_request_enabled
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from app.http.headers import Fields

ACCESS_CONTROL_REQUEST_METHOD = "access-control-request-method"

_LONGEST = 512
"""Bytes of a path that is remembered, and of an origin that is looked at (urlsplit remembers it): the caller's text."""


class CorsMiddleware(Stock):
    """django-cors-headers, asked once for each path and origin. Its answer goes to app/http/request_log.py as bytes.

    Requests without an Origin never enter it: it does nothing for them but Vary, which is sent with every answer.
    Preflights are its own to answer, but for the methods; so is everything when somebody listens to its signal, who may
    look at more.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._granted = lru_cache(maxsize=1024)(self._ask)

    async def __acall__(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        origin = next(
            (value for name, value in request.scope["headers"] if name == b"origin" and len(value) <= _LONGEST), None
        )
        if origin is not None:
            if request.method == "OPTIONS":
                return await self._asked_ahead(request)
            if check_request_enabled.receivers:
                return await super().__acall__(request)
            ask = self._granted if len(request.path_info) <= _LONGEST else self._ask
            request.scope["state"]["cors"] = ask(request.path_info, origin)
        answer: Any = self.get_response(request)
        response: HttpResponseBase = await answer
        return response

    async def _asked_ahead(self, request: ASGIRequest) -> HttpResponseBase:
        """As stock, but for the methods that it names: those that the route has, by its own word."""
        response = await super().__acall__(request)
        if ACCESS_CONTROL_ALLOW_METHODS in response:
            is_preflight = ACCESS_CONTROL_REQUEST_METHOD in request.headers
            own: HttpResponseBase = await self.get_response(request) if is_preflight else response  # type: ignore[misc]
            response[ACCESS_CONTROL_ALLOW_METHODS] = own.get("Allow", "")
        return response

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        """An origin has no path, not even a slash (RFC 6454 §6.2); stock looks at scheme and host alone."""
        return origin in conf.CORS_ALLOWED_ORIGINS or self.regex_domain_match(origin)

    def _ask(self, path: str, origin: bytes) -> Fields:
        request = HttpRequest()
        request.method, request.path_info = "GET", path
        request.META["HTTP_ORIGIN"] = origin.decode("latin-1")
        response = HttpResponse()
        del response["Content-Type"]
        self.add_response_headers(request, response)
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]


def granted(fields: Fields) -> Fields:
    """For an answer to a request that is refused before its path is known."""
    origin = next((value for name, value in fields if name == b"origin" and len(value) <= _LONGEST), None)
    return [] if origin is None else _of_the_api()._ask("/api/", origin)


@cache
def _of_the_api() -> CorsMiddleware:
    return CorsMiddleware(_nothing)


async def _nothing(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse()
