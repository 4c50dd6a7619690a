"""From an access token to the principal it stands for."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from auth.authentication.session_state import load_session_state
from auth.caller import Caller
from auth.core.policies import Policy, Usage
from auth.core.revocations import Revoked
from auth.core.session_state import SessionState
from auth.errors import InvalidToken, RateLimited, ServiceUnavailable
from auth.principal import Principal
from auth.ratelimit.hits import Hit
from auth.runtime import Runtime
from auth.stores.principals import Decision, Verdict
from auth.tokens import AccessClaims
from auth.tokens.errors import TokenRefused

AskRedis = Callable[[AccessClaims], Awaitable[Decision]]


async def authenticate(runtime: Runtime, raw: str, caller: Caller) -> Principal:
    """One Redis round trip; no SQL once the session is cached. While Redis is away, the database decides.

    Raises InvalidToken (whatever is wrong with it), RateLimited, ServiceUnavailable.
    """
    claims = _verify(runtime, raw)
    decision = await _decide(runtime, claims, runtime.principals.authorize)
    caller.user_id = claims.subject
    _count(runtime, decision, caller, runtime.settings.policies.api, claims.subject)
    runtime.activity.used(claims)
    return Principal(claims, decision.profile)


async def authenticate_ending(runtime: Runtime, raw: str, caller: Caller, *, kind: str) -> Principal:
    """As authenticate, for a call that ends something: whoever uses up the account's calls cannot keep it from that."""
    claims = _verify(runtime, raw)
    decision = await _decide(runtime, claims, partial(runtime.principals.authorize_ending, kind=kind))
    caller.user_id = claims.subject
    _count(runtime, decision, caller, runtime.settings.policies.ending, f"{claims.session} {kind}")
    runtime.activity.used(claims)
    return Principal(claims, decision.profile)


async def inspect(runtime: Runtime, raw: str) -> Principal:
    """As authenticate, for somebody else who was shown the token: it is neither counted nor noted as a use."""
    return await check(runtime, _verify(runtime, raw))


async def check(runtime: Runtime, claims: AccessClaims) -> Principal:
    """As inspect, of a token that was verified before. Its expiry is for the caller to look at."""
    decision = await _decide(runtime, claims, runtime.principals.check)
    return Principal(claims, decision.profile)


async def _decide(runtime: Runtime, claims: AccessClaims, ask_redis: AskRedis) -> Decision:
    """ALLOWED, LIMITED, or UNAVAILABLE: the database alone allowed it. Raises InvalidToken, ServiceUnavailable."""
    try:
        decision = await ask_redis(claims)
    except ServiceUnavailable:
        decision = Decision(Verdict.UNAVAILABLE)
    if _is_in_doubt(runtime, claims, decision):
        decision = await _ask_database(runtime, claims, decision, ask_redis)
    # Last, and with no await behind it: what this worker has learnt meanwhile counts.
    if decision.verdict is Verdict.REVOKED or runtime.revocations.is_revoked(claims):
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
        return decision.verdict in (Verdict.UNKNOWN, Verdict.UNAVAILABLE)
    log = runtime.revocations
    return not log.is_fresh() or log.is_outdated(claims.subject, decision.version)


async def _ask_database(runtime: Runtime, claims: AccessClaims, decision: Decision, ask_redis: AskRedis) -> Decision:
    state = await load_session_state(claims, now=runtime.clock())
    await _update_redis(runtime, claims, state, decision)
    if state is None or claims.token_id in state.blacklisted or claims.generation < state.min_generation:
        raise InvalidToken
    if decision.verdict is Verdict.UNKNOWN:  # the call has not been counted yet
        with suppress(ServiceUnavailable):
            decision = await ask_redis(claims)
    return _from_database(decision, state)


async def _update_redis(runtime: Runtime, claims: AccessClaims, state: SessionState | None, decision: Decision) -> None:
    """So that the next call need not ask the database. What Redis misses now, it is told the next time."""
    if decision.verdict is Verdict.UNAVAILABLE:
        return
    with suppress(ServiceUnavailable):
        if state is None:
            await runtime.principals.revoke([Revoked(claims.subject, sid=claims.session)])
        else:
            await runtime.principals.put(state)


def _from_database(decision: Decision, state: SessionState) -> Decision:
    """The count stands; the rest is the database's word."""
    if decision.verdict in (Verdict.REVOKED, Verdict.LIMITED):
        return decision
    verdict = Verdict.ALLOWED if decision.verdict is Verdict.ALLOWED else Verdict.UNAVAILABLE
    profile = state.profile.encode()
    return Decision(verdict, state.version, profile, decision.remaining, decision.reset)


def _count(runtime: Runtime, decision: Decision, caller: Caller, policy: Policy, subject: int | str) -> None:
    """Report how the limit stands; count here what Redis could not. Raises RateLimited."""
    if decision.verdict is Verdict.UNAVAILABLE:
        runtime.limits.reserve_locally(caller, Hit(policy, str(subject)))
    elif policy.quota:
        caller.usages.append(Usage(policy.name, policy.quota, decision.remaining, decision.reset))
    if decision.verdict is Verdict.LIMITED:
        raise RateLimited(decision.reset)
