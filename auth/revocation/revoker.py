"""The only way to revoke: the database first, then every worker.

The caller gets a response only after the database has committed. Redis and this worker's memory follow immediately; if
Redis misses it, each worker reads it from the revocation log within POLL_SECONDS.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async

from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.models import User
from auth.revocation import revoke
from auth.revocation.log import RevocationLog
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.revocations")


class Revoker:
    """The only way to revoke: the database first, then this worker's memory and Redis.

    Every method raises the database's Error: then nothing was revoked. `now` returns aware datetimes.
    """

    def __init__(self, revocations: RevocationLog, principals: PrincipalCache, *, now: Callable[[], datetime]) -> None:
        self._revocations = revocations
        self._principals = principals
        self._now = now

    async def revoke_sessions(
        self, user_id: int, sids: Iterable[UUID], *, reason: str, token: AccessClaims | None = None
    ) -> None:
        """Some sessions of one account, and the access token of the call. Idempotent."""
        await self._revoke(partial(revoke.revoke_sessions, user_id, sids, reason=reason, now=self._now(), token=token))

    async def revoke_all_sessions(self, user_id: int, *, reason: str, keep: UUID | None = None) -> None:
        """Every session of an account except `keep`. Raises InvalidToken if that has been ended meanwhile."""
        await self._revoke(partial(revoke.revoke_all_sessions, user_id, reason=reason, now=self._now(), keep=keep))

    async def reset_password(self, user: User, *, new: str) -> None:
        """A new hash; every session ends. Raises InvalidEmailToken when the account has changed meanwhile."""
        await self._revoke(partial(revoke.reset_password_and_revoke, user, new=new, now=self._now()))

    async def _revoke(self, revocation: Callable[[], list[Revoked]]) -> None:
        await self.propagate(await sync_to_async(revocation)())

    async def propagate(self, revoked: Sequence[Revoked]) -> None:
        """Apply what the database already has to this worker's memory and to Redis."""
        self._revocations.add(revoked)
        try:
            await self._principals.revoke(revoked)
        except ServiceUnavailable:
            log.warning("redis_missed_revocation", entries=len(revoked))  # the log brings it
