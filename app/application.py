"""The ASGI application: its layers, from the outside in.

Application                lifespan, websocket scopes
  RequestLogMiddleware     caller, request id, header fields of every response, access log
    CorsMiddleware         what pages on other origins may read
      RequestGuard         host, body size, body deadline
        static     /static/
        demo       /          the demo page and its files, if enabled
        admin      /admin/    Django's synchronous stack
        API        all else   async middleware only
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import structlog
from django.conf import settings
from django.contrib.staticfiles import finders
from servestatic import ServeStaticASGI  # type: ignore[import-untyped]

from app import log_writer
from app.checks import StartRefusedError, check_static_files
from app.django_handler.handlers import AdminHandler, APIHandler
from app.django_handler.threads import DatabaseThreads
from app.http import access_log
from app.http.asgi_types import ASGIApp, Receive, Scope, Send
from app.http.cors import CorsMiddleware
from app.http.file_errors import Explained
from app.http.guard import RequestGuard, came_by_https
from app.http.headers import DefaultHeaders
from app.http.request_log import RequestLogMiddleware
from app.ids import random_id
from app.lifespan import running
from app.metrics import publisher
from app.metrics.request_counts import RequestCounts
from app.views import api_docs, demo_page
from auth.runtime import Runtime
from auth.tokens.keys import UnusableKey

log = structlog.get_logger("authgate.lifespan")

_GC_THRESHOLDS = (10_000, 20, 50)
"""A request leaves few cycles behind: looking for them seldom saves most of the pauses."""

_POLICY_VIOLATION = 1008
"""RFC 6455 §7.4.1. No WebSocket is served here."""

_DATABASE_SECONDS = 3.0
"""How long a call waits for the database, for whatever reason, before it gets 503. The admin has no such bound:
a page is one call, with many statements."""

_ADMIN_THREADS = 2
"""Separate threads, so that a search of a large table or a login waiting for its hash delays no API call."""


class Application:
    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self._threads = DatabaseThreads(settings.DB_THREADS, limit=settings.DB_QUEUE, seconds=_DATABASE_SECONDS)
        self._admin_threads = DatabaseThreads(_ADMIN_THREADS, limit=settings.DB_QUEUE)
        self._access_log = access_log.make()
        self._counts = RequestCounts()
        guard = RequestGuard(self._route, allowed_hosts=settings.ALLOWED_HOSTS, is_secure=_transport_check())
        self._outermost = RequestLogMiddleware(
            CorsMiddleware(guard),
            defaults=DefaultHeaders(hsts=_hsts()),
            log=self._access_log,
            trusted_proxies=settings.TRUSTED_PROXIES,
            request_ids=random_id,
            counts=self._counts,
            # None before the start: routes that need it fail, and those for probes do not.
            runtime=partial(getattr, self, "_runtime"),
        )
        self._api = cast(ASGIApp, APIHandler(self._threads))
        self._admin = cast(ASGIApp, AdminHandler(self._admin_threads)) if settings.ADMIN_ENABLED else self._api
        self._static = _static(self._api)
        self._demo = demo_page.DemoPage(self._api, chat=settings.DEMO_CHAT_URL) if settings.DEMO_ENABLED else self._api

    @property
    def runtime(self) -> Runtime:
        """The runtime for the next requests, available after startup. It can be replaced."""
        if self._runtime is None:
            raise RuntimeError("the application has not started: enter running(), or start it by the lifespan protocol")
        return self._runtime

    @runtime.setter
    def runtime(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._outermost(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    def _route(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        path = scope["path"]
        if path.startswith("/api/"):
            return self._api(scope, receive, send)
        if path.startswith("/admin/"):
            return self._admin(scope, receive, send)
        if path.startswith("/static/"):
            return self._static(scope, receive, send)
        return self._demo(scope, receive, send) if demo_page.is_for(path) else self._api(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan protocol (ASGI Lifespan 2.0): pools open before the first request, and drain after the last."""
        await receive()
        try:
            async with self.running():
                _freeze_memory()
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except (StartRefusedError, UnusableKey) as error:
            await send({"type": "lifespan.startup.failed", "message": f"authgate: {error}"})
            return
        except Exception as error:
            log.exception("lifespan_failed")
            await send({"type": "lifespan.startup.failed", "message": f"authgate: {error}"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Runtime]:
        """Serve requests inside this context; servers enter it by the lifespan protocol."""
        check_static_files()
        if settings.DOCS_ENABLED:
            await asyncio.to_thread(api_docs.prepare)
        try:
            async with running() as self._runtime, publisher.running(self._counts, self._runtime, self._threads):
                yield self._runtime
        finally:
            for threads in (self._threads, self._admin_threads):
                await asyncio.to_thread(threads.close)
            await asyncio.to_thread(log_writer.stdout.drain)


def _freeze_memory() -> None:
    """Objects made at startup live as long as the process: the garbage collector can skip them (gc.freeze)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _transport_check() -> Callable[[Scope], bool] | None:
    if not settings.REQUIRE_HTTPS:
        return None
    return partial(came_by_https, trusted_proxies=settings.TRUSTED_PROXIES)


def _hsts() -> bytes:
    seconds = settings.SECURE_HSTS_SECONDS
    if not seconds:
        return b""
    extra = "; includeSubDomains" * settings.SECURE_HSTS_INCLUDE_SUBDOMAINS + "; preload" * settings.SECURE_HSTS_PRELOAD
    return f"max-age={seconds}{extra}".encode()


def _static(otherwise: ASGIApp) -> ASGIApp:
    """The collected files where there are any, else each application's own."""
    server = ServeStaticASGI(otherwise, max_age=3600)
    for directory in _static_directories():
        server.add_files(directory, prefix=settings.STATIC_URL)
    return Explained(cast(ASGIApp, server))


def _static_directories() -> list[str]:
    if Path(settings.STATIC_ROOT).is_dir():
        return [str(settings.STATIC_ROOT)]
    found = [
        storage.location for finder in finders.get_finders() for storage in getattr(finder, "storages", {}).values()
    ]
    return [str(location) for location in found if Path(location).is_dir()]
