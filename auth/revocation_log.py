"""The tail of the revocation log, as each worker keeps it.

Redis spreads a revocation at once; this makes it certain. Every worker reads new entries from the database several
times a second, holds them in memory as long as a token could outlive them, and applies them to Redis again. So neither
a lost write, nor FLUSHALL, nor a Redis that came back with old data brings a token back to life.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from asgiref.sync import sync_to_async
from django.db import Error
from django.db.models import Q
from django.utils import timezone

from auth.errors import ServiceUnavailable
from auth.expiring import ExpiringMap
from auth.models import Revocation
from auth.revocations import Taken
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.revocations")

POLL_SECONDS = 0.25
FRESH_SECONDS = 1.0
"""Older than this, memory may lack an entry: callers must ask the database."""
_GAP_SECONDS = 600.0
"""An id that was skipped may still be committed this long: a command that deletes many accounts takes minutes."""

_FIRST_LOOK_BACK = 1000


class RevocationLog:
    """`lifetime` is the longest that a token taken back could otherwise be used. `clock` is monotonic, in seconds."""

    def __init__(
        self, cache: PrincipalCache, *, lifetime: timedelta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._lifetime = lifetime
        self._clock = clock
        self._head = 0
        self._gaps: dict[int, float] = {}
        self._read_at = -FRESH_SECONDS
        self._unsent: list[Taken] = []
        self._ended: ExpiringMap[str, Taken] = ExpiringMap()
        self._listed: ExpiringMap[str, Taken] = ExpiringMap()
        self._versions: ExpiringMap[int, int] = ExpiringMap()

    def is_fresh(self) -> bool:
        return self._clock() - self._read_at < FRESH_SECONDS

    def has_taken(self, claims: AccessClaims) -> bool:
        """Whether the token or its session is known to be taken back."""
        return claims.session in self._ended or claims.token_id in self._listed

    def is_outdated(self, user_id: int, version: int) -> bool:
        """Whether a copy of an account is older than a change that we know of."""
        return version < (self._versions.get(user_id) or 0)

    def note(self, entries: Iterable[Taken]) -> None:
        """Hold entries in memory, before or after they are read from the log."""
        until = self._clock() + self._lifetime.total_seconds()
        for entry in entries:
            if entry.sid:
                self._ended.put(entry.sid, entry, until=until)
            if entry.jti:
                self._listed.put(entry.jti, entry, until=until)
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
        rows = await self._read()
        self._advance([row.id for row in rows])
        entries = [Taken(r.user_id, r.sid, r.jti, r.version, r.epoch) for r in rows]
        self.note(entries)
        self._read_at = started
        self._unsent += entries
        if self._unsent:
            await self._cache.take_back(self._unsent)
            self.note(self._unsent)  # from now on Redis may hold older copies for a lifetime, and no longer
            self._unsent = []
        self._forget_expired()  # last: what Redis has missed is held until it has it

    async def _read(self) -> list[Revocation]:
        if self._head:
            return await _fetch(Q(id__gt=self._head) | Q(id__in=list(self._gaps)))
        return await _fetch(Q(created_at__gt=timezone.now() - 2 * self._lifetime))

    def _advance(self, ids: list[int]) -> None:
        """Ids are given in order but committed in any: remember the holes and look again."""
        now = self._clock()
        seen = set(ids)
        head = max([self._head, *ids])  # a hole that was filled lies before it
        start = self._head or max(0, head - _FIRST_LOOK_BACK)
        self._gaps |= {i: now + _GAP_SECONDS for i in range(start + 1, head) if i not in seen}
        self._gaps = {i: until for i, until in self._gaps.items() if i not in seen and until > now}
        self._head = head

    def _forget_expired(self) -> None:
        for entries in (self._ended, self._listed, self._versions):
            entries.forget(now=self._clock())


@sync_to_async
def _fetch(condition: Q) -> list[Revocation]:
    return list(Revocation.objects.filter(condition).order_by("id"))
