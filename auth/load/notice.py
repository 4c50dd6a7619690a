"""The reminder that this server may have a load test, where that is an exception."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

import structlog

from auth.core.job import Thread

log = structlog.get_logger("authgate.load")

PERIOD_SECONDS = 60.0


class LoadTestNotice:
    """Logs each minute that the setting LOAD_TEST names a run, so that it is not left on."""

    thread: ClassVar[Thread] = "reader"

    def __init__(self, run: str, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._run = run
        self._sleep = sleep

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            log.warning("load_test_allowed", run=self._run)
            await self._sleep(PERIOD_SECONDS)
