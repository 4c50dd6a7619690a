"""Up to which time all revocations are known."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from authgate_verifier.events import FeedError

_MAX_DRIFT = 1.0  # seconds between the clocks within one connection, which lasts 15 minutes


@dataclass(frozen=True, slots=True)
class Clocks:
    """In seconds: one that never jumps, but may stand still while the machine sleeps; and Unix time."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


class Moment(NamedTuple):
    monotonic: float
    wall: float


class Freshness:
    """Asks two clocks, so that a machine that slept does not trust itself."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._known = Moment(float("-inf"), float("-inf"))

    def now(self) -> Moment:
        return Moment(self._clocks.monotonic(), self._clocks.wall())

    def heartbeat(self, sent: Moment, at: float) -> None:
        """The log was read `at` seconds after the arrival of our request, which was sent at `sent`.

        It arrived later than it was sent: adding to `sent` errs on the safe side, whatever the network does.
        Raises FeedError when the machine slept since, and the times of this connection mean nothing.
        """
        now = self.now()
        if now.wall - sent.wall - (now.monotonic - sent.monotonic) > _MAX_DRIFT:
            raise FeedError("the clock was set forward or the machine slept")
        monotonic = max(self._known.monotonic, min(sent.monotonic + at, now.monotonic))
        self._known = Moment(monotonic, min(sent.wall + at, now.wall))

    def staleness(self) -> float:
        """Seconds since that moment; infinite before the first heartbeat."""
        now = self.now()
        return max(0.0, now.monotonic - self._known.monotonic, now.wall - self._known.wall)
