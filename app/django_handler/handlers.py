"""The handlers of the API (lean) and the admin (Django's own), on shared threads."""

from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from app import errors
from app.django_handler import admin_outages
from app.django_handler.handler import LeanHandler
from app.django_handler.threads import DatabaseThreads
from app.http import refused_bodies
from auth.errors import ServiceUnavailable
from auth.http.context import STATE_KEY, state_of


class APIHandler(LeanHandler):
    """Runs settings.API_MIDDLEWARE, which is async all through. Every error has the contract's shape.

    A view outside Ninja may refuse, and fail for want of a database, as any route does.
    """

    handled = errors.HANDLED

    def respond_to(self, error: Exception) -> HttpResponseBase:
        return errors.respond(errors.known(error))

    def resolve_request(self, request: Any) -> ResolverMatch:
        match = super().resolve_request(request)
        request.scope["state"][STATE_KEY].route = match.route
        return match

    async def explain(self, request: ASGIRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Counts bodies that are refused, and rewrites the bare errors of Django and Ninja (404, 405, 500)."""
        response = await refused_bodies.counted(request, response)
        return response if response.get("Content-Type") == "application/json" else _rewritten(response)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  Django's signature
        # Django reads one global list, once, here: lend it ours for the moment. Nothing runs concurrently yet.
        full = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.API_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = full


class AdminHandler(ASGIHandler):
    """Runs settings.MIDDLEWARE: sessions, CSRF, authentication, messages."""

    def __init__(self, threads: DatabaseThreads) -> None:
        super().__init__()
        self._threads = threads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext(executor=self._threads.lease()):
            try:
                await self.handle(scope, receive, send)
            except ServiceUnavailable as error:  # no thread is free, before anything else
                await self.send_response(admin_outages.page(error), send)

    async def get_response_async(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        response = await super().get_response_async(request)
        if match := request.resolver_match:
            state_of(request.scope).route = match.route
        return response


def _rewritten(response: HttpResponseBase) -> HttpResponse:
    rewritten = errors.respond(errors.of_status(response.status_code))
    if "Allow" in response:
        rewritten["Allow"] = response["Allow"]
    return rewritten
