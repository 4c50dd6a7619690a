"""A user's own sessions: listing them, ending one, ending the others, ending all."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async

from auth.audit import user_agents
from auth.audit.recorder import Recorder
from auth.caller import Caller
from auth.core.pagination import Page, page
from auth.errors import NotFound
from auth.models import SecurityEvent, Session
from auth.models.session import SessionQuerySet
from auth.principal import Principal
from auth.runtime import Runtime


async def list_sessions(runtime: Runtime, principal: Principal, *, limit: int, cursor: str | None) -> Page[Session]:
    """Newest login first. Raises ValidationFailed for an unknown cursor."""
    return await sync_to_async(page)(_live(runtime, principal.user_id), by="created_at", limit=limit, cursor=cursor)


def shown(session: Session, principal: Principal) -> dict[str, Any]:
    """A session as its owner is shown it."""
    return {
        "sid": session.sid,
        "device": user_agents.describe(session.user_agent),
        "user_agent": session.user_agent,
        "ip_address": session.ip_address,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "current": session.sid == principal.sid,
    }


async def end_one(runtime: Runtime, principal: Principal, sid: UUID, caller: Caller) -> None:
    """Raises NotFound when the account has no such live session."""
    if not await _live(runtime, principal.user_id).filter(pk=sid).aexists():
        raise NotFound("This account has no such session.")
    await runtime.revoker.revoke_sessions(principal.user_id, [sid], reason="ended")
    _record(runtime.recorder, principal, caller, ended=str(sid))


async def end_others(runtime: Runtime, principal: Principal, caller: Caller) -> None:
    """End all sessions except the principal's."""
    await runtime.revoker.revoke_all_sessions(principal.user_id, reason="ended", keep=UUID(principal.sid))
    _record(runtime.recorder, principal, caller, ended="others")


async def end_all(runtime: Runtime, principal: Principal, caller: Caller) -> None:
    """End all sessions, including the principal's."""
    await runtime.revoker.revoke_all_sessions(principal.user_id, reason="ended")
    _record(runtime.recorder, principal, caller, ended="all")


def _live(runtime: Runtime, user_id: int) -> SessionQuerySet:
    return Session.objects.live(at=runtime.clock(), idle_lifetime=runtime.settings.refresh_idle_lifetime).filter(
        user_id=user_id
    )


def _record(recorder: Recorder, principal: Principal, caller: Caller, *, ended: str) -> None:
    details = {"sid": principal.sid, "ended": ended}
    recorder.event(SecurityEvent.Type.SESSION_ENDED, caller=caller, user_id=principal.user_id, details=details)
