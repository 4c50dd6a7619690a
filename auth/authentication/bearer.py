"""Bearer authentication for Ninja: `auth=JWTAuth()` on a route, router or API.

@router.get("/mine", auth=JWTAuth())
async def mine(request):
    return {"user_id": request.auth.user_id}
"""

from collections.abc import Coroutine
from inspect import markcoroutinefunction
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja.security import HttpBearer

from auth.authentication.authenticate import authenticate
from auth.errors import InsufficientScope, InvalidToken, MissingToken
from auth.http.context import STATE_KEY, RequestState, state_of
from auth.principal import Principal


class JWTAuth(HttpBearer):
    """Lets a live access token of a live session pass; `request.auth` is then its Principal.

    Raises MissingToken, InvalidToken, RateLimited, ServiceUnavailable; Ninja's handlers turn them into answers.
    """

    def __init__(self) -> None:
        super().__init__()
        markcoroutinefunction(self)  # Ninja asks at each request; the mark answers at the first look

    def __call__(self, request: ASGIRequest) -> Coroutine[Any, Any, Principal]:  # type: ignore[override]
        return self.authenticate(request, bearer_token(request.scope["state"][STATE_KEY]))

    def authenticate(self, request: ASGIRequest, token: str) -> Coroutine[Any, Any, Principal]:  # type: ignore[override]
        state: RequestState = request.scope["state"][STATE_KEY]
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


def bearer_token(state: RequestState) -> str:
    """The credentials of the one Authorization field, scheme in any case (RFC 6750 §2.1, RFC 9110 §11.1).

    Raises MissingToken when there are none of this scheme, InvalidToken when there are several.
    """
    field = state.fields.get(b"authorization")
    if field is None:
        raise MissingToken
    if b"authorization" in state.repeated:
        raise InvalidToken
    scheme, _, token = field.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken
    return token.strip(" ")
