"""How a token pair reaches the client: in the body, or partly in a cookie."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from auth.errors import ValidationFailed
from auth.http.context import runtime_of
from auth.sessions import cookies
from auth.sessions.issue import TokenPair

Deliver = Callable[[TokenPair], dict[str, Any]]


def delivery(request: ASGIRequest, response: HttpResponse) -> Deliver:
    """What shapes the pair for this client. Call it before any work: it raises ForbiddenOrigin."""
    if not cookies.is_asked_for(request):
        return asdict
    max_age = int(runtime_of(request).settings.refresh_idle_lifetime.total_seconds())

    def with_cookie(pair: TokenPair) -> dict[str, Any]:
        cookies.keep(response, pair.refresh_token, max_age=max_age)
        return {**asdict(pair), "refresh_token": None}

    return with_cookie


def sent_refresh_token(request: ASGIRequest, in_body: str | None) -> str:
    """The refresh token of the request. Raises InvalidGrant, ValidationFailed, ForbiddenOrigin."""
    if cookies.is_asked_for(request):
        return cookies.refresh_token(request)
    if in_body is None:
        problem = {"field": "refresh_token", "code": "missing", "message": "Field required"}
        raise ValidationFailed(details={"fields": [problem]})
    return in_body


def forget(request: ASGIRequest, response: HttpResponse) -> None:
    """In cookie mode, delete the cookie. Raises ForbiddenOrigin."""
    if cookies.is_asked_for(request):
        cookies.forget(response)
