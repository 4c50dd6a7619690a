"""Unique random names for requests, tokens and entries of limits."""

import base64
import os

_BYTES = 12  # 96 bits: no two are ever alike
_AT_ONCE = 256


class RandomIds:
    """Call it for the next id: 16 URL-safe characters. Ids are not secrets.

    Random bytes are read for many ids at a time: the system call costs more than everything else.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self) -> str:
        if not self._ready:
            pool = base64.urlsafe_b64encode(os.urandom(_BYTES * _AT_ONCE)).decode()
            self._ready = [pool[start : start + 16] for start in range(0, len(pool), 16)]
        return self._ready.pop()

    def _forget(self) -> None:
        """A child must not name anything as its parent does."""
        self._ready.clear()


random_id = RandomIds()
"""The process's own."""
