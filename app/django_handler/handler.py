"""Django's ASGI handler without work that a small async request does not need.

Left out, and why it is safe:
- a thread context with threads of its own: the context lends one of DatabaseThreads, when the ORM is first used;
- request_started and request_finished, while only Django's receivers listen: they tidy up the connections, caches and
  URL configuration of a thread that was not used, and DatabaseThread tidies one that was; any other receiver brings
  the signals back, through Django's own code;
- a temporary file for a body that is not there (RFC 9112 §6.3: no length and no coding, no body);
- a listening task for requests that are done soon (disconnect.py);
- a thread hop to log an answer of 400 and above: our access log has it;
- resolving the same path again: a route without parameters always resolves to the same match, unless the request or
  a view middleware has a say in it;
- asking again whether a view is async: a function stays what it is;
- a coroutine for each of these steps: each coroutine of a request is resumed from the outermost inward.
"""

import asyncio
import io
from collections.abc import Awaitable
from contextlib import suppress
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.exception import response_for_exception
from django.db import OperationalError
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, set_urlconf

from app.django_handler import disconnect
from app.django_handler.request import LeanRequest
from app.django_handler.shared_timer import SharedTimer
from app.django_handler.signal_receivers import SignalReceivers
from app.django_handler.thread_context import ThreadContext
from app.django_handler.threads import DatabaseThreads
from app.http.asgi_types import Scope, Send
from app.http.whole_response import WHOLE, send_in_two
from auth.errors import ServiceUnavailable
from auth.http.responses import JSONResponse

_JSON = (b"content-type", b"application/json")
_BODY_FIELDS = frozenset({b"content-length", b"transfer-encoding"})
_BODYLESS = frozenset({204, 304})
"""Must not, or need not, state a length (RFC 9110 §8.6)."""
_MAX_ROUTES = 1000


