"""The revocation feed, for other services (docs/revocation.md)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from asgiref.sync import sync_to_async
from django.db import Error

from auth.clients.registry import ServiceClients
from auth.core.revocations import RevocationRecord
from auth.errors import ServiceUnavailable
from auth.maintenance.cleanup import log_retention
from auth.revocation import queries
from auth.revocation.feed.events import SNAPSHOT, Cursor, revocation
from auth.revocation.feed.ring import CHUNK, FeedRing
from auth.runtime import Runtime

log = structlog.get_logger("authgate.feed")

HEARTBEAT_SECONDS = 0.5
LONGEST_SECONDS = 15 * 60.0
"""Then the reader reconnects with its cursor, so that readers spread over the workers."""


@dataclass(frozen=True, slots=True)
class StartPosition:
    """Where a reader starts: it has everything up to `cursor`, or, for a snapshot, earlier entries no longer matter."""

    cursor: Cursor | None
    is_snapshot: bool


async def stream(
    runtime: Runtime, *, client_id: str, last_event_id: str, abort: Callable[[], None]
) -> AsyncGenerator[bytes]:
    """The endless events for one reader, as long as it is a service client. `abort` cuts its connection.

    Raises ServiceUnavailable when there are too many readers, and the database's Error, before the first event.
    """
    ring = runtime.revocations.feed
    since = ring.clock()
    with runtime.feed_readers.arrival():
        start = await sync_to_async(_start_position)(runtime, Cursor.parse(last_event_id))
    events = _while_known(_events(ring, start, since), runtime.service_clients, client_id)
    return runtime.feed_readers.abort_if_blocked(events, abort)


async def _while_known(events: AsyncGenerator[bytes], clients: ServiceClients, client_id: str) -> AsyncIterator[bytes]:
    """Ends when the client is removed or its secret changes, like its calls: checked at each heartbeat."""
    secret_hash = clients.secret_hash(client_id)
    async with aclosing(events):
        async for chunk in events:
            if clients.secret_hash(client_id) != secret_hash:
                return
            yield chunk


def _start_position(runtime: Runtime, cursor: Cursor | None) -> StartPosition:
    now = runtime.clock()
    if cursor is not None and queries.holds(cursor, since=now - log_retention(runtime.settings)):
        return StartPosition(cursor, is_snapshot=False)
    return StartPosition(queries.start(since=now - runtime.revocations.feed.lifetime), is_snapshot=True)


async def _events(ring: FeedRing, start: StartPosition, since: float) -> AsyncGenerator[bytes]:
    if start.is_snapshot:
        yield SNAPSHOT
    cursor = start.cursor
    position = cursor.position if cursor else 0
    while position < ring.floor and not ring.is_over:
        try:
            rows = await _from_database(ring, cursor)
        except (Error, ServiceUnavailable) as error:
            log.warning("feed_interrupted", cause=type(error).__name__)
            return
        if rows:
            yield b"".join(revocation(row, lifetime=ring.lifetime) for row in rows)
            cursor = Cursor.of(rows[-1])
        position = cursor.position if cursor and len(rows) == CHUNK else ring.floor
    async for chunk in _live(ring, position, since):
        yield chunk


async def _from_database(ring: FeedRing, cursor: Cursor | None) -> list[RevocationRecord]:
    """A page of entries that the ring no longer has, up to the floor: the ring continues from there."""
    rows = await sync_to_async(queries.after)(cursor, limit=CHUNK)
    return [row for row in rows if row.feed_position <= ring.floor]


async def _live(ring: FeedRing, position: int, since: float) -> AsyncIterator[bytes]:
    """From memory, until the ring ends, the reader falls behind it, or the time is up."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_SECONDS
    beat_at = loop.time()
    while not ring.is_over and position >= ring.floor and loop.time() < end:
        chunk, position = ring.after(position)
        if not chunk and loop.time() >= beat_at and position <= ring.head and ring.complete_at >= since:
            chunk = ring.heartbeat(since=since)
            beat_at = loop.time() + HEARTBEAT_SECONDS
        if chunk:
            yield chunk
        else:
            await ring.wait(max(0.0, beat_at - loop.time()) or HEARTBEAT_SECONDS)
