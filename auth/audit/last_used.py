"""When each session was last used, and of which generation, without a write per request.

Uses are noted in memory and written down together. A session that goes on being used is written once a PRECISION; the
first access token of a new generation within FLUSH_SECONDS, since a lost answer is judged by it (sessions/refresh.py).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import batched
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, transaction

from auth.core.expiring import ExpiringMap
from auth.models import session_queries
from auth.tokens import AccessClaims, RefreshClaims

log = structlog.get_logger("authgate.activity")

PRECISION = 60.0
"""Seconds."""
FLUSH_SECONDS = 2.0
CAPACITY = 100_000
"""Sessions whose uses may wait for the database. Those of further ones are not noted before there is room again."""
_BATCH = 200

Use = tuple[int, datetime]
"""A generation, and when it was used."""


class LastUsedWriter:
    """`now` gives aware UTC moments, `clock` monotonic seconds."""

    def __init__(self, *, now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock = clock
        self._written: ExpiringMap[str, int] = ExpiringMap()
        self._waiting: dict[str, Use] = {}

    def note(self, claims: AccessClaims | RefreshClaims) -> None:
        """A request was let in with this token."""
        generation = self._written.get(claims.session)
        if generation is not None and generation >= claims.generation:
            return
        if len(self._waiting) >= CAPACITY and claims.session not in self._waiting:
            return
        self._written.put(claims.session, claims.generation, until=self._clock() + PRECISION)
        self._waiting[claims.session] = (claims.generation, self._now())

    async def run(self) -> None:
        """Write down what was noted, until cancelled; then write what is left."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """An outage is logged, and what was noted waits for the next time."""
        self._written.forget(now=self._clock())
        uses, self._waiting = self._waiting, {}
        if not uses:
            return
        try:
            await _write(uses)
        except Error as error:
            log.warning("activity_delayed", sessions=len(uses), cause=type(error).__name__)
            self._waiting = uses | self._waiting


@sync_to_async
def _write(uses: Mapping[str, Use]) -> None:
    """Sorted, so that all workers lock rows in one order."""
    rows = [(UUID(sid), generation, moment) for sid, (generation, moment) in sorted(uses.items())]
    for batch in batched(rows, _BATCH):
        with transaction.atomic():
            session_queries.write_uses(batch)
