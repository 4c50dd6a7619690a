"""Deadlines of a socket: when to ask for a new token, and when to close."""

import asyncio
from collections.abc import Callable
from functools import partial

RENEW_BEFORE = 60.0
"""Seconds before the token expires."""
RENEW_SHARE = 0.2
"""Of a life so short that this is less."""


class Deadline:
    """One timer for each socket. `wall` gives Unix seconds; by it the token expires."""

    def __init__(self, wall: Callable[[], float], *, ask: Callable[[], None], expire: Callable[[], None]) -> None:
        self._wall = wall
        self._ask = ask
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None

    def set(self, expires_at: float) -> None:
        """`expires_at` in Unix seconds."""
        self.clear()
        lead = min(RENEW_BEFORE, (expires_at - self._wall()) * RENEW_SHARE)
        self._wait(expires_at - lead, partial(self._renew, expires_at))

    def clear(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _renew(self, expires_at: float) -> None:
        self._ask()
        self._wait(expires_at, self._expire)

    def _wait(self, until: float, then: Callable[[], None]) -> None:
        left = max(0.0, until - self._wall())
        self._timer = asyncio.get_running_loop().call_later(left, self._come_due, until, then)

    def _come_due(self, until: float, then: Callable[[], None]) -> None:
        if self._wall() < until:  # the timer runs by another clock, which may be ahead
            self._wait(until, then)
        else:
            then()
