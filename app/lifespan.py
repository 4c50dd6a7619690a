"""What runs beside the requests of a process, from its first moment to its last."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from app import processes, wiring
from auth.cleanup import clean_up_periodically
from auth.errors import ServiceUnavailable
from auth.runtime import Runtime
from auth.stores.redis_store import RedisStore

log = structlog.get_logger("authgate.lifespan")


class StartRefusedError(RuntimeError):
    """Something is set up in a way that no server must run on; the message says what to do."""


@asynccontextmanager
async def running() -> AsyncIterator[Runtime]:
    """A Runtime with its background tasks; on leaving, what waits is written and every pool closed.

    Raises StartRefusedError.
    """
    processes.die_with_parent()
    runtime = wiring.build_runtime()
    tasks: list[asyncio.Task[None]] = []
    try:
        await check_eviction(runtime.store)
        await _first_look(runtime)
        tasks += [asyncio.create_task(job) for job in _jobs(runtime)]
        yield runtime
    finally:
        await _end(tasks)
        runtime.passwords.close()
        await runtime.store.aclose()
        _close_database_pools()


async def check_eviction(store: RedisStore) -> None:
    """A Redis that drops keys when its memory is full drops limits, and what it knows of revocations.

    Raises StartRefusedError where settings.REQUIRE_NOEVICTION says so. A Redis that does not answer passes.
    """
    with suppress(ServiceUnavailable):
        policy = await store.eviction_policy()
        if policy != "noeviction" and settings.REQUIRE_NOEVICTION:
            raise StartRefusedError(
                f"Redis drops keys when its memory is full (maxmemory-policy {policy}); set maxmemory-policy noeviction"
            )
        if policy != "noeviction":
            log.warning("redis_evicts", maxmemory_policy=policy)


def _jobs(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    return [
        runtime.revocations.run(),
        runtime.recorder.run(),
        runtime.activity.run(),
        runtime.keyring.run(),
        clean_up_periodically(runtime),
    ]


async def _first_look(runtime: Runtime) -> None:
    """Know what was taken back before the first request. Without the stores we start, but are not ready."""
    try:
        await runtime.revocations.catch_up()
    except (Error, ServiceUnavailable) as error:
        log.warning("stores_unavailable_at_start", cause=type(error).__name__)


def _close_database_pools() -> None:
    for connection in connections.all():
        if isinstance(connection, PostgresWrapper):
            connection.close_pool()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
