"""The database's time, which all workers use, whatever their hosts' clocks say.

Rotations are compared with times written by other workers, and tokens carry times that others verify. A host whose
clock is off by more than the grace would end sessions at an honest retry; off by an hour, its tokens would be rejected.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connection

from auth.core.job import Thread

log = structlog.get_logger("authgate.clock")

SYNC_SECONDS = 1.0


class DatabaseClock:
    """Call it for an aware datetime in UTC. `own` is the host's clock, in Unix seconds.

    Before the first sync, and on SQLite, which runs on the same host, it is the host's time.
    """

    thread: ClassVar[Thread] = "reader"

    def __init__(self, *, own: Callable[[], float] = time.time) -> None:
        self._own = own
        self.offset = 0.0
        """Seconds by which the database's clock is ahead of the host's."""

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Unix seconds."""
        return self._own() + self.offset

    def update(self, reported: float, *, sent_at: float, received_at: float) -> None:
        """The database reported its time between these two readings of the host's clock.

        An offset that explains the reply is kept: how long a query travels must not make time jump.
        """
        self.offset = min(max(self.offset, reported - received_at), reported - sent_at)

    async def sync(self) -> None:
        """Raises the database's Error."""
        sent_at = self._own()
        reported = await database_time()
        if reported is not None:
            self.update(reported, sent_at=sent_at, received_at=self._own())

    async def synced_now(self) -> datetime:
        """The time, synchronised just now. Raises the database's Error."""
        await self.sync()
        return self()

    async def run(self) -> None:
        """Follow the database until cancelled. While it is unavailable the last offset is used."""
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            try:
                await self.sync()
            except Error as error:
                log.warning("clock_not_compared", cause=type(error).__name__)


@sync_to_async
def database_time() -> float | None:
    """Unix seconds; None where the database runs on the same host."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])
