"""Who waits for a place under a limit: list by list, one asks Redis at a time, and nobody asks without a reason."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

MAX_WAITING = 100
"""Callers that may wait for one list in a worker. Who comes then is refused at once."""
MAX_WAITING_IN_ALL = 1000
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds until the first in the line asks again though nothing was decided here: the places are other workers'."""


class _Line:
    """Those who wait for one list."""

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
        self._waiting = 0

    def decided(self, names: Iterable[str]) -> None:
        """A place under these lists has been given back, or counts now: it is the first's turn to ask."""
        for name in names:
            if line := self._lines.get(name):
                line.decided.set()

    def is_full(self, name: str) -> bool:
        line = self._lines.get(name)
        return self._waiting >= MAX_WAITING_IN_ALL or (line is not None and line.length >= MAX_WAITING)

    async def wait(self, name: str, ask: Callable[[], Awaitable[bool]], *, patience: float) -> None:
        """Ask in turn until the answer is yes (nothing is left to wait for), for `patience` seconds at most."""
        with suppress(TimeoutError), self._queued(name) as line:
            async with asyncio.timeout(patience), line.first:
                await _ask_until(ask, line)

    @contextmanager
    def _queued(self, name: str) -> Iterator[_Line]:
        line = self._lines.setdefault(name, _Line())
        line.length += 1
        self._waiting += 1
        try:
            yield line
        finally:
            line.length -= 1
            self._waiting -= 1
            if not line.length:
                del self._lines[name]


async def _ask_until(ask: Callable[[], Awaitable[bool]], line: _Line) -> None:
    """The first question is asked at once: whoever was first before has gone, with a place or without."""
    pauses = iter(_PAUSES)
    line.decided.clear()
    while not await ask():
        await line.until_decided(next(pauses, _PAUSES[-1]))
        line.decided.clear()
