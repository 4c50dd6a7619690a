"""What runs beside the requests of a process, from its first moment to its last."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

import structlog
from asgiref.sync import ThreadSensitiveContext
from django.db import Error

from app import processes, wiring
from app.lean.threads import DatabaseThread
from auth.cleanup import clean_up_periodically
from auth.errors import ServiceUnavailable
from auth.runtime import Runtime

log = structlog.get_logger("authgate.lifespan")


@asynccontextmanager
async def running() -> AsyncIterator[Runtime]:
    """A Runtime with its background tasks; on leaving, what waits is written and every pool closed."""
    processes.die_with_parent()
    runtime = wiring.build_runtime()
    reader, writer, cleaner = threads = [DatabaseThread(name) for name in ("reader", "writer", "cleaner")]
    await _on(reader, _first_look(runtime))
    jobs = {
        runtime.revocations.run(): reader,
        runtime.keyring.run(): reader,
        runtime.recorder.run(): writer,
        runtime.activity.run(): writer,
        clean_up_periodically(runtime): cleaner,
    }
    tasks = [asyncio.create_task(_on(thread, job)) for job, thread in jobs.items()]
    try:
        yield runtime
    finally:
        await _end(tasks)
        runtime.passwords.close()
        await runtime.store.aclose()
        for thread in threads:
            await asyncio.to_thread(thread.close)


async def _first_look(runtime: Runtime) -> None:
    """Know what was taken back before the first request. Without the stores we start, but are not ready."""
    try:
        await runtime.revocations.catch_up()
    except (Error, ServiceUnavailable) as error:
        log.warning("stores_unavailable_at_start", cause=type(error).__name__)


async def _on(thread: DatabaseThread, job: Coroutine[None, None, None]) -> None:
    """Run a job whose database work belongs to this thread: no other job's may hold it up."""
    async with ThreadSensitiveContext(executor=thread):
        await job


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
