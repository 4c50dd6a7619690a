"""Seconds that are promised, judged on a machine that may be slow, or stand still for a while.

By the time of day such a judgement would fail with the machine. Here time counts only while it goes on: where one step
takes longer than it does on a machine at rest, the rest of it is the machine's.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

_ROUND = 0.05
"""What one look counts for at most. Over the wire it takes 0.03 s on a machine at rest, its pause included."""
_BEAT = 0.01
_LONGEST_BEAT = 0.02


async def within[T](seconds: float, probe: Callable[[], Awaitable[T | None]]) -> T:
    """What `probe` returns as soon as it is truthy. Fails after `seconds`, of which no look takes more than _ROUND."""
    passed = 0.0
    while True:
        began = time.monotonic()
        if found := await probe():
            return found
        assert passed < seconds, f"{probe} did not come true within {seconds} s"
        await asyncio.sleep(0.02)
        passed += min(time.monotonic() - began, _ROUND)


class Pace:
    """When the event loop had its turns."""

    def __init__(self) -> None:
        self._beats: list[float] = []

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            self._beats.append(time.monotonic())
            await asyncio.sleep(_BEAT)

    def seconds(self, begun: float, ended: float) -> float:
        """How long the loop was at work between two moments on the monotonic clock: no pause counts."""
        moments = [begun, *(beat for beat in self._beats if begun < beat < ended), ended]
        return sum(min(later - moment, _LONGEST_BEAT) for moment, later in pairwise(moments))

    def since(self, begun: float) -> float:
        return self.seconds(begun, time.monotonic())


@asynccontextmanager
async def pace() -> AsyncIterator[Pace]:
    """The pace of the running loop, as long as the block runs."""
    found = Pace()
    task = asyncio.create_task(found.beat())
    try:
        yield found
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def briefer_than(seconds: float) -> AsyncIterator[None]:
    """Fails when the block takes longer, pauses not counted."""
    began = time.monotonic()
    async with pace() as going:
        yield
        assert going.since(began) < seconds
