"""Queues of callers that wait for a slot: per list, one at a time asks Redis."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

MAX_WAITING = 100
"""Callers that may wait for one list in a worker. Further ones are refused immediately."""
MAX_WAITING_IN_ALL = 1000
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds until the first in the queue tries again without a local result: the slots are other workers'."""


class _Line:
    """The callers that wait for one list."""

    def __init__(self) -> None:
        self.length = 0
        self.first = asyncio.Lock()
        self.decided = asyncio.Event()

    async def until_decided(self, pause: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self.decided.wait()


class Turns:
    """The lines of one worker, by name of the list."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self.waiting = 0
        """Callers in all lines."""

    def decided(self, names: Iterable[str]) -> None:
        """A slot of these lists has been released or confirmed: the first in the queue tries again."""
        for name in names:
            if line := self._lines.get(name):
                line.decided.set()

    def is_full(self, name: str) -> bool:
        line = self._lines.get(name)
        return self.waiting >= MAX_WAITING_IN_ALL or (line is not None and line.length >= MAX_WAITING)

    async def wait(self, name: str, retry: Callable[[], Awaitable[bool]], *, max_wait: float) -> None:
        """Try in turn until there is nothing to wait for, for `max_wait` seconds at most."""
        with suppress(TimeoutError), self._queued(name) as line:
            async with asyncio.timeout(max_wait), line.first:
                await _retry_until(retry, line)

    @contextmanager
    def _queued(self, name: str) -> Iterator[_Line]:
        line = self._lines.setdefault(name, _Line())
        line.length += 1
        self.waiting += 1
        try:
            yield line
        finally:
            line.length -= 1
            self.waiting -= 1
            if not line.length:
                del self._lines[name]


async def _retry_until(retry: Callable[[], Awaitable[bool]], line: _Line) -> None:
    """The first try is immediate: the previous first caller has left, with or without a slot."""
    pauses = iter(_PAUSES)
    line.decided.clear()
    while not await retry():
        await line.until_decided(next(pauses, _PAUSES[-1]))
        line.decided.clear()
