"""Token introspection (RFC 7662)."""

from typing import Any

from auth.authentication.authenticate import inspect
from auth.errors import InvalidToken
from auth.runtime import Runtime
from auth.sessions.claims import verified_claims
from auth.sessions.refresh import is_current
from auth.tokens import RefreshClaims
from auth.tokens.errors import TokenRefused

INACTIVE: dict[str, Any] = {"active": False}
"""The complete response for any invalid token, whatever the cause (RFC 7662 §2.2)."""


async def introspect_token(runtime: Runtime, raw: str, *, access_only: bool = False) -> dict[str, Any]:
    """The members of an introspection response. Not counted against the user's limit. Raises ServiceUnavailable.

    With `access_only`, a refresh token is inactive.
    """
    try:
        claims = runtime.refresh_tokens.verify(raw)
    except TokenRefused:
        return await _access(runtime, raw)
    return INACTIVE if access_only else await _refresh(runtime, claims)


async def _access(runtime: Runtime, raw: str) -> dict[str, Any]:
    try:
        principal = await inspect(runtime, raw)
    except InvalidToken:
        return INACTIVE
    runtime.activity.seen(principal.claims)
    return {
        "active": True,
        "token_type": "Bearer",
        **verified_claims(runtime.settings, principal.claims),
        "username": principal.account["username"],
        "is_staff": principal.is_staff,
    }


async def _refresh(runtime: Runtime, claims: RefreshClaims) -> dict[str, Any]:
    if not await is_current(runtime, claims):
        return INACTIVE
    runtime.activity.seen(claims)
    return {
        "active": True,
        "token_type": "refresh_token",
        "iss": runtime.settings.issuer,
        "client_id": runtime.settings.client_id,
        "sub": str(claims.subject),
        "sid": claims.session,
        "exp": claims.expires_at,
    }
