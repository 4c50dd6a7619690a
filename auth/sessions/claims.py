"""Claims of an access token, as issued and as services see them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.utils.module_loading import import_string

from auth.config import TokenSettings
from auth.errors import ServiceUnavailable
from auth.models import Session, User
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.claims")

HOOK_SECONDS = 3.0

ClaimsHook = Callable[[User, Session], Awaitable[Mapping[str, Any]]]


def verified_claims(settings: TokenSettings, claims: AccessClaims) -> dict[str, Any]:
    """The claims of a token that was verified here, under their names in RFC 9068 §2.2."""
    return {
        "iss": settings.issuer,
        "aud": settings.audience,
        "client_id": settings.client_id,
        "sub": str(claims.subject),
        "sid": claims.session,
        "jti": claims.token_id,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
    }


def can_be_hooked(path: str) -> bool:
    """Whether there is a function of this dotted path, or none is wanted."""
    try:
        return not path or callable(import_string(path))
    except (ImportError, ValueError):  # a path that begins with a dot names no module
        return False


async def extra_claims(settings: TokenSettings, user: User, session: Session) -> dict[str, Any]:
    """The claims of the founding API, those that settings switch on, and the hook's. Reserved names win."""
    claims = dict(await _hooked(settings.claims_hook, user, session))
    claims |= {
        "user_id": user.pk,
        "username": user.username,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
    }
    if settings.email_claim:
        claims["email"] = user.email
    if settings.device_claims:
        claims |= {"ip_address": session.ip_address or "", "user_agent": session.user_agent[:200]}
    return claims


async def _hooked(path: str, user: User, session: Session) -> Mapping[str, Any]:
    """A synchronous hook runs in a thread, where it may use the ORM.

    Raises ServiceUnavailable if it takes too long.
    """
    if not path:
        return {}
    hook = import_string(path)
    call: ClaimsHook = hook if iscoroutinefunction(hook) else sync_to_async(hook)
    try:
        async with asyncio.timeout(HOOK_SECONDS):
            return await call(user, session)
    except TimeoutError as error:
        log.warning("claims_hook_too_slow", hook=path)
        raise ServiceUnavailable(1.0) from error
