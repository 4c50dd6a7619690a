"""One timer for many waits of equal length."""

import asyncio
from collections import deque
from typing import Protocol


class Wait(Protocol):
    @property
    def is_stopped(self) -> bool: ...

    def start(self) -> None:
        """Its time has come, and it has not been stopped."""


class SharedTimer:
    """Starts each wait `seconds` after it came, by one timer for all; drops those that were stopped meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[tuple[float, Wait]] = deque()

    def start_later(self, wait: Wait) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # another loop's timer has ended with it
            self._loop = loop
            self._waiting.clear()
        if not self._waiting:
            loop.call_later(self.seconds, self._check, loop)
        self._waiting.append((loop.time() + self.seconds, wait))

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            return
        now = loop.time()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][1].is_stopped):
            _, wait = self._waiting.popleft()
            if not wait.is_stopped:
                wait.start()
        if self._waiting:
            loop.call_later(self._waiting[0][0] - now, self._check, loop)
