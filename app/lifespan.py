"""The resources and jobs of a worker, from its startup to its shutdown."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import get_args

import structlog
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import Error
from django.db.backends.signals import connection_created

from app import checks, jobs, wiring
from app.django_handler import database_timeouts
from app.django_handler.threads import DatabaseThread
from app.http.connections import on_stop_signal
from app.ids import random_id
from app.launch import processes
from app.redis_watch import RedisWatch
from auth.core.job import Thread
from auth.errors import ServiceUnavailable
from auth.maintenance import deployment
from auth.runtime import Runtime

log = structlog.get_logger("authgate.lifespan")


@asynccontextmanager
async def running() -> AsyncIterator[Runtime]:
    """A Runtime with its background tasks; on leaving, what waits is written and every pool closed.

    Raises StartRefusedError.
    """
    processes.die_with_parent()
    connection_created.connect(database_timeouts.bound, dispatch_uid="authgate_bound_statements")
    checks.check_root_path()
    checks.check_hook_exists()
    runtime = wiring.build_runtime()
    threads = {name: DatabaseThread(name) for name in get_args(Thread)}
    redis_watch = RedisWatch(runtime.store, identify=partial(sync_to_async(deployment.name), random_id))
    work = wiring.background_jobs(runtime, redis_watch)
    tasks: list[asyncio.Task[None]] = []
    try:
        await checks.check_eviction(runtime.store)
        await _on(threads["reader"], sync_to_async(checks.check_encoding))
        await _on(threads["reader"], partial(_first_read, runtime, redis_watch))
        tasks += [jobs.start(_on(threads[job.thread], job.run)) for job in work]
        with on_stop_signal(partial(_end_streams, runtime)):
            yield runtime
    finally:
        await jobs.end(tasks)
        runtime.passwords.close()
        await runtime.breaches.aclose()
        await runtime.store.aclose()
        for thread in threads.values():
            await asyncio.to_thread(thread.close)


async def _first_read(runtime: Runtime, redis_watch: RedisWatch) -> None:
    """Read the deployment's name, the revocation log and the database's time before any request.

    Without the stores the worker starts, but is not ready.
    """
    try:
        await redis_watch.check()
        await runtime.revocations.catch_up()
    except (Error, ServiceUnavailable) as error:
        log.warning("stores_unavailable_at_start", cause=type(error).__name__)


def _end_streams(runtime: Runtime) -> None:
    """The server waits for open responses before it ends the lifespan: endless streams must be ended before."""
    runtime.revocations.feed.end()
    runtime.feed_readers.end()


async def _on(thread: DatabaseThread, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` with its database calls on this thread, so that other jobs cannot delay it."""
    async with ThreadSensitiveContext(executor=thread):
        await work()
