"""The database's state of an access token's session."""

from datetime import datetime
from uuid import UUID

from asgiref.sync import sync_to_async

from auth.core.session_state import SessionState
from auth.models import BlacklistedToken, Session, profile
from auth.tokens import AccessClaims


@sync_to_async
def load_session_state(claims: AccessClaims, *, now: datetime) -> SessionState | None:
    """The standing of a live session with its account, or None when it is over or was never there."""
    session = _session(claims, now)
    if session is None:
        return None
    return SessionState(
        user_id=session.user_id,
        sid=session.sid,
        version=session.user.version,
        epoch=session.user.epoch,
        session_epoch=session.epoch,
        min_generation=session.min_generation,
        profile=profile.to_json(session.user),
        blacklisted=_blacklisted(session.user_id, now),
    )


def _session(claims: AccessClaims, now: datetime) -> Session | None:
    """A session may be used as long as an access token of it lives, even past its idle time."""
    try:
        sid = UUID(claims.session)
    except ValueError:
        return None
    found = Session.objects.select_related("user").filter(
        pk=sid, user_id=claims.subject, revoked_at=None, expires_at__gt=now, user__is_active=True
    )
    session = found.first()
    return session if session and session.epoch >= session.user.epoch else None


def _blacklisted(user_id: int, now: datetime) -> dict[str, float]:
    rows = BlacklistedToken.objects.filter(user_id=user_id, expires_at__gt=now).values_list("jti", "expires_at")
    return {jti: (expires_at - now).total_seconds() for jti, expires_at in rows}
