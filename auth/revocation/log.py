"""The tail of the revocation log, as each worker keeps it.

Redis propagates a revocation immediately; the log guarantees it. Every worker reads new entries from the database
several times a second, keeps them in memory as long as they can matter to a token, and applies them to Redis again. So
neither a lost write, nor FLUSHALL, nor a Redis restored with old data revives a token.

An entry takes effect as soon as it is read, and is published to the feed once it has a position (numbering.py). Entries
that the database loses are detected at the next poll, and written again (recovery.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import ClassVar

import structlog
from asgiref.sync import sync_to_async
from django.db import Error

from auth.core.expiring import ExpiringMap, ExpiringSet
from auth.core.job import Thread
from auth.core.revocations import RevocationRecord, Revoked
from auth.errors import ServiceUnavailable
from auth.revocation import queries, recovery
from auth.revocation.feed.events import Cursor
from auth.revocation.feed.ring import FeedRing
from auth.revocation.numbering import number_entries
from auth.revocation.queries import LogBatch, LogSetBack
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.revocations")

POLL_SECONDS = 0.25
FRESH_SECONDS = 1.0
"""Older than this, memory may lack an entry: callers must ask the database."""
MAX_HELD = 100_000
"""How many of the newest revocations can be written again, and how many wait for a Redis that is unavailable."""
REDIS_BATCH = 1000
"""Revocations that Redis is told of in one go."""

Identity = tuple[int, datetime]

read_batch = sync_to_async(queries.next_batch)


class RevocationLog:
    """`lifetime` is how long a revoked token could otherwise be used. `now` reads the database's time: by a
    host's own, whole days could be skipped. `clock` is monotonic, in seconds. `read` returns what is new after an
    entry, or raises the database's Error."""

    thread: ClassVar[Thread] = "reader"

    def __init__(
        self,
        cache: PrincipalCache,
        *,
        lifetime: timedelta,
        now: Callable[[], Awaitable[datetime]],
        clock: Callable[[], float] = time.monotonic,
        read: Callable[[Cursor | None], Awaitable[LogBatch]] = read_batch,
    ) -> None:
        self._cache = cache
        self._lifetime = lifetime
        self._now = now
        self._clock = clock
        self._read = read
        self._is_loaded = False
        self.head: Cursor | None = None
        """The last entry that has a position and was read; None: there was none."""
        self._unnumbered: set[Identity] = set()
        """The entries that are held already and wait for their position."""
        self._expected: set[Revoked] = set()
        """Committed, and not read with a position yet: a poll that does not find them shows that they are lost."""
        self._read_at = -FRESH_SECONDS
        self._pending: ExpiringSet[Revoked] = ExpiringSet()
        self._held: ExpiringSet[Revoked] = ExpiringSet()
        self._revoked_sessions: ExpiringSet[str] = ExpiringSet()
        self._revoked_tokens: ExpiringSet[str] = ExpiringSet()
        self._versions: ExpiringMap[int, int] = ExpiringMap()
        self.feed = FeedRing(lifetime=lifetime, clock=clock)

    def age(self) -> float:
        """Seconds since the log was last read."""
        return self._clock() - self._read_at

    def is_fresh(self) -> bool:
        return self._clock() - self._read_at < FRESH_SECONDS

    def is_revoked(self, claims: AccessClaims) -> bool:
        """Whether the token or its session is known to be revoked."""
        return claims.session in self._revoked_sessions or claims.token_id in self._revoked_tokens

    def is_outdated(self, user_id: int, version: int) -> bool:
        """Whether a copy of an account is older than a known change."""
        return version < (self._versions.get(user_id) or 0)

    def add(self, revoked: Collection[Revoked]) -> None:
        """Apply what this worker has committed, before it is read from the log."""
        self._expected.update(entry for entry in revoked if entry not in self._held)  # else it may be read already
        self._hold(revoked)

    async def run(self) -> None:
        """Follow the log until cancelled. Outages are logged, and made up for afterwards."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.catch_up()
            except (Error, ServiceUnavailable) as error:
                log.warning("revocation_log_behind", cause=type(error).__name__)

    async def catch_up(self) -> None:
        """Read and apply new entries. Raises the database's Error, or ServiceUnavailable if Redis failed."""
        started = self._clock()
        if not self._is_loaded:
            await self._load()
        waiting = await self._poll()
        self._read_at = started
        await self._publish(waiting, started)
        self._forget()
        await self._update_redis()

    def _hold(self, revoked: Iterable[Revoked]) -> None:
        until = self._clock() + self._lifetime.total_seconds()
        for entry in revoked:
            self._held.put(entry, until=until)
            if entry.sid:
                self._revoked_sessions.put(entry.sid, until=until)
            if entry.jti:
                self._revoked_tokens.put(entry.jti, until=until)
            if entry.version is not None and not self.is_outdated(entry.user_id, entry.version):
                self._versions.put(entry.user_id, entry.version, until=until)
        self._held.keep(MAX_HELD)

    def _forget(self) -> None:
        """What Redis has missed is held for a second lifetime: no copy of an account or a session lives for two."""
        missed = self._lifetime.total_seconds() if len(self._pending) else 0.0
        for entries in (self._revoked_sessions, self._revoked_tokens, self._versions, self._held):
            entries.forget(now=self._clock() - missed)

    async def _update_redis(self) -> None:
        for revoked in batched(list(self._pending), REDIS_BATCH):
            await self._cache.revoke(revoked)
            self._hold(revoked)  # from now on Redis may have older copies for one lifetime
            self._pending.discard(revoked)

    async def _load(self) -> None:
        """Load what was revoked within two lifetimes. Redis needs no second update: memory overrides it."""
        await sync_to_async(number_entries)()
        since = await self._now() - 2 * self._lifetime
        cursor = await sync_to_async(queries.start)(since=since)
        while rows := await sync_to_async(queries.after)(cursor):
            revoked = [entry.as_revoked() for entry in rows]
            self._hold(revoked)
            self._expected.difference_update(revoked)
            cursor = Cursor.of(rows[-1])
        self.head = cursor
        self.feed.begin(cursor)
        self._is_loaded = True

    async def _poll(self) -> set[Identity]:
        """Apply new entries, and append those with a position to the feed. Returns those without one."""
        committed = frozenset(self._expected)
        batch = await self._next_batch()
        self._apply(batch.unnumbered)
        seen = {entry.as_revoked() for entry in batch.unnumbered}
        self._expected |= seen
        waiting = {entry.identity for entry in batch.unnumbered}
        self._unnumbered |= waiting
        rows = batch.numbered
        while rows:
            rows = [entry for entry in rows if entry.feed_position > self.feed.head]  # another poll may be ahead
            self._apply(rows)
            self._append_to_feed(rows)
            waiting.difference_update(entry.identity for entry in rows)
            rows = await sync_to_async(queries.after)(self.head)
        self._unnumbered = waiting
        if lost := [revoked for revoked in committed if revoked in self._expected and revoked not in seen]:
            await self._write_again(lost)
        return waiting

    def _append_to_feed(self, rows: list[RevocationRecord]) -> None:
        if rows:
            self.feed.append(rows)
            self.head = Cursor.of(rows[-1])
            self._expected.difference_update(entry.as_revoked() for entry in rows)

    async def _next_batch(self) -> LogBatch:
        try:
            return await self._read(self.head)
        except LogSetBack:
            await self._reset()
            return await self._read(self.head)

    def _apply(self, entries: Iterable[RevocationRecord]) -> None:
        revoked = [entry.as_revoked() for entry in entries if entry.identity not in self._unnumbered]
        self._hold(revoked)
        for entry in revoked:
            self._pending.put(entry, until=float("inf"))
        if dropped := self._pending.keep(MAX_HELD):
            log.warning("redis_is_told_no_more", entries=dropped)  # memory overrules its copies as long as they live

    async def _publish(self, waiting: set[Identity], started: float) -> None:
        """Mark the feed as complete up to `started`, once everything that was seen by then is in it."""
        still: set[Identity] = set()
        if waiting:
            await sync_to_async(number_entries)()
            still = await self._poll()
        if still.isdisjoint(waiting):
            self.feed.complete(started)

    async def _reset(self) -> None:
        """The database was set back by a restore or a failover: positions that we have read are reused."""
        log.warning("revocation_log_set_back", head=self.feed.head)
        await self._write_again(list(self._held))
        self.feed.end()
        self.feed = FeedRing(lifetime=self._lifetime, clock=self._clock)
        self._unnumbered = set()
        await self._load()

    async def _write_again(self, revoked: Collection[Revoked]) -> None:
        """Those that the database has lost; a poll finds them as it finds any other."""
        now = await self._now()
        written = await sync_to_async(recovery.write_again)(revoked, now=now, lifetime=self._lifetime)
        self._expected.difference_update(revoked)
        if written:
            log.warning("lost_revocations_written_again", entries=written)
