"""The handler: Django's own, with the work left out that an async request without a body or a database does not need.

Left out, and why it is safe:
- a thread context with threads of its own: the context lends one of DatabaseThreads, when the ORM is first used;
- request_started and request_finished, while only Django's receivers listen: they tidy up the connections, caches and
  URL configuration of a thread that was not used, and DatabaseThread tidies one that was; any other receiver brings
  the signals back, through Django's own code;
- a temporary file for a body that is not there (RFC 9112 §6.3: no length and no coding, no body);
- a listening task for requests that are done within PATIENCE (disconnect.py);
- a thread hop to log an answer of 400 and above: our access log has it;
- resolving the same path again: a route without parameters always resolves to the same match.
"""

import io
from inspect import iscoroutinefunction
from typing import Any, BinaryIO, cast

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, set_script_prefix

from app.asgi_types import Receive, Scope, Send
from app.lean.disconnect import ClientGone, unless_client_leaves
from app.lean.listeners import Listeners
from app.lean.request import LeanRequest
from app.lean.threads import DatabaseThreads
from auth.responses import JSONResponse

_JSON = (b"content-type", b"application/json")
_BODY_FIELDS = frozenset({b"content-length", b"transfer-encoding"})
_MAX_ROUTES = 1000


class LeanHandler(ASGIHandler):
    """Serves HTTP scopes; everything else is the application's to handle."""

    request_class = LeanRequest

    # Of BaseHandler; django-stubs does not declare them.
    _middleware_chain: Any
    _view_middleware: list[Any]
    _template_response_middleware: list[Any]
    _exception_middleware: list[Any]

    def __init__(self, threads: DatabaseThreads) -> None:
        super().__init__()
        self._threads = threads
        self._routes: dict[str, ResolverMatch] = {}
        self._started = Listeners(signals.request_started, sender=type(self))
        self._finished = Listeners(signals.request_finished, sender=type(self))
        self._is_atomic = any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        async with ThreadSensitiveContext(executor=self._threads.lease()):
            await self.handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        try:
            body = await self.read_body(receive) if _has_body(scope) else io.BytesIO()
        except RequestAborted:
            return
        with body:
            if prefix := get_script_prefix(scope):
                set_script_prefix(prefix)
            if self._started.has_foreign():
                await signals.request_started.asend(sender=self.__class__, scope=scope)
            response = await self._serve(scope, cast(BinaryIO, body), receive, send)
            await self._finish(response)

    async def _serve(self, scope: Scope, body: BinaryIO, receive: Receive, send: Send) -> HttpResponseBase | None:
        """The response that was sent, or None when the client left."""
        request, refusal = self.create_request(scope, body)
        if request is None:
            await self.send_response(refusal, send)
            return cast(HttpResponseBase, refusal)
        try:
            return await unless_client_leaves(self._answer(request, send), receive)
        except ClientGone:
            return None

    async def _answer(self, request: ASGIRequest, send: Send) -> HttpResponseBase:
        response = await self.run_get_response(request)
        await self.send_response(response, send)
        return response

    async def get_response_async(self, request: Any) -> HttpResponseBase:
        response: Any = await self._middleware_chain(request)
        response._resource_closers.append(request.close)
        return cast(HttpResponseBase, response)

    def resolve_request(self, request: Any) -> ResolverMatch:
        match: Any = self._routes.get(request.path_info)
        if match is not None and not hasattr(request, "urlconf"):
            request.resolver_match = match
            return cast(ResolverMatch, match)
        match = super().resolve_request(request)
        if not (match.args or match.captured_kwargs) and len(self._routes) < _MAX_ROUTES:
            self._routes[request.path_info] = match
        return cast(ResolverMatch, match)

    async def _get_response_async(self, request: Any) -> HttpResponseBase:
        """Straight to an async view; whatever else there may be is Django's to do."""
        stock: Any = super()
        if self._view_middleware or self._template_response_middleware or self._exception_middleware:
            return cast(HttpResponseBase, await stock._get_response_async(request))
        view, args, kwargs = self.resolve_request(request)
        if self._is_atomic or not iscoroutinefunction(view):
            return cast(HttpResponseBase, await stock._get_response_async(request))
        response = await view(request, *args, **kwargs)
        self.check_response(response, view)
        if hasattr(response, "render"):
            response = await sync_to_async(response.render)()
        return cast(HttpResponseBase, response)

    async def send_response(self, response: Any, send: Any) -> None:
        if response.streaming:
            await super().send_response(response, send)
            return
        body = response.content
        fields = [_JSON] if isinstance(response, JSONResponse) and response.is_plain else _fields(response)
        if b"content-length" not in (name.lower() for name, _ in fields):
            fields.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": response.status_code, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    async def _finish(self, response: HttpResponseBase | None) -> None:
        """What response.close() does; the signal is sent when anyone but Django listens."""
        if self._finished.has_foreign():
            if response is None:
                await signals.request_finished.asend(sender=self.__class__)
            else:
                await sync_to_async(response.close)()
        elif response is not None:
            _close(response)


def _has_body(scope: Scope) -> bool:
    return any(name in _BODY_FIELDS for name, _ in scope["headers"])


def _fields(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return fields + cookies


def _close(response: Any) -> None:
    for closer in response._resource_closers:
        closer()
    response._resource_closers.clear()
    response.closed = True