class LeanHandler(ASGIHandler):
    """Serves HTTP scopes; everything else is the application's to handle."""

    request_class = LeanRequest
    handled: tuple[type[Exception], ...] = ()

    # Of BaseHandler; django-stubs does not declare them.
    _middleware_chain: Any
    _view_middleware: list[Any]
    _template_response_middleware: list[Any]
    _exception_middleware: list[Any]

    def __init__(self, threads: DatabaseThreads) -> None:
        super().__init__()
        self._threads = threads
        self._timer = SharedTimer(disconnect.LISTEN_AFTER_SECONDS)
        self._routes: dict[str, ResolverMatch] = {}
        self._signals = SignalReceivers(signals.request_started, signals.request_finished, sender=type(self))
        is_atomic = any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values())
        hooks = self._view_middleware or self._template_response_middleware or self._exception_middleware
        self._is_stock = is_atomic or bool(hooks)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  Django's signature
        super().load_middleware(is_async)
        self._has_middleware = bool(settings.MIDDLEWARE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        try:
            has_body = not _BODY_FIELDS.isdisjoint([name for name, _ in scope["headers"]])
            body: Any = await self.read_body(receive) if has_body else io.BytesIO()
        except RequestAborted:
            return
        with ThreadContext(self._threads.lease), body:
            if has_foreign := self._signals.have_foreign():
                await signals.request_started.asend(sender=self.__class__, scope=scope)
            request, response = self.create_request(scope, body)
            watch = disconnect.DisconnectWatch(receive, self._timer)
            try:
                if request is not None:
                    chain = self._middleware_chain if self._has_middleware else self._get_response_async
                    response = await chain(request)
                    if response.status_code >= 400:
                        response = await self.explain(request, response)
                await self._send(scope, response, send)
            except asyncio.CancelledError:
                if not watch.is_why():
                    raise
            finally:
                watch.stop()
                is_bare = not (has_body or has_foreign or self._has_middleware)
                if is_bare and type(response) is JSONResponse and not response._resource_closers:
                    response.closed = True
                else:
                    await self._finish(request, response, has_foreign=has_foreign)

    async def explain(self, request: ASGIRequest, response: HttpResponseBase) -> HttpResponseBase:
        """What is sent instead of a response of 400 and above."""
        return response

    def resolve_request(self, request: Any) -> ResolverMatch:
        if hasattr(request, "urlconf"):
            return super().resolve_request(request)
        match = self._routes.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if not (match.args or match.kwargs or self._view_middleware) and len(self._routes) < _MAX_ROUTES:
                self._routes[request.path_info] = match
        request.resolver_match = match
        return match

    async def _get_response_async(self, request: Any) -> HttpResponseBase:
        """Straight to an async view; whatever else there may be is Django's to do.

        An exception becomes a response here, as in stock on its way to any middleware (convert_exception_to_response).
        """
        stock: Any = super()
        try:
            match = None if self._is_stock else self.resolve_request(request)
            if match is None or not _is_async(match.func):
                whole: HttpResponseBase = await stock._get_response_async(request)
                return whole
            response = await match.func(request, *match.args, **match.kwargs)
            return response if isinstance(response, JSONResponse) else await self._rendered(response, match.func)
        except self.handled as error:
            return self.respond_to(error)
        except Exception as error:  # noqa: BLE001  as stock does
            return await sync_to_async(response_for_exception, thread_sensitive=False)(request, error)

    async def _rendered(self, response: Any, view: Any) -> HttpResponseBase:
        if not isinstance(response, HttpResponseBase):
            self.check_response(response, view)
        if callable(getattr(response, "render", None)):
            is_async = iscoroutinefunction(response.render)
            response = await (response.render() if is_async else sync_to_async(response.render)())
        whole: HttpResponseBase = response
        return whole

    def respond_to(self, error: Exception) -> HttpResponseBase:
        """The response when a view raises one of `handled`; the rest is Django's to handle."""
        raise error

    def _send(self, scope: Scope, response: Any, send: Send) -> Awaitable[None]:
        if response.streaming:
            if isinstance(response, FileResponse):
                response.block_size = self.chunk_size
            stream: Awaitable[None] = self.send_response(response, cast(Any, send))
            return stream
        if type(response) is JSONResponse and (body := response.plain_body()) is not None:
            fields = [_JSON, (b"content-length", b"%d" % len(body))]
        else:
            body, fields = response.content, _fields(response)
            if response.status_code not in _BODYLESS and not response.has_header("Content-Length"):
                fields.append((b"content-length", b"%d" % len(body)))
        if WHOLE in scope.get("extensions", ()):
            return send({"type": WHOLE, "status": response.status_code, "headers": fields, "body": body})
        return send_in_two(send, response.status_code, fields, body)

    async def _finish(self, request: Any, response: Any, *, has_foreign: bool) -> None:
        """What response.close() does, whatever has happened; the signal is sent when anyone but Django listens.

        It does so on the request's thread where there may be more to close than the request: a file, a generator, or
        what a subclass holds. Without a response, a view may still be busy there: Django's receivers run after it, and
        only then is the body taken away.
        """
        if hasattr(request, "urlconf"):
            set_urlconf(None)
        if response is not None and request is not None:
            response._resource_closers.append(request.close)
        if response is not None and not has_foreign and _is_simple(response):
            _close(response)
            return
        with suppress(ServiceUnavailable, OperationalError):  # no thread was lent, or it is held up
            if response is None:
                await signals.request_finished.asend(sender=self.__class__)
            else:
                response._handler_class = self.__class__
                await sync_to_async(response.close)()


@lru_cache(maxsize=_MAX_ROUTES)
def _is_async(view: Any) -> bool:
    """Views can be hashed: Django itself keeps them as keys (URLResolver._populate)."""
    return iscoroutinefunction(view)


def _fields(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return fields + cookies


def _is_simple(response: Any) -> bool:
    has_more = response.streaming or len(response._resource_closers) > 1
    return not has_more and type(response).close is HttpResponseBase.close


def _close(response: Any) -> None:
    for closer in response._resource_closers:
        with suppress(Exception):  # as Django does
            closer()
    response._resource_closers.clear()
    response.closed = True
