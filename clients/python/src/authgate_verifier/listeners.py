"""Listeners for revocations, called without blocking the feed's reader."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from authgate_verifier.claims import Claims
from authgate_verifier.revocation import Revocation


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """One for each call of `watch`: two of the same token are two."""

    claims: Claims
    callback: Callable[[], None]


class Listeners:
    """Watches lie with their account: an entry costs what its account has open, not what the process has."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Revocation], None]] = []
        self._watches: dict[str, set[Watch]] = {}

    def add(self, callback: Callable[[Revocation], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def watch(self, claims: Claims, callback: Callable[[], None]) -> Callable[[], None]:
        watch = Watch(claims, callback)
        self._watches.setdefault(claims.subject, set()).add(watch)
        return lambda: self._unwatch(watch)

    def tell(self, entry: Revocation, is_over: Callable[[Claims], bool]) -> None:
        for callback in self._callbacks:
            asyncio.get_running_loop().call_soon(callback, entry)
        self.end_watches(entry.subject, is_over)

    def end_watches(self, subject: str, is_over: Callable[[Claims], bool]) -> None:
        """Call and forget the watches of an account whose token is over."""
        for watch in [watch for watch in self._watches.get(subject, ()) if is_over(watch.claims)]:
            self._unwatch(watch)
            asyncio.get_running_loop().call_soon(watch.callback)

    def _unwatch(self, watch: Watch) -> None:
        watches = self._watches.get(watch.claims.subject, set())
        watches.discard(watch)
        if not watches:
            self._watches.pop(watch.claims.subject, None)
