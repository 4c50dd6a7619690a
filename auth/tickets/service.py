"""WebSocket tickets: a page sends one, once, in place of its access token.

A browser cannot set header fields on a WebSocket, and a token in a URL ends up in logs. So the page requests a ticket,
and the service with the socket redeems it.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from asgiref.sync import sync_to_async

from auth.authentication.authenticate import check
from auth.caller import RequestContext
from auth.errors import InvalidTicket, InvalidToken
from auth.models import User
from auth.principal import Principal
from auth.ratelimit.hits import Hit
from auth.runtime import Runtime
from auth.sessions.claims import verified_claims
from auth.tickets import store
from auth.tokens import AccessClaims

LIFETIME = timedelta(seconds=30)

_TICKET = re.compile(r"(\d{1,18})\.[A-Za-z0-9_-]{43}", re.ASCII)
"""The account, so that the key shares the account's slot in a cluster, and 256 random bits."""


async def issue(runtime: Runtime, principal: Principal, *, audience: str | None, context: RequestContext) -> str:
    """A ticket for the access token of `principal`. Only the client `audience`, if given, can redeem it.

    Raises RateLimited, ServiceUnavailable.
    """
    await runtime.limits.reserve(context, Hit(runtime.settings.policies.ws_ticket, str(principal.user_id)))
    ticket = f"{principal.user_id}.{secrets.token_urlsafe(32)}"
    content = orjson.dumps({"audience": audience, "claims": principal.claims})
    await store.keep(runtime.store, principal.user_id, ticket, content, lifetime=LIFETIME)
    return ticket


async def redeem(runtime: Runtime, ticket: str, *, client_id: str) -> dict[str, Any]:
    """The claims of the access token that the ticket was issued for; names and rights are the account's current ones.

    Uses the ticket up, whatever the result. Raises InvalidTicket, ServiceUnavailable, the database's Error.
    """
    claims = await _take(runtime, ticket, client_id)
    try:
        await check(runtime, claims)
    except InvalidToken as error:
        raise InvalidTicket from error
    return _redeemed_claims(runtime, claims, await _account(claims.subject))


async def _take(runtime: Runtime, ticket: str, client_id: str) -> AccessClaims:
    """Raises InvalidTicket unless the ticket is unused, for this client, and its token has not expired."""
    match = _TICKET.fullmatch(ticket)
    content = await store.take(runtime.store, int(match[1]), ticket) if match else None
    if content is None:
        raise InvalidTicket
    kept = orjson.loads(content)
    claims = AccessClaims(**kept["claims"])
    if kept["audience"] not in (None, client_id) or claims.expires_at <= runtime.clock().timestamp():
        raise InvalidTicket
    return claims


@sync_to_async
def _account(user_id: int) -> Mapping[str, Any]:
    """Raises InvalidTicket when it has just been deleted."""
    rows = User.objects.filter(pk=user_id).values("version", "username", "is_staff", "is_superuser")
    account: Mapping[str, Any] | None = rows.first()
    if account is None:
        raise InvalidTicket
    return account


def _redeemed_claims(runtime: Runtime, claims: AccessClaims, account: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **verified_claims(runtime.settings, claims),
        "user_id": claims.subject,
        "gen": claims.generation,
        "epoch": claims.epoch,
        **account,
    }
