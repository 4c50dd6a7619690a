"""The only way to revoke: the database first, then every worker.

The caller gets a response only when the database has it. Redis and this worker's memory follow at once; should Redis
miss it, each worker reads it from the revocation log within POLL_SECONDS.
"""

from collections.abc import Callable, Sequence

import structlog
from asgiref.sync import sync_to_async

from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.revocation.log import RevocationLog
from auth.stores.principals import PrincipalCache

log = structlog.get_logger("authgate.revocations")


class Revoker:
    """The only way to revoke: the database first, then this worker's memory and Redis."""

    def __init__(self, revocations: RevocationLog, principals: PrincipalCache) -> None:
        self._revocations = revocations
        self._principals = principals

    async def revoke(self, revocation: Callable[[], list[Revoked]]) -> list[Revoked]:
        """Run one of revoke.py in a thread, and propagate what it revoked. Returns that.

        Raises the database's Error: then nothing was revoked.
        """
        revoked = await sync_to_async(revocation)()
        await self.propagate(revoked)
        return revoked

    async def propagate(self, revoked: Sequence[Revoked]) -> None:
        """Apply what the database already has to this worker's memory and to Redis."""
        self._revocations.add(revoked)
        try:
            await self._principals.revoke(revoked)
        except ServiceUnavailable:
            log.warning("redis_missed_revocation", entries=len(revoked))  # the log brings it
