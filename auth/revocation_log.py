"""The tail of the revocation log, as each worker keeps it.

Redis spreads a revocation at once; this makes it certain. Every worker reads new entries from the database several
times a second, holds them in memory as long as a token could outlive them, and applies them to Redis again. So neither
a lost write, nor FLUSHALL, nor a Redis that came back with old data brings a token back to life.

An entry is held as soon as it is seen, and published to the feed once it has a position (auth/sequencer.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import structlog
from asgiref.sync import sync_to_async
from django.db import Error

from auth import log_reading
from auth.errors import ServiceUnavailable
from auth.expiring import ExpiringMap, ExpiringSet
from auth.feed_ring import FeedRing
from auth.log_reading import News
from auth.revocations import Entry, Taken
from auth.sequencer import number_entries
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.revocations")

POLL_SECONDS = 0.25
FRESH_SECONDS = 1.0
"""Older than this, memory may lack an entry: callers must ask the database."""

_NOT_READ = -1
"""The head of a log that was not looked at yet: before every position."""


class RevocationLog:
    """`lifetime` is the longest that a token taken back could otherwise be used. `now` asks the database for its time:
    by a host's own, whole days could be left out. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        cache: PrincipalCache,
        *,
        lifetime: timedelta,
        now: Callable[[], Awaitable[datetime]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._lifetime = lifetime
        self._now = now
        self._clock = clock
        self._head = _NOT_READ
        self._unnumbered: set[int] = set()
        """Ids of the entries that are held already and wait for their position."""
        self._read_at = -FRESH_SECONDS
        self._unsent: list[Taken] = []
        self._ended: ExpiringSet[str] = ExpiringSet()
        self._listed: ExpiringSet[str] = ExpiringSet()
        self._versions: ExpiringMap[int, int] = ExpiringMap()
        self.feed = FeedRing(lifetime=lifetime, clock=clock)

    def age(self) -> float:
        """Seconds since the log was last read."""
        return self._clock() - self._read_at

    def is_fresh(self) -> bool:
        return self.age() < FRESH_SECONDS

    def has_taken(self, claims: AccessClaims) -> bool:
        """Whether the token or its session is known to be taken back."""
        return claims.session in self._ended or claims.token_id in self._listed

    def is_outdated(self, user_id: int, version: int) -> bool:
        """Whether a copy of an account is older than a change that we know of."""
        return version < (self._versions.get(user_id) or 0)

    def note(self, entries: Iterable[Taken | Entry]) -> None:
        """Hold entries in memory, before or after they are read from the log."""
        until = self._clock() + self._lifetime.total_seconds()
        for entry in entries:
            if entry.sid:
                self._ended.put(entry.sid, until=until)
            if entry.jti:
                self._listed.put(entry.jti, until=until)
            if entry.version is not None and not self.is_outdated(entry.user_id, entry.version):
                self._versions.put(entry.user_id, entry.version, until=until)

    async def run(self) -> None:
        """Follow the log until cancelled. Outages are logged, and made up for afterwards."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.catch_up()
            except (Error, ServiceUnavailable) as error:
                log.warning("revocation_log_behind", cause=type(error).__name__)

    async def catch_up(self) -> None:
        """Read and apply what is new. Raises the database's Error, or ServiceUnavailable when Redis took nothing."""
        started = self._clock()
        if self._head == _NOT_READ:
            await self._begin()
        waiting = await self._look()
        self._read_at = started
        await self._publish(waiting, started)
        if self._unsent:
            await self._cache.take_back(self._unsent)
            self.note(self._unsent)  # from now on Redis may hold older copies for a lifetime, and no longer
            self._unsent = []
        for entries in (self._ended, self._listed, self._versions):
            entries.forget(now=self._clock())  # last: what Redis has missed is held until it has it

    async def _begin(self) -> None:
        """Hold what was taken back within two lifetimes. Redis need not be told again: memory overrules it."""
        await sync_to_async(number_entries)()
        since = await self._now() - 2 * self._lifetime
        start = await sync_to_async(log_reading.start)(since=since)
        position = start.behind
        while rows := await sync_to_async(log_reading.numbered)(position):
            self.note(rows)
            position = rows[-1].place
        self._head = max(position, start.head)
        self.feed.begin(self._head, start.cursor)

    async def _look(self) -> set[int]:
        """Hold what is new, and give the feed what has a position. Returns the ids of what has none yet."""
        news = await self._read()
        if news.head < self._head:
            await self._start_over()
            news = await self._read()
        self._take(news.unnumbered)
        waiting = {entry.id for entry in news.unnumbered}
        self._unnumbered |= waiting
        rows = news.numbered
        while rows:
            rows = [entry for entry in rows if entry.place > self._head]  # another look may be ahead
            self._take(rows)
            self._pass_on(rows)
            waiting.difference_update(entry.id for entry in rows)
            rows = await sync_to_async(log_reading.numbered)(self._head) if self._head < news.head else []
        self._unnumbered = waiting
        return waiting

    def _pass_on(self, rows: list[Entry]) -> None:
        if rows:
            self.feed.append(rows)
            self._head = rows[-1].place

    async def _read(self) -> News:
        return await _fetch(self._head)

    def _take(self, entries: Iterable[Entry]) -> None:
        taken = [entry.taken() for entry in entries if entry.id not in self._unnumbered]
        self.note(taken)
        self._unsent += taken

    async def _publish(self, waiting: set[int], started: float) -> None:
        """Tell the feed up to when it is complete, once everything that was seen then is in it."""
        still: set[int] = set()
        if waiting:
            await sync_to_async(number_entries)()
            still = await self._look()
        if still.isdisjoint(waiting):
            self.feed.complete(started)

    async def _start_over(self) -> None:
        """The database was set back, by a restore or a failover: positions that we have read are given again."""
        log.warning("revocation_log_set_back", head=self._head)
        self.feed.end()
        self.feed = FeedRing(lifetime=self._lifetime, clock=self._clock)
        self._unnumbered = set()
        await self._begin()


_fetch = sync_to_async(log_reading.news)
