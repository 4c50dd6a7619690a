"""Cookie mode: the refresh token in an HttpOnly cookie.

A request opts in with the header `Authgate-Token-Mode: cookie`. A browser sends it to another origin only after a CORS
preflight, and the Origin must be one that we serve: so neither a form nor a foreign page can use the cookie. Access
tokens travel as ever, and a request without the header neither reads nor sets a cookie.
"""

from collections.abc import Container

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from auth.errors import ForbiddenOrigin, InvalidGrant, InvalidRequest
from auth.http.context import runtime_of

HEADER = "Authgate-Token-Mode"
NAME = "__Host-authgate-refresh"
"""The prefix binds it to this very host, to https and to no other path (RFC 6265bis §4.1.3.2)."""


def is_asked_for(request: ASGIRequest) -> bool:
    """Raises InvalidRequest for a mode that does not exist, ForbiddenOrigin for a page that is not ours.

    Who asks by mistake for something else must not be handed the refresh token where scripts can read it.
    """
    modes = [value for name, value in request.scope["headers"] if name == HEADER.lower().encode()]
    if not modes:
        return False
    if [mode.strip().lower() for mode in modes] != [b"cookie"]:
        raise InvalidRequest(f"Send the header {HEADER} once, with the value `cookie`, or leave it out.")
    if not _is_ours(request, runtime_of(request).settings.allowed_origins):
        raise ForbiddenOrigin
    return True


def refresh_token(request: ASGIRequest) -> str:
    """Raises InvalidGrant when the cookie is not there."""
    token = request.COOKIES.get(NAME)
    if not token:
        raise InvalidGrant
    return token


def keep(response: HttpResponse, token: str, *, max_age: int) -> None:
    """`max_age` in seconds."""
    response.set_cookie(NAME, token, max_age=max_age, path="/", secure=True, httponly=True, samesite="Strict")


def forget(response: HttpResponse) -> None:
    response.set_cookie(NAME, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")


def _is_ours(request: ASGIRequest, allowed: Container[str]) -> bool:
    origin = _field(request, b"origin").lower()
    host = _field(request, b"host").lower()
    return origin in allowed or origin in (f"https://{host}", f"{request.scheme}://{host}")


def _field(request: ASGIRequest, wanted: bytes) -> str:
    values = [value for name, value in request.scope["headers"] if name == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else ""
