"""CORS around the whole application: allowed origins may read errors too."""

import io
from collections.abc import Awaitable
from functools import cache, lru_cache
from urllib.parse import SplitResult

from corsheaders.conf import conf
from corsheaders.middleware import ACCESS_CONTROL_ALLOW_METHODS
from corsheaders.middleware import CorsMiddleware as Stock
from corsheaders.signals import check_request_enabled
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from app.django_handler.request import LeanRequest
from app.http.asgi_types import ASGIApp, Fields, Message, Receive, Scope, Send
from app.http.headers import of_response
from auth.http.context import STATE_KEY

_LONGEST = 512
"""Bytes of a path that is remembered, and of an origin that is looked at (urlsplit remembers it): the caller's text."""

_ALLOW_METHODS = ACCESS_CONTROL_ALLOW_METHODS.encode()
_ABOUT_A_BODY = b"content-"


class CorsMiddleware:
    """The header fields of django-cors-headers, computed once for each path and origin.

    A request without an Origin pays for the look at its fields, and is handed on: there is nothing to do for it but
    Vary, which is a default field. Receivers of django-cors-headers' signal are called for each request with an Origin,
    before it is answered, and see all of it but the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._granted = lru_cache(maxsize=1024)(_rules().of_origin)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if b"origin" not in scope["state"][STATE_KEY].fields:
            return self._app(scope, receive, send)
        origin = _origin(scope["headers"])
        if origin is None:
            return self._app(scope, receive, send)
        if scope["method"] == "OPTIONS":
            return self._app(scope, receive, _options(scope, send))
        return self._app(scope, receive, _adding(self._fields(scope, origin), send))

    def _fields(self, scope: Scope, origin: bytes) -> Fields:
        if check_request_enabled.receivers:
            return _rules().complete(_without_body(scope), _empty())
        of_origin = self._granted if len(scope["path"]) <= _LONGEST else _rules().of_origin
        return of_origin(scope["path"], origin)


def granted(scope: Scope) -> Fields:
    """For an answer that is given outside the layer: after an error that escaped it."""
    return _of(scope["headers"], scope["path"])


def granted_anywhere(headers: Fields) -> Fields:
    """For an answer to a request that is refused before its path is known."""
    return _of(headers, "/api/")


def _of(headers: Fields, path: str) -> Fields:
    origin = _origin(headers)
    return [] if origin is None else _rules().of_origin(path, origin)


def _origin(headers: Fields) -> bytes | None:
    for name, value in headers:
        if name == b"origin" and len(value) <= _LONGEST:
            return value
    return None


class _Rules(Stock):
    """What django-cors-headers answers, as bytes."""

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        """An origin has no path, not even a slash (RFC 6454 §6.2); stock looks at scheme and host alone."""
        return origin in conf.CORS_ALLOWED_ORIGINS or self.regex_domain_match(origin)

    def of_origin(self, path: str, origin: bytes) -> Fields:
        request = HttpRequest()
        request.method, request.path_info = "GET", path
        request.META["HTTP_ORIGIN"] = origin.decode("latin-1")
        return self.complete(request, _empty())

    def complete(self, request: HttpRequest, response: HttpResponseBase) -> Fields:
        self.add_response_headers(request, response)
        return of_response(response)


@cache
def _rules() -> _Rules:
    return _Rules(_no_view)


def _no_view(request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError("only the rules are asked")


def _empty() -> HttpResponse:
    response = HttpResponse()
    del response["Content-Type"]
    return response


def _without_body(scope: Scope) -> LeanRequest:
    """The request as receivers see it. Django may be unable to make one of what the guard has not yet looked at."""
    headers = [field for field in scope["headers"] if not field[0].startswith(_ABOUT_A_BODY)]
    query = scope.get("query_string", b"").decode("utf-8", "replace").encode()
    return LeanRequest({**scope, "headers": headers, "query_string": query}, io.BytesIO())


def _options(scope: Scope, send: Send) -> Send:
    request = _without_body(scope)
    preflight = _rules().check_preflight(request)
    fields = _rules().complete(request, preflight or _empty())
    return _adding(fields, send, names_methods=True) if preflight is None else _replacing(fields, send)


def _adding(fields: Fields, send: Send, *, names_methods: bool = False) -> Send:
    def send_with_fields(message: Message) -> Awaitable[None]:
        if "status" in message:
            more = _naming_methods(fields, message) if names_methods else fields
            message["headers"] = [*message["headers"], *more]
        return send(message)

    return send_with_fields


def _replacing(fields: Fields, send: Send) -> Send:
    """A preflight is answered here. What the application says to OPTIONS names the methods, and is not sent."""

    async def send_instead(message: Message) -> None:
        if "status" in message:
            kept = [field for field in message["headers"] if field[0] == b"connection"]
            message = {**message, "status": 200, "headers": [*_naming_methods(fields, message), *kept]}
        if not message.get("more_body", False):
            await send({**message, "body": b""} if "body" in message else message)

    return send_instead


def _naming_methods(fields: Fields, message: Message) -> Fields:
    """Those of the route, by its own word, where stock names all that there are."""
    allowed = next((value for name, value in message["headers"] if name.lower() == b"allow"), b"")
    return [(name, allowed if name == _ALLOW_METHODS else value) for name, value in fields]
