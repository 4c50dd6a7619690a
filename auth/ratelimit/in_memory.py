"""Rate limits while Redis is away: each worker counts for itself, and lets through its share only."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from auth.core.policies import Quota

MAX_KEPT = 200_000
"""Names and places together; the least recently used names are forgotten first."""

Admissions = deque[tuple[float, str]]
"""Those of the last window, oldest first: when, and the entry."""


class LocalLimits:
    """As reserve.lua, in memory, with 1/`workers` of each quota (at least 1). `clock` is monotonic, in seconds."""

    def __init__(self, *, workers: int, clock: Callable[[], float]) -> None:
        self._workers = workers
        self._clock = clock
        self._taken: OrderedDict[str, Admissions] = OrderedDict()
        self._places = 0

    def reserve(
        self, names: Sequence[str], quotas: Sequence[Quota], entry: str
    ) -> tuple[float, list[tuple[int, float]], int]:
        """The wait in seconds (0: admitted), remaining and reset (microseconds) of each name, and which makes wait."""
        now = self._clock()
        lists = [self._current(name, quota, now) for name, quota in zip(names, quotas, strict=True)]
        shares = [max(1, quota.limit // self._workers) for quota in quotas]
        waits = [
            taken[0][0] + quota.window - now if len(taken) >= share else 0.0
            for taken, quota, share in zip(lists, quotas, shares, strict=True)
        ]
        wait = max(waits)
        if not wait:
            for taken in lists:
                taken.append((now, entry))
            self._places += len(lists)
        self._make_room()
        states = [
            (max(0, share - len(taken)), ((taken[0][0] if taken else now) + quota.window - now) * 1e6)
            for taken, quota, share in zip(lists, quotas, shares, strict=True)
        ]
        return wait, states, waits.index(wait)

    def refund(self, names: Sequence[str], entry: str) -> None:
        for name in names:
            if taken := self._taken.pop(name, None):
                left = deque(place for place in taken if place[1] != entry)
                self._places -= len(taken) - len(left)
                if left:
                    self._taken[name] = left

    def forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._places -= len(self._taken.pop(name, ()))

    def _current(self, name: str, quota: Quota, now: float) -> Admissions:
        """The list of this name, without what has passed."""
        taken = self._taken.setdefault(name, deque())
        self._taken.move_to_end(name)
        while taken and taken[0][0] <= now - quota.window:
            taken.popleft()
            self._places -= 1
        return taken

    def _make_room(self) -> None:
        while len(self._taken) + self._places > MAX_KEPT:
            _, forgotten = self._taken.popitem(last=False)
            self._places -= len(forgotten)
