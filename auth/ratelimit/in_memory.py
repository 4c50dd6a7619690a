"""Rate limits while Redis is unavailable: each worker counts its share."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from auth.core.policies import Quota

MAX_KEPT = 200_000
"""Names and slots together; the least recently used names are forgotten first."""

Admissions = deque[tuple[float, str]]
"""Those of the last window, oldest first: when, and the entry."""


class LocalLimits:
    """As reserve.lua, in memory, with 1/`workers` of each quota (at least 1). `clock` is monotonic, in seconds."""

    def __init__(self, *, workers: int, clock: Callable[[], float]) -> None:
        self._workers = workers
        self._clock = clock
        self._admissions: OrderedDict[str, Admissions] = OrderedDict()
        self._slots = 0

    @property
    def size(self) -> int:
        """Names and slots together."""
        return len(self._admissions) + self._slots

    def reserve(
        self, names: Sequence[str], quotas: Sequence[Quota], id_: str
    ) -> tuple[float, list[tuple[int, float]], int]:
        """The wait in seconds (0: admitted), remaining and reset (microseconds) of each name, and which makes wait."""
        now = self._clock()
        lists = [self._current(name, quota, now) for name, quota in zip(names, quotas, strict=True)]
        shares = [max(1, quota.limit // self._workers) for quota in quotas]
        waits = [
            admissions[0][0] + quota.window - now if len(admissions) >= share else 0.0
            for admissions, quota, share in zip(lists, quotas, shares, strict=True)
        ]
        wait = max(waits)
        if not wait:
            for admissions in lists:
                admissions.append((now, id_))
            self._slots += len(lists)
        self._make_room()
        states = [
            (max(0, share - len(admissions)), ((admissions[0][0] if admissions else now) + quota.window - now) * 1e6)
            for admissions, quota, share in zip(lists, quotas, shares, strict=True)
        ]
        return wait, states, waits.index(wait)

    def release(self, names: Sequence[str], id_: str) -> None:
        for name in names:
            if admissions := self._admissions.pop(name, None):
                left = deque(admission for admission in admissions if admission[1] != id_)
                self._slots -= len(admissions) - len(left)
                if left:
                    self._admissions[name] = left

    def forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._slots -= len(self._admissions.pop(name, ()))

    def _current(self, name: str, quota: Quota, now: float) -> Admissions:
        """The list of this name, without expired entries."""
        admissions = self._admissions.setdefault(name, deque())
        self._admissions.move_to_end(name)
        while admissions and admissions[0][0] <= now - quota.window:
            admissions.popleft()
            self._slots -= 1
        return admissions

    def _make_room(self) -> None:
        while self.size > MAX_KEPT:
            _, forgotten = self._admissions.popitem(last=False)
            self._slots -= len(forgotten)
