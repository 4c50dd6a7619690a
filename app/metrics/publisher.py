"""Publishes a worker's counters once a second."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from django.conf import settings

from app import jobs, log_writer
from app.django_handler.threads import DatabaseThreads
from app.metrics.event_loop_lag import EventLoopLag
from app.metrics.gauges import Sources, read
from app.metrics.request_counts import RequestCounts
from app.metrics.snapshots import Snapshot, SnapshotDirectory
from auth.runtime import Runtime

log = structlog.get_logger("authgate.metrics")

POST_SECONDS = 1.0


@asynccontextmanager
async def running(request_counts: RequestCounts, runtime: Runtime, threads: DatabaseThreads) -> AsyncIterator[None]:
    """Measure and publish inside this context, if settings.METRICS_ENABLED is on."""
    if not settings.METRICS_ENABLED:
        yield
        return
    sources = Sources(runtime, threads, EventLoopLag())
    publisher = Publisher(SnapshotDirectory(settings.METRICS_DIR), request_counts, sources)
    tasks = [jobs.start(job) for job in (sources.lag.run(), publisher.run())]
    try:
        yield
    finally:
        await jobs.end(tasks)
        await publisher.post()


class Publisher:
    def __init__(self, snapshots: SnapshotDirectory, request_counts: RequestCounts, sources: Sources) -> None:
        self._snapshots = snapshots
        self._request_counts = request_counts
        self._sources = sources

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.post()
            self._sources.lag.turn()
            await asyncio.sleep(POST_SECONDS)

    async def post(self) -> None:
        """A failed write is logged; the next one includes everything."""
        try:
            await asyncio.to_thread(self._snapshots.post, self._snapshot())
        except OSError as error:
            log.warning("metrics_not_posted", cause=type(error).__name__)

    def _snapshot(self) -> Snapshot:
        """Copied on the event loop, so that requests continue while it is written."""
        recorder = self._sources.runtime.recorder
        return Snapshot(
            worker=str(os.getpid()),
            at=time.time(),
            requests=self._request_counts.copy(),
            events=dict(recorder.counts),
            dropped=recorder.dropped,
            lines_dropped=log_writer.stdout.dropped,
            gauges=read(self._sources),
        )
