"""Background jobs of a worker: started with it, cancelled at its end."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import structlog

log = structlog.get_logger("authgate.jobs")


def start(job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(job)
    task.add_done_callback(_report)
    return task


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """One after the other, in this order; each does what it has left to do. Never raises what a task raised."""
    for task in tasks:
        task.cancel()
        await asyncio.wait([task])


def _report(task: asyncio.Task[None]) -> None:
    """Jobs make up for every outage themselves: one that ends by itself has met a defect."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("job_failed", exc_info=error)
