"""Bearer authentication for Ninja: `auth=JWTAuth()` on a route, router or API.

@router.get("/mine", auth=JWTAuth())
async def mine(request):
    return {"user_id": request.auth.user_id}
"""

from collections.abc import Coroutine, Iterable
from inspect import markcoroutinefunction
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja.security import HttpBearer

from auth.authentication.authenticate import authenticate
from auth.errors import InsufficientScope, InvalidToken, MissingToken
from auth.http.context import state_of
from auth.principal import Principal


class JWTAuth(HttpBearer):
    """Lets a live access token of a live session pass; `request.auth` is then its Principal.

    Raises MissingToken, InvalidToken, RateLimited, ServiceUnavailable; Ninja's handlers turn them into answers.
    """

    def __init__(self) -> None:
        super().__init__()
        markcoroutinefunction(self)  # Ninja asks at each request; the mark answers at the first look

    async def __call__(self, request: ASGIRequest) -> Principal:  # type: ignore[override]
        return await self.authenticate(request, bearer_token(request.scope["headers"]))

    def authenticate(self, request: ASGIRequest, token: str) -> Coroutine[Any, Any, Principal]:  # type: ignore[override]
        state = state_of(request.scope)
        return authenticate(state.runtime, token, state.context)


class EndingJWTAuth(JWTAuth):
    """JWTAuth for routes that end something: each `kind` has a quota of its own in each session."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def authenticate(self, request: ASGIRequest, token: str) -> Coroutine[Any, Any, Principal]:  # type: ignore[override]
        state = state_of(request.scope)
        return authenticate(state.runtime, token, state.context, ending=self._kind)


class AdminJWTAuth(JWTAuth):
    """JWTAuth for staff. Raises InsufficientScope for other accounts, whatever their token claims."""

    async def authenticate(self, request: ASGIRequest, token: str) -> Principal:  # type: ignore[override]
        principal = await super().authenticate(request, token)
        if not principal.is_staff:
            raise InsufficientScope
        return principal


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The credentials of the one Authorization field, scheme in any case (RFC 6750 §2.1, RFC 9110 §11.1).

    Raises MissingToken when there are none of this scheme, InvalidToken when there are several.
    """
    fields = [value for name, value in headers if name == b"authorization"]
    if not fields:
        raise MissingToken
    if len(fields) > 1:
        raise InvalidToken
    scheme, _, token = fields[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken
    return token.strip(" ")
