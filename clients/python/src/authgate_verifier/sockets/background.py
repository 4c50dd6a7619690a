"""Background tasks of one socket: a renewal request, and its close."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger("authgate_verifier")


class Background:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """What it raises is logged: the application cannot do anything about it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._done)

    async def join(self, seconds: float) -> None:
        """Wait for what runs, and cancel what is left after `seconds`."""
        if self._tasks:
            _, left = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in left:
                task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("a socket could not be told", exc_info=error)
