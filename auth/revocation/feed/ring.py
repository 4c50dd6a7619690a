"""The newest events of the feed, in a worker's memory."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from auth.core.revocations import RevocationRecord
from auth.revocation.feed.events import Cursor, heartbeat, revocation

SIZE = 10_000
CHUNK = 500


class FeedRing:
    """Holds the last SIZE events as the bytes to send.

    `lifetime`: how long after an entry a token that it concerns may still be alive. `clock` is monotonic, in seconds.
    """

    def __init__(self, *, lifetime: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self.lifetime = lifetime
        self.clock = clock
        self.head = 0
        self.floor = 0
        """All events after this position, up to the head, are here."""
        self.complete_at = -1.0
        """The clock at the start of the last read of the log whose entries are all here; negative: never."""
        self.is_over = False
        """Once true, readers leave: the worker ends, or the log was replaced. A new log gets a new ring."""
        self._cursor: Cursor | None = None
        self._events: deque[tuple[int, bytes]] = deque()
        self._changed = asyncio.Event()

    def begin(self, cursor: Cursor | None) -> None:
        """Start after this entry; None: there is none yet. Older entries are read from the database."""
        self.head = self.floor = cursor.position if cursor else 0
        self._cursor = cursor

    def append(self, entries: Iterable[RevocationRecord]) -> None:
        """Numbered entries after the head, in order."""
        for entry in entries:
            self._cursor = Cursor.of(entry)
            self.head = self._cursor.position
            self._events.append((self.head, revocation(entry, lifetime=self.lifetime)))
            while len(self._events) > SIZE:
                self.floor, _ = self._events.popleft()

    def complete(self, at: float) -> None:
        """Mark all that was committed before `at` as present, and wake the readers."""
        self.complete_at = max(self.complete_at, at)
        self._wake()

    def end(self) -> None:
        self.is_over = True
        self._wake()

    def after(self, position: int) -> tuple[bytes, int]:
        """At most CHUNK events after a position that is not before the floor, and the position of the last."""
        found = []
        for event_position, event in reversed(self._events):
            if event_position <= position:
                break
            found.append((event_position, event))
        chunk = found[: -CHUNK - 1 : -1]
        return b"".join(event for _, event in chunk), chunk[-1][0] if chunk else position

    def heartbeat(self, *, since: float) -> bytes:
        """`since`: the clock when the reader's request arrived."""
        return heartbeat(self._cursor, head=self.head, at=self.complete_at - since)

    async def wait(self, seconds: float) -> None:
        """Wait until there may be something new, or until the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
