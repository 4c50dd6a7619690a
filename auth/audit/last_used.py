"""When each session was last used, without a write per request.

Uses are collected in memory and written in batches. A session in continuous use is written once per PRECISION; the
first access token of a new generation within FLUSH_SECONDS: the handling of lost responses depends on it
(sessions/refresh.py).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import ClassVar
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, transaction

from auth.core.expiring import ExpiringMap
from auth.core.job import Thread
from auth.models import session_queries
from auth.tokens import AccessClaims, RefreshClaims

log = structlog.get_logger("authgate.activity")

PRECISION = 60.0
"""Seconds."""
FLUSH_SECONDS = 2.0
CAPACITY = 100_000
"""Sessions whose uses may wait for the database. Uses of further sessions are dropped until there is room again."""
_BATCH = 200

Use = tuple[int, datetime]
"""A generation, and when it was used."""
_NEVER = datetime.fromtimestamp(0, UTC)
"""Earlier than any use: the time of the last one stays as it is."""


class LastUsedWriter:
    """`now` returns aware UTC datetimes, `clock` monotonic seconds."""

    thread: ClassVar[Thread] = "writer"

    def __init__(self, *, now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock = clock
        self._used: ExpiringMap[str, int] = ExpiringMap()
        self._seen: ExpiringMap[str, int] = ExpiringMap()
        self._pending: dict[str, Use] = {}

    def used(self, claims: AccessClaims | RefreshClaims) -> None:
        """A request was authenticated with this token."""
        generation = self._used.get(claims.session)
        if generation is None or generation < claims.generation:
            self._add(claims, self._used, self._now())

    def seen(self, claims: AccessClaims | RefreshClaims) -> None:
        """A service was shown this token: its generation arrived, but the session was not used."""
        generation = self._seen.get(claims.session)
        if generation is None or generation < claims.generation:
            self._add(claims, self._seen, _NEVER)

    def _add(self, claims: AccessClaims | RefreshClaims, written: ExpiringMap[str, int], moment: datetime) -> None:
        if len(self._pending) < CAPACITY or claims.session in self._pending:
            written.put(claims.session, claims.generation, until=self._clock() + PRECISION)
            self._merge(claims.session, (claims.generation, moment))

    def _merge(self, sid: str, use: Use) -> None:
        generation, moment = self._pending.get(sid, use)
        self._pending[sid] = max(generation, use[0]), max(moment, use[1])

    async def run(self) -> None:
        """Write what was collected, until cancelled; then write what is left."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """An outage is logged, and the collected uses wait for the next write."""
        self._used.forget(now=self._clock())
        self._seen.forget(now=self._clock())
        uses, self._pending = self._pending, {}
        if not uses:
            return
        try:
            await _write(uses)
        except Error as error:
            log.warning("activity_delayed", sessions=len(uses), cause=type(error).__name__)
            for sid, use in uses.items():
                self._merge(sid, use)


@sync_to_async
def _write(uses: Mapping[str, Use]) -> None:
    """Sorted, so that all workers lock rows in one order."""
    rows = [(UUID(sid), generation, moment) for sid, (generation, moment) in sorted(uses.items())]
    for batch in batched(rows, _BATCH):
        with transaction.atomic():
            session_queries.update_last_used(batch)
