"""A periodic check of Redis: it recovers, and /metrics is right, without calls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

import structlog
from django.db import Error

from auth.core.job import Thread
from auth.errors import ServiceUnavailable
from auth.stores.client import RedisStore

log = structlog.get_logger("authgate.redis")

WATCH_SECONDS = 0.5


class RedisWatch:
    """`identify` reads the deployment's name from the database: no key is built before it is known."""

    thread: ClassVar[Thread] = "reader"

    def __init__(self, store: RedisStore, *, identify: Callable[[], Awaitable[str]]) -> None:
        self._store = store
        self._identify = identify
        self._others: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.check()
            except Error as error:
                log.warning("deployment_unknown", cause=type(error).__name__)

    async def check(self) -> None:
        """Raises the database's Error as long as the deployment's name is not known. An outage of Redis is logged."""
        if not self._store.deployment:
            self._store.join(await self._identify())
        try:
            others = set(await self._store.probe())
        except ServiceUnavailable:  # the store has logged it
            return
        if new := others - self._others:
            self._others |= others
            log.warning("redis_shared", deployment=self._store.deployment, others=sorted(new))
