"""Django's ASGI handler without work that a small async request does not need.

Left out, and why it is safe:
- a thread context with threads of its own: the context lends one of DatabaseThreads, when the ORM is first used;
- request_started and request_finished, while only Django's receivers listen: they tidy up the connections, caches and
  URL configuration of a thread that was not used, and DatabaseThread tidies one that was; any other receiver brings
  the signals back, through Django's own code;
- a temporary file for a body that is not there (RFC 9112 §6.3: no length and no coding, no body);
- a listening task for requests that are done within PATIENCE (disconnect.py);
- a thread hop to log an answer of 400 and above: our access log has it;
- resolving the same path again: a route without parameters always resolves to the same match, unless the request or
  a view middleware has a say in it;
- asking again whether a view is async: a function stays what it is.
"""

import io
from contextlib import suppress
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any, BinaryIO, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.db import OperationalError
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, set_urlconf

from app.django_handler import disconnect
from app.django_handler.disconnect import ClientGone, unless_client_leaves
from app.django_handler.request import LeanRequest
from app.django_handler.shared_timer import SharedTimer
from app.django_handler.signal_receivers import SignalReceivers
from app.django_handler.thread_context import ThreadContext
from app.django_handler.threads import DatabaseThreads
from app.http.asgi_types import Receive, Scope, Send
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
        self._started = SignalReceivers(signals.request_started, sender=type(self))
        self._finished = SignalReceivers(signals.request_finished, sender=type(self))
        self._is_atomic = any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        async with ThreadContext(executor=self._threads.lease()):
            await self.handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        try:
            body: Any = await self.read_body(receive) if _has_body(scope) else io.BytesIO()
        except RequestAborted:
            return
        with body:
            await self._exchange(scope, body, receive, send)

    async def _exchange(self, scope: Scope, body: BinaryIO, receive: Receive, send: Send) -> None:
        if self._started.has_foreign():
            await signals.request_started.asend(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        if request is None:
            await self.send_response(refusal, send)
            await self._finish(refusal)
        else:
            await self._serve(request, receive, send)

    async def _serve(self, request: ASGIRequest, receive: Receive, send: Send) -> None:
        response: HttpResponseBase | None = None

        async def respond() -> None:
            nonlocal response
            response = await self.run_get_response(request)
            await self.send_response(response, send)

        try:
            await unless_client_leaves(respond(), receive, self._timer)
        except ClientGone:
            pass
        finally:
            if hasattr(request, "urlconf"):
                set_urlconf(None)
            await self._finish(response)

    async def get_response_async(self, request: Any) -> HttpResponseBase:
        response: HttpResponseBase = await self._middleware_chain(request)
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]
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
        """Straight to an async view; whatever else there may be is Django's to do."""
        stock: Any = super()
        if self._view_middleware or self._template_response_middleware or self._exception_middleware:
            return cast(HttpResponseBase, await stock._get_response_async(request))
        match = self.resolve_request(request)
        if self._is_atomic or not _is_async(match.func):
            return cast(HttpResponseBase, await stock._get_response_async(request))
        try:
            response: Any = await match.func(request, *match.args, **match.kwargs)
        except self.handled as error:
            response = self.respond_to(error)
        if not isinstance(response, HttpResponseBase):
            self.check_response(response, match.func)
        if callable(getattr(response, "render", None)):
            is_async = iscoroutinefunction(response.render)
            response = await (response.render() if is_async else sync_to_async(response.render)())
        whole: HttpResponseBase = response
        return whole

    def respond_to(self, error: Exception) -> HttpResponseBase:
        """The response when a view raises one of `handled`; the rest is Django's to handle."""
        raise error

    async def send_response(self, response: Any, send: Any) -> None:
        if response.streaming:
            await super().send_response(response, send)
            return
        body = response.content
        length = (b"content-length", b"%d" % len(body))
        if isinstance(response, JSONResponse) and response.is_plain:
            fields = [_JSON, length]
        else:
            fields = _fields(response)
            if response.status_code not in _BODYLESS and not response.has_header("Content-Length"):
                fields.append(length)
        await send({"type": "http.response.start", "status": response.status_code, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    async def _finish(self, response: Any) -> None:
        """What response.close() does, whatever has happened; the signal is sent when anyone but Django listens.

        Without a response, a view may still be busy on the request's thread: Django's receivers run there, after it,
        and only then is the body taken away.
        """
        if response is not None and not self._finished.has_foreign() and not _needs_thread(response):
            _close(response)
            return
        with suppress(ServiceUnavailable, OperationalError):  # no thread was lent, or it is held up
            if response is None:
                await signals.request_finished.asend(sender=self.__class__)
            else:
                await sync_to_async(response.close)()


@lru_cache(maxsize=_MAX_ROUTES)
def _is_async(view: Any) -> bool:
    """Views can be hashed: Django itself keeps them as keys (URLResolver._populate)."""
    return iscoroutinefunction(view)


def _has_body(scope: Scope) -> bool:
    return not _BODY_FIELDS.isdisjoint([name for name, _ in scope["headers"]])


def _fields(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return fields + cookies


def _needs_thread(response: Any) -> bool:
    """Whether there may be more to close than the request: a file, a generator, or what a subclass holds."""
    has_more = response.streaming or len(response._resource_closers) > 1
    return has_more or type(response).close is not HttpResponseBase.close


def _close(response: Any) -> None:
    for closer in response._resource_closers:
        with suppress(Exception):  # as Django does
            closer()
    response._resource_closers.clear()
    response.closed = True
