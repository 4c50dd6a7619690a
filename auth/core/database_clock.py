"""The database's time, by which all workers judge: whatever their own clocks say, they agree.

Rotations are compared with the moment that another worker wrote down, and tokens carry times that others verify. A host
whose clock is off by more than the grace would end sessions at an honest retry; off by an hour, nobody would take its
tokens.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connection

log = structlog.get_logger("authgate.clock")

ASK_SECONDS = 1.0


class DatabaseClock:
    """Call it for an aware moment in UTC. `own` is the host's clock, in Unix seconds.

    Until the database has been asked, and on SQLite, which is no other host, it is the host's own time.
    """

    def __init__(self, *, own: Callable[[], float] = time.time) -> None:
        self._own = own
        self.ahead = 0.0
        """Seconds by which the database's clock is ahead of the host's."""

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Unix seconds."""
        return self._own() + self.ahead

    def learn(self, told: float, *, asked: float, answered: float) -> None:
        """The database said `told` at some time between these two looks at the host's clock.

        An offset that explains the answer is kept: how long a question travels must not make time jump.
        """
        self.ahead = min(max(self.ahead, told - answered), told - asked)

    async def ask(self) -> None:
        """Raises the database's Error."""
        asked = self._own()
        told = await _database_time()
        if told is not None:
            self.learn(told, asked=asked, answered=self._own())

    async def asked(self) -> datetime:
        """The time by an answer of this moment. Raises the database's Error."""
        await self.ask()
        return self()

    async def run(self) -> None:
        """Follow the database until cancelled. While it is away the last offset stands."""
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                await self.ask()
            except Error as error:
                log.warning("clock_not_compared", cause=type(error).__name__)


@sync_to_async
def _database_time() -> float | None:
    """Unix seconds; None where the database is no other host."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])
