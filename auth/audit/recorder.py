"""Login history and security events, written in the background."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import structlog
from django.db import Error
from django.utils import timezone

from auth.audit.record_batches import Batches
from auth.audit.record_writing import Record
from auth.caller import Caller
from auth.core.job import Thread
from auth.errors import RateLimited
from auth.models import SecurityEvent, UserLoginHistory

log = structlog.get_logger("authgate.recorder")

CAPACITY = 10_000
"""Records that may wait. What comes after is dropped, counted and logged."""
_BATCH = 500
RETRY_SECONDS = 0.5


def _merge_key(error: RateLimited, now: datetime) -> str:
    """The same on every worker: windows are counted from the Unix epoch."""
    window = int(now.timestamp()) // max(1, error.window)
    return hashlib.sha256(f"{error.subject} {window}".encode()).hexdigest()


class Recorder:
    """One writer task. Records wait in memory; a database outage delays them up to CAPACITY.

    `now` returns aware datetimes of the database's clock: hosts write one history, and count each other's failures.
    """

    thread: ClassVar[Thread] = "writer"

    def __init__(self, *, now: Callable[[], datetime] = timezone.now) -> None:
        self._now = now
        self._queue: asyncio.Queue[Record] = asyncio.Queue(CAPACITY)
        self._batches = Batches(parked=self._lose)
        self._merging: dict[str, SecurityEvent] = {}
        """Waiting events, which count repetitions under the same key."""
        self.dropped = 0
        self.counts: Counter[str] = Counter()
        """Security events by type, written or not."""

    @property
    def waiting(self) -> int:
        return len(self._batches.left) + self._queue.qsize()

    def login(self, *, caller: Caller, user_id: int | None, reason: str = "", identifier_hash: str = "") -> None:
        """A login attempt; it failed if there is a reason."""
        event = SecurityEvent.Type.LOGIN_FAILED if reason else SecurityEvent.Type.LOGIN_SUCCESS
        self._put(
            UserLoginHistory(
                user_id=user_id,
                identifier_hash=identifier_hash,
                ip_address=caller.address or None,
                user_agent=caller.user_agent,
                is_successful=not reason,
                reason=reason,
                login_time=self._now(),
            )
        )
        self.event(event, caller=caller, user_id=user_id, details={"reason": reason} if reason else {})

    def event(
        self, kind: SecurityEvent.Type, *, caller: Caller, user_id: int | None, details: Mapping[str, Any] | None = None
    ) -> None:
        """A security event. `details` must not contain secrets."""
        self.counts[kind.value] += 1
        self._put(self._event(kind, caller, user_id, details or {}))

    def refused(self, error: RateLimited, *, caller: Caller, user_id: int | None, details: Mapping[str, Any]) -> None:
        """A call over a limit: one event per subject and window of the limit, with a count.

        So any number of refused calls neither fills the table nor displaces other records from the queue.
        """
        kind = SecurityEvent.Type.RATE_LIMITED
        self.counts[kind.value] += 1
        key = _merge_key(error, self._now())
        if waiting := self._merging.get(key):
            waiting.details["count"] += 1
            return
        event = self._event(kind, caller, user_id, {**details, "policy": error.policy, "count": 1})
        event.merge_key = key
        if self._put(event):
            self._merging[key] = event

    def _event(
        self, kind: SecurityEvent.Type, caller: Caller, user_id: int | None, details: Mapping[str, Any]
    ) -> SecurityEvent:
        return SecurityEvent(
            user_id=user_id,
            event_type=kind,
            ip_address=caller.address or None,
            user_agent=caller.user_agent,
            details=dict(details),
            timestamp=self._now(),
        )

    async def run(self) -> None:
        """Write what comes in, until cancelled; then write what is left, or count it as dropped."""
        try:
            while True:
                first = self._dequeued(await self._queue.get())
                await self._write([first, *self._waiting()])
        finally:
            await self._drain()

    def _put(self, record: Record) -> bool:
        """Whether there was room for it."""
        try:
            self._queue.put_nowait(record)
        except asyncio.QueueFull:
            self._drop(1)
            return False
        return True

    def _waiting(self) -> list[Record]:
        return [self._dequeued(self._queue.get_nowait()) for _ in range(min(self._queue.qsize(), _BATCH))]

    def _dequeued(self, record: Record) -> Record:
        """From here on it is the writer's, in another thread: nothing is added to it."""
        if isinstance(record, SecurityEvent) and record.merge_key:
            self._merging.pop(record.merge_key, None)
        return record

    async def _write(self, records: list[Record]) -> None:
        self._batches.left += records
        while self._batches.left:
            try:
                await self._batches.store()
            except Error as error:
                log.warning("records_delayed", waiting=self.waiting, cause=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            if len(self._batches.left) < _BATCH:  # the next ones may show that the database is well
                self._batches.left += self._waiting()

    async def _drain(self) -> None:
        while self._batches.left or self._queue.qsize():
            self._batches.left += self._waiting()
            try:
                await self._batches.store()
            except Error:
                self._drop(self.waiting)
                return

    def _lose(self, count: int) -> None:
        self.dropped += count

    def _drop(self, count: int) -> None:
        self._lose(count)
        log.error("record_dropped", waiting=self._queue.qsize(), dropped=self.dropped)
