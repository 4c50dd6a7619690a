"""Ways in which one might well have written it. The machine must see through each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from unittest.mock import Mock, patch
from uuid import UUID

from auth.models import Session, session_queries
from auth.revocation import revoke
from auth.revocation.log import RevocationLog
from auth.runtime import Runtime
from auth.sessions import login, refresh
from auth.sessions.issue import new_session
from auth.sessions.stages import Admission
from tests.security.model.pauses import stop_thread


def cache_without_log() -> AbstractContextManager[Any]:
    """Redis is believed, since revocations are written to it."""
    return patch.multiple(RevocationLog, is_fresh=lambda self: True, is_outdated=lambda self, user_id, version: False)


def log_that_never_ages() -> AbstractContextManager[Any]:
    """What has been read once is taken to be all."""
    return patch.object(RevocationLog, "is_fresh", lambda self: True)


def endings_without_log() -> AbstractContextManager[Any]:
    """The worker that ends a session tells Redis; should either fail in between, nobody does it again."""
    return patch.object(revoke, "Revocation", Mock())


def memory_of_sessions_alone() -> AbstractContextManager[Any]:
    """Versions of accounts are left to Redis."""
    return patch.object(RevocationLog, "is_outdated", lambda self, user_id, version: False)


def rotation_without_condition() -> AbstractContextManager[Any]:
    """Read, then write: two at once both win."""

    def rotate(sid: UUID, *, generation: int, following: int, now: datetime) -> bool:
        stop_thread("rotate")
        Session.objects.filter(pk=sid).update(generation=following, rotated_at=now, last_used_at=now)
        return True

    return patch.object(session_queries, "rotate", rotate)


def login_with_the_latest_epoch() -> AbstractContextManager[Any]:
    """A session carries the epoch of the moment that it is stored, not of the moment its password was read."""

    def start(runtime: Runtime, admission: Admission, caller: Any) -> Session:
        session = new_session(runtime, admission, caller)
        session.epoch = 1 << 40  # never behind
        return session

    return patch.object(login, "new_session", start)


def grace_for_ever() -> AbstractContextManager[Any]:
    """The previous token is honoured whenever it comes."""
    return patch.object(refresh, "grace_of", lambda settings, session: 1000 * settings.rotation_grace)


def no_grace() -> AbstractContextManager[Any]:
    """Rotation as most have it: a lost answer ends the session."""
    return patch.object(refresh, "grace_of", lambda settings, session: 0 * settings.rotation_grace)


VARIANTS: list[Callable[[], AbstractContextManager[Any]]] = [
    cache_without_log,
    log_that_never_ages,
    endings_without_log,
    memory_of_sessions_alone,
    rotation_without_condition,
    login_with_the_latest_epoch,
    grace_for_ever,
    no_grace,
]
