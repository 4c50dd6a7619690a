"""Rate limits for requests whose body is refused before their route counts them."""

from dataclasses import replace

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from app import errors
from auth.errors import AuthError
from auth.http.context import context_of, runtime_of
from auth.ratelimit.hits import Hit, by_address

_STATUSES = frozenset({400, 415, 422})
_POLICIES = {
    "api/auth/register": "register",
    "api/auth/login": "login_address",
    "api/auth/refresh": "refresh_address",
    "api/auth/password-reset": "mail_address",
    "api/auth/password-reset/confirm": "mail_confirm",
    "api/auth/verify-email/confirm": "mail_confirm",
}
"""Of the routes that need no token: the limit that knows the caller by nothing but the address."""


_APART = frozenset({"refresh_address"})
"""Where good calls count for the address too: what is no refresh token uses up nothing that those of others need."""


async def counted(request: ASGIRequest, response: HttpResponseBase) -> HttpResponseBase:
    """`response`, counted if it refuses a body before any limit has seen the call; over the limit, 429 instead."""
    match, context = request.resolver_match, context_of(request)
    policy = _POLICIES.get(match.route) if match else None
    if policy is None or context.usages or response.status_code not in _STATUSES:
        return response
    limits, policies = runtime_of(request).limits, runtime_of(request).settings.policies
    try:
        hit = by_address(getattr(policies, policy), context.caller, trusted=policies.trusted_caller)
        await limits.reserve(context, _apart(hit) if policy in _APART else hit)
    except AuthError as error:
        return errors.respond(error)
    return response


def _apart(hit: Hit) -> Hit:
    return replace(hit, subject=f"{hit.subject} refused")
