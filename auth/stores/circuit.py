"""A circuit breaker: once Redis is unavailable, calls fail at once for a while."""

import math
from collections.abc import Callable

import structlog

log = structlog.get_logger("authgate.redis")

OPEN_SECONDS = 0.5


class Circuit:
    """Open from the beginning, until `close`. `clock` is monotonic, in seconds.

    After `open` it closes by itself for a trial. `is_available` stays false until `close`, which alone means that
    everything works again: so an outage is one line in the log, and its end another.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open_until = math.inf
        self._is_outage = False
        self.is_available = False

    def is_open(self) -> bool:
        """Whether calls are refused."""
        return self._clock() < self._open_until

    def open(self, cause: str) -> None:
        self._open_until = self._clock() + OPEN_SECONDS
        self.is_available = False
        if not self._is_outage:
            self._is_outage = True
            log.warning("redis_unavailable", cause=cause)

    def allow(self) -> None:
        """Let calls through, without knowing whether they will succeed."""
        self._open_until = -math.inf

    def close(self) -> None:
        self.allow()
        self.is_available = True
        if self._is_outage:
            self._is_outage = False
            log.info("redis_available")
