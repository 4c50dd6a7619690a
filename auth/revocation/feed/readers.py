"""Open feed streams of a worker: their limit, and the end of blocked ones."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from auth.errors import ServiceUnavailable

BLOCKED_SECONDS = 5.0
"""A reader that blocks this long is cut off; it resumes with its cursor."""
END_SECONDS = 1.0
"""How long a reader has to read the rest of its stream when the worker ends."""
_RETRY_AFTER = 1.0

Abort = Callable[[], None]


class FeedReaders:
    """Knows each reader by what cuts its connection, which must serve nothing else after the stream."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._arriving = 0
        self._open: set[Abort] = set()
        self._closing: set[Abort] = set()
        """Their streams have ended, but they may not have read everything."""

    @property
    def count(self) -> int:
        return len(self._open)

    @contextmanager
    def arrival(self) -> Iterator[None]:
        """Reserve a slot for a reader until its stream is made. Raises ServiceUnavailable when there is none."""
        if len(self._open) + self._arriving >= self._limit:
            raise ServiceUnavailable(_RETRY_AFTER, "Too many feed connections on this worker. Try again.")
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    async def abort_if_blocked(self, chunks: AsyncIterator[bytes], abort: Abort) -> AsyncGenerator[bytes]:
        """The chunks, for a reader that `abort` cuts off when it blocks.

        The caller sends each chunk before it requests the next: the time in between is the reader's.
        """
        loop = asyncio.get_running_loop()
        self._open.add(abort)
        try:
            async for chunk in chunks:
                timer = loop.call_later(BLOCKED_SECONDS, abort)
                try:
                    yield chunk
                finally:
                    timer.cancel()
        finally:
            self._open.discard(abort)
            self._closing.add(abort)
            loop.call_later(BLOCKED_SECONDS, self._cut, abort)

    def end(self) -> None:
        """The streams are ending; a reader that does not read the rest is cut off soon."""
        for abort in self._open | self._closing:
            asyncio.get_running_loop().call_later(END_SECONDS, abort)

    def _cut(self, abort: Abort) -> None:
        self._closing.discard(abort)
        abort()
