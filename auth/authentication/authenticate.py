"""Authentication: from an access token to its principal."""

from contextlib import suppress

from auth.authentication.session_state import load_session_state
from auth.caller import RequestContext
from auth.core.policies import Usage
from auth.core.revocations import Revoked
from auth.core.session_state import SessionState
from auth.errors import InvalidToken, RateLimited, ServiceUnavailable
from auth.principal import Principal
from auth.ratelimit.hits import Hit
from auth.runtime import Runtime
from auth.stores.principals import Decision, Verdict
from auth.tokens import AccessClaims
from auth.tokens.errors import TokenRefused


async def authenticate(runtime: Runtime, raw: str, context: RequestContext, *, ending: str = "") -> Principal:
    """One Redis round trip; no SQL once the session is cached. While Redis is away, the database decides.

    `ending`: which kind of call that ends something this is, if it is one. Each kind has a quota of its own in each
    session: whoever uses up the account's calls cannot keep it from that.
    Raises InvalidToken (whatever is wrong with it), RateLimited, ServiceUnavailable.
    """
    try:
        claims = runtime.verified_tokens.verify(raw)
    except TokenRefused as error:
        raise InvalidToken from error
    decision = await runtime.principals.authorize(claims, ending=ending)
    if _is_in_doubt(runtime, claims, decision):
        state = await _ask_database(runtime, claims, decision)
        if decision.verdict is Verdict.UNKNOWN:  # Redis knows by now, and has not counted the call yet
            decision = await runtime.principals.authorize(claims, ending=ending)
        decision = _from_database(decision, state)
    # Last, and with no await before the answer: what this worker has learnt meanwhile counts.
    if decision.verdict is Verdict.REVOKED or runtime.revocations.is_revoked(claims):
        raise InvalidToken
    context.user_id = claims.subject
    _count(runtime, decision, context, claims, ending)
    runtime.activity.used(claims)
    return Principal(claims, decision.profile)


async def inspect(runtime: Runtime, raw: str) -> Principal:
    """As authenticate, for somebody else who was shown the token: it is neither counted nor noted as a use."""
    return await check(runtime, _verify(runtime, raw))


async def check(runtime: Runtime, claims: AccessClaims) -> Principal:
    """As inspect, of a token that was verified before. Its expiry is for the caller to look at."""
    decision = await runtime.principals.check(claims)
    if _is_in_doubt(runtime, claims, decision):
        decision = _from_database(decision, await _ask_database(runtime, claims, decision))
    if decision.verdict is Verdict.REVOKED or runtime.revocations.is_revoked(claims):
        raise InvalidToken
    return Principal(claims, decision.profile)


def _verify(runtime: Runtime, raw: str) -> AccessClaims:
    try:
        return runtime.verified_tokens.verify(raw)
    except TokenRefused as error:
        raise InvalidToken from error


def _is_in_doubt(runtime: Runtime, claims: AccessClaims, decision: Decision) -> bool:
    """A refusal is always believed; a permission only when this worker knows of all revocations."""
    if decision.verdict is not Verdict.ALLOWED:
        return decision.verdict in (Verdict.UNKNOWN, Verdict.UNAVAILABLE)
    log = runtime.revocations
    return not log.is_fresh() or log.is_outdated(claims.subject, decision.version)


async def _ask_database(runtime: Runtime, claims: AccessClaims, decision: Decision) -> SessionState:
    """What the database says of a live session. Raises InvalidToken for one that is over, ServiceUnavailable."""
    state = await load_session_state(claims, now=runtime.clock())
    await _update_redis(runtime, claims, state, decision)
    if state is None or claims.token_id in state.blacklisted or claims.generation < state.min_generation:
        raise InvalidToken
    return state


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
    """ALLOWED and LIMITED keep their count; UNAVAILABLE: the database alone allowed it. A refusal stays one."""
    if decision.verdict in (Verdict.REVOKED, Verdict.LIMITED):
        return decision
    verdict = Verdict.ALLOWED if decision.verdict is Verdict.ALLOWED else Verdict.UNAVAILABLE
    return Decision(verdict, state.version, state.profile.encode(), decision.remaining, decision.reset)


def _count(runtime: Runtime, decision: Decision, context: RequestContext, claims: AccessClaims, ending: str) -> None:
    """Report how the limit stands; count here what Redis could not. Raises RateLimited."""
    policies = runtime.settings.policies
    policy = policies.ending if ending else policies.api
    if decision.verdict is Verdict.UNAVAILABLE:
        subject = f"{claims.session} {ending}" if ending else str(claims.subject)
        runtime.limits.reserve_locally(context, Hit(policy, subject))
    elif policy.quota:
        context.usages.append(Usage(policy.name, policy.quota, decision.remaining, decision.reset))
    if decision.verdict is Verdict.LIMITED:
        raise RateLimited(decision.reset)
