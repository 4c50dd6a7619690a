"""From an access token to the principal it stands for."""

from collections.abc import Awaitable, Callable

from auth.caller import Caller
from auth.errors import InvalidToken, RateLimited
from auth.policies import Usage
from auth.principal import Principal
from auth.revocations import Taken
from auth.runtime import Runtime
from auth.services.standing import read_standing
from auth.standing import Standing
from auth.stores.principals import Decision, Verdict
from auth.tokens import AccessClaims
from auth.tokens.errors import TokenRefused

Ask = Callable[[AccessClaims], Awaitable[Decision]]


async def authenticate(runtime: Runtime, raw: str, caller: Caller) -> Principal:
    """One Redis round trip; no SQL once the session is cached.

    Raises InvalidToken (whatever is wrong with it), RateLimited, ServiceUnavailable.
    """
    claims = _verify(runtime, raw)
    decision = await _decide(runtime, claims, runtime.principals.authorize)
    _report(runtime, decision, caller)
    caller.user_id = claims.subject
    if decision.verdict is Verdict.LIMITED:
        raise RateLimited(decision.reset)
    runtime.activity.note(claims)
    return Principal(claims, decision.profile)


async def inspect(runtime: Runtime, raw: str) -> Principal:
    """As authenticate, for somebody else who was shown the token: it is neither counted nor noted as a use."""
    claims = _verify(runtime, raw)
    decision = await _decide(runtime, claims, runtime.principals.check)
    return Principal(claims, decision.profile)


async def _decide(runtime: Runtime, claims: AccessClaims, ask: Ask) -> Decision:
    """ALLOWED or LIMITED. Raises InvalidToken, ServiceUnavailable."""
    decision = await ask(claims)
    if _is_in_doubt(runtime, claims, decision):
        decision = await _ask_database(runtime, claims, decision, ask)
    # Last, and with no await behind it: what this worker has learnt meanwhile counts.
    if decision.verdict is Verdict.REVOKED or runtime.revocations.has_taken(claims):
        raise InvalidToken
    return decision


def _verify(runtime: Runtime, raw: str) -> AccessClaims:
    try:
        return runtime.verified_tokens.verify(raw)
    except TokenRefused as error:
        raise InvalidToken from error


def _is_in_doubt(runtime: Runtime, claims: AccessClaims, decision: Decision) -> bool:
    """A refusal is always believed; a permission only when this worker knows of all that was taken back."""
    if decision.verdict is not Verdict.ALLOWED:
        return decision.verdict is Verdict.UNKNOWN
    log = runtime.revocations
    return not log.is_fresh() or log.is_outdated(claims.subject, decision.version)


async def _ask_database(runtime: Runtime, claims: AccessClaims, decision: Decision, ask: Ask) -> Decision:
    standing = await read_standing(claims, now=runtime.clock())
    if standing is None:
        await runtime.principals.take_back([Taken(claims.subject, sid=claims.session)])
        raise InvalidToken
    if claims.token_id in standing.blacklisted or claims.generation < standing.min_generation:
        raise InvalidToken
    await runtime.principals.remember(standing)
    if decision.verdict is Verdict.UNKNOWN:  # the call has not been counted yet
        decision = await ask(claims)
    return _as_the_database_says(decision, standing)


def _as_the_database_says(decision: Decision, standing: Standing) -> Decision:
    """The count stands; the rest is the database's word."""
    if decision.verdict in (Verdict.REVOKED, Verdict.LIMITED):
        return decision
    profile = standing.profile.encode()
    return Decision(Verdict.ALLOWED, standing.version, profile, decision.remaining, decision.reset)


def _report(runtime: Runtime, decision: Decision, caller: Caller) -> None:
    policy = runtime.settings.policies.api
    if policy.quota:
        caller.usages.append(Usage(policy.name, policy.quota, decision.remaining, decision.reset))
