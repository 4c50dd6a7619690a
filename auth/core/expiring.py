"""Maps and sets whose entries are forgotten in the order they were put (pure).

All entries live equally long, so the oldest is always first: expiry costs nothing for the others.
"""

from collections.abc import Hashable, Iterable
from itertools import islice

AT_ONCE = 10_000
"""Entries dropped per call: many that expire together do not block the process."""


class ExpiringSet[K: Hashable](dict[K, float]):
    """Each key with its end. Compact: it may hold a million entries."""

    def put(self, key: K, *, until: float) -> None:
        self.pop(key, None)
        self[key] = until

    def discard(self, keys: Iterable[K]) -> None:
        for key in keys:
            self.pop(key, None)

    def keep(self, newest: int) -> int:
        """Drop the oldest entries beyond this number, and return how many were dropped."""
        excess = list(islice(self, max(0, len(self) - newest)))
        self.discard(excess)
        return len(excess)

    def forget(self, *, now: float) -> list[K]:
        """Drop expired entries, the oldest first, and return them."""
        expired: list[K] = []
        for key, until in islice(self.items(), AT_ONCE):
            if until > now:
                break
            expired.append(key)
        for key in expired:
            del self[key]
        return expired


class ExpiringMap[K: Hashable, V](dict[K, V]):
    """A dictionary whose entries come and go by `put` and `forget`."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: ExpiringSet[K] = ExpiringSet()

    def put(self, key: K, value: V, *, until: float) -> None:
        self[key] = value
        self._ends.put(key, until=until)

    def forget(self, *, now: float) -> None:
        """Drop what has expired."""
        for key in self._ends.forget(now=now):
            del self[key]
