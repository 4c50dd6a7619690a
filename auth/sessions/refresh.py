"""Refresh: each use of a refresh token rotates the session by one generation.

One conditional UPDATE decides, on any database, with no lock held across a round trip. A client whose response was
lost, or whose tabs raced, presents the previous token within the grace and gets the same successor, byte for byte.
Until that one has been seen, the grace is longer: an outage logs no user out.

Login stages do not run again: the session passed them when it was created. Revocations are in the database, and are
checked here; to apply a new stage to existing sessions, end them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from asgiref.sync import sync_to_async

from auth.audit.recorder import Recorder
from auth.caller import Caller, RequestContext
from auth.config import AuthSettings
from auth.errors import InvalidGrant
from auth.models import SecurityEvent, Session, session_queries
from auth.ratelimit.hits import Hit, by_address
from auth.runtime import Runtime
from auth.sessions.issue import TokenPair, check_claims_hook, token_pair
from auth.tokens import RefreshClaims
from auth.tokens.errors import TokenRefused


class Outcome(StrEnum):
    """How a refresh went."""

    ROTATED = "rotated"
    RETRIED = "retried"
    REUSED = "reused"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Refreshed:
    pair: TokenPair
    outcome: Outcome


async def refresh_session(runtime: Runtime, raw: str, context: RequestContext) -> Refreshed:
    """The next token pair of the session. Raises InvalidGrant, RateLimited, ServiceUnavailable.

    A token older than the previous one, or the previous one after the grace, is in wrong hands or was: the session ends
    (RFC 9700 §4.14.2).
    """
    claims = await _admit(runtime, raw, context)
    context.user_id = claims.subject
    if runtime.settings.claims_hook and await is_current(runtime, claims):
        await check_claims_hook(runtime, claims.session)
    session, outcome = await _rotate(runtime, claims)
    _record(runtime.recorder, claims, outcome, context.caller)
    if outcome is Outcome.REUSED:
        await runtime.revoker.revoke_sessions(claims.subject, [UUID(claims.session)], reason="refresh_reuse")
    if session is None or outcome in (Outcome.REUSED, Outcome.OVER):
        raise InvalidGrant
    return Refreshed(await token_pair(runtime, session.user, session), outcome)


async def is_current(runtime: Runtime, claims: RefreshClaims) -> bool:
    """Whether a refresh with this token would succeed now. Nothing is rotated."""
    now = runtime.clock().replace(microsecond=0)
    session = await sync_to_async(_read)(runtime.settings, claims, now)
    newest = session is not None and claims.generation >= session.generation
    return newest or _judge(runtime.settings, claims, session, now) is Outcome.RETRIED


async def _admit(runtime: Runtime, raw: str, context: RequestContext) -> RefreshClaims:
    """Count the attempt, by session and by address; first refuse what is not a current refresh token of ours.

    That costs one HMAC, and does not use up the quota of others behind the same address.
    """
    policies = runtime.settings.policies
    try:
        claims = runtime.refresh_tokens.verify(raw)
    except TokenRefused as error:
        raise InvalidGrant from error
    here = by_address(policies.refresh_address, context.caller, trusted=policies.trusted_caller)
    await runtime.limits.reserve(context, Hit(policies.refresh, claims.session), here)
    return claims


def _record(recorder: Recorder, claims: RefreshClaims, outcome: Outcome, caller: Caller) -> None:
    kinds = {Outcome.ROTATED: SecurityEvent.Type.TOKEN_REFRESH, Outcome.REUSED: SecurityEvent.Type.REFRESH_REUSE}
    if kind := kinds.get(outcome):
        details = {"sid": claims.session, "generation": claims.generation}
        recorder.event(kind, caller=caller, user_id=claims.subject, details=details)


@sync_to_async
def _rotate(runtime: Runtime, claims: RefreshClaims) -> tuple[Session | None, Outcome]:
    now = runtime.clock().replace(microsecond=0)
    session = _read(runtime.settings, claims, now)
    while session is not None and claims.generation >= session.generation:
        if _rotate_once(session, claims.generation, now):
            return session, Outcome.ROTATED
        session = _read(runtime.settings, claims, now)  # another refresh or a revocation was faster
    return session, _judge(runtime.settings, claims, session, now)


def _read(settings: AuthSettings, claims: RefreshClaims, now: datetime) -> Session | None:
    """The session, if a refresh token may still continue it: as SessionQuerySet.live says it in SQL."""
    session = session_queries.session_with_user(UUID(claims.session))
    if session is None or session.user_id != claims.subject or session.revoked_at is not None:
        return None
    if session.expires_at <= now or session.rotated_at <= now - settings.refresh_idle_lifetime:
        return None
    return session if session.user.is_active and session.epoch >= session.user.epoch else None


def _rotate_once(session: Session, newest: int, now: datetime) -> bool:
    """Advance the session from the generation we read to the one after `newest`: only one caller succeeds.

    `newest` is ahead of the database if that has lost commits: only we can have signed it.
    """
    moved = session_queries.rotate(session.pk, generation=session.generation, following=newest + 1, now=now)
    session.generation = newest + 1
    session.rotated_at = now
    return moved


def _judge(settings: AuthSettings, claims: RefreshClaims, session: Session | None, now: datetime) -> Outcome:
    """Classify a token that is not current."""
    if session is None or claims.generation < session.min_generation:
        return Outcome.OVER
    grace = grace_of(settings, session)  # zero means none: the times compared are whole seconds
    if grace and claims.generation == session.generation - 1 and now - session.rotated_at <= grace:
        return Outcome.RETRIED
    return Outcome.REUSED


def grace_of(settings: AuthSettings, session: Session) -> timedelta:
    """How long the previous token is still accepted: longer while its replacement is unused."""
    is_unseen = session.seen_generation < session.generation
    return max(settings.rotation_grace, settings.lost_answer_retry) if is_unseen else settings.rotation_grace
