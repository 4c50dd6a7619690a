"""Servers that are broken on purpose, each in one way that a rule is about."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from itertools import count
from typing import Any
from unittest.mock import patch
from uuid import UUID

import jwt

from auth.models import Session, session_queries
from auth.revocation import revoke
from auth.revocation.log import RevocationLog
from auth.sessions import refresh
from auth.stores.principals import Decision, PrincipalCache, Verdict
from auth.tokens import RefreshTokens
from auth.tokens.refresh import TYP


def revocations_that_arrive_late() -> AbstractContextManager[Any]:
    """The database has them; workers and Redis do not learn of them."""

    async def revoke(self: PrincipalCache, revoked: Iterable[Any]) -> None: ...

    blind: dict[str, Any] = {
        "is_fresh": lambda self: True,
        "is_outdated": lambda *_: False,
        "is_revoked": lambda *_: False,
    }
    stack = ExitStack()
    stack.enter_context(patch.multiple(RevocationLog, **blind))
    stack.enter_context(patch.object(PrincipalCache, "revoke", revoke))
    return stack


def revocations_that_are_lost() -> AbstractContextManager[Any]:
    """They are confirmed, and in no table."""
    return patch.object(revoke, "revoke_sessions", lambda *_, **__: [])


def rotations_that_are_lost() -> AbstractContextManager[Any]:
    """Confirmed by a database that then loses the commit."""

    def rotate(sid: UUID, *, generation: int, following: int, now: datetime) -> bool:
        return True

    return patch.object(session_queries, "rotate", rotate)


def sessions_that_are_lost() -> AbstractContextManager[Any]:
    async def save(self: Session, **_: Any) -> None: ...

    return patch.object(Session, "asave", save)


def two_successors() -> AbstractContextManager[Any]:
    """Refresh tokens with a random id, as most servers issue them: a retry makes another one."""
    issue, numbers = RefreshTokens.issue, count()

    def issue_another(self: RefreshTokens, **values: Any) -> str:
        key, token = self.keys[0], issue(self, **values)
        payload = jwt.decode(token, options={"verify_signature": False}) | {"jti": f"token {next(numbers)}"}
        return jwt.encode(payload, key.secret, algorithm="HS256", headers={"typ": TYP, "kid": key.kid})

    return patch.object(RefreshTokens, "issue", issue_another)


def no_grace() -> AbstractContextManager[Any]:
    """Rotation as most have it: a retry ends the session."""
    return patch.object(refresh, "grace_of", lambda settings, session: 0 * settings.rotation_grace)


def refusals_without_a_cause() -> AbstractContextManager[Any]:
    async def authorize(self: PrincipalCache, *_: Any, **__: Any) -> Decision:
        return Decision(Verdict.REVOKED)

    return patch.object(PrincipalCache, "authorize", authorize)


BROKEN: dict[Callable[[], AbstractContextManager[Any]], str] = {
    revocations_that_arrive_late: "revocation",
    revocations_that_are_lost: "endings",
    rotations_that_are_lost: "rotations",
    sessions_that_are_lost: "sessions",
    two_successors: "successors",
    no_grace: "reuse",
    refusals_without_a_cause: "live-tokens",
}
"""The rule that each breaks."""
