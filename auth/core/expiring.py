"""Maps and sets whose entries are forgotten in the order they were put (pure).

All entries live equally long, so the oldest is always first: expiry costs nothing for the others.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import islice

AT_ONCE = 10_000
"""Entries dropped per call: many that expire together do not block the process."""


class ExpiringSet[K: Hashable]:
    """Compact: it may hold a million entries."""

    def __init__(self) -> None:
        self._ends: dict[K, float] = {}

    def put(self, key: K, *, until: float) -> None:
        self._ends.pop(key, None)
        self._ends[key] = until

    def __contains__(self, key: K) -> bool:
        return key in self._ends

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[K]:
        """The oldest first."""
        return iter(self._ends)

    def discard(self, keys: Iterable[K]) -> None:
        for key in keys:
            self._ends.pop(key, None)

    def keep(self, newest: int) -> int:
        """Drop the oldest entries beyond this number, and return how many were dropped."""
        excess = list(islice(self._ends, max(0, len(self._ends) - newest)))
        self.discard(excess)
        return len(excess)

    def forget(self, *, now: float) -> list[K]:
        """Drop expired entries, the oldest first, and return them."""
        expired: list[K] = []
        for key, until in islice(self._ends.items(), AT_ONCE):
            if until > now:
                break
            expired.append(key)
        for key in expired:
            del self._ends[key]
        return expired


class ExpiringMap[K: Hashable, V]:
    def __init__(self) -> None:
        self._values: dict[K, V] = {}
        self._keys: ExpiringSet[K] = ExpiringSet()

    def put(self, key: K, value: V, *, until: float) -> None:
        self._values[key] = value
        self._keys.put(key, until=until)

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def forget(self, *, now: float) -> None:
        """Drop what has expired."""
        for key in self._keys.forget(now=now):
            del self._values[key]
