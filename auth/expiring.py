"""A map whose entries are forgotten in the order they were put (pure)."""

from collections.abc import Hashable


class ExpiringMap[K: Hashable, V]:
    """All entries live equally long, so the oldest is always first: forgetting costs nothing for what stays."""

    def __init__(self) -> None:
        self._entries: dict[K, tuple[V, float]] = {}

    def put(self, key: K, value: V, *, until: float) -> None:
        self._entries.pop(key, None)
        self._entries[key] = (value, until)

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        return entry[0] if entry else None

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def forget(self, *, now: float) -> None:
        """Drop what has expired."""
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest][1] > now:
                return
            del self._entries[oldest]
