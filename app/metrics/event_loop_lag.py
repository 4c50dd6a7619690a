"""The delay of the event loop."""

import asyncio
from collections import deque

_TICK_SECONDS = 0.1
_KEPT = 60


class EventLoopLag:
    """`longest` covers the last _KEPT calls of `turn`, which is called once a second."""

    def __init__(self) -> None:
        self._turns: deque[float] = deque([0.0], maxlen=_KEPT)

    def longest(self) -> float:
        """Seconds."""
        return max(self._turns)

    def turn(self) -> None:
        self._turns.append(0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            self._turns[-1] = max(self._turns[-1], loop.time() - due)
