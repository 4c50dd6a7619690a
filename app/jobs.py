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
    """End the tasks one by one, in this order, letting each finish its work. Never raises what a task raised."""
    for task in tasks:
        task.cancel()
        await asyncio.wait([task])


def _report(task: asyncio.Task[None]) -> None:
    """Jobs survive every outage: one that ends by itself has hit a defect."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("job_failed", exc_info=error)
