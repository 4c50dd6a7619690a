"""The resources and jobs of a worker, from its startup to its shutdown."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import get_args

import structlog
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.db import Error, connection
from django.db.backends.signals import connection_created
from django.templatetags.static import static

from app import jobs, root_path, wiring
from app.django_handler import database_timeouts
from app.django_handler.threads import DatabaseThread
from app.http.connections import on_stop_signal
from app.ids import random_id
from app.launch import processes
from app.redis_watch import RedisWatch
from auth.core.job import Thread
from auth.errors import ServiceUnavailable
from auth.maintenance import deployment, doctor
from auth.runtime import Runtime
from auth.sessions.claims import can_be_hooked
from auth.stores.client import RedisStore

log = structlog.get_logger("authgate.lifespan")


class StartRefusedError(RuntimeError):
    """Something is set up in a way that no server must run on; the message says what to do."""


@asynccontextmanager
async def running() -> AsyncIterator[Runtime]:
    """A Runtime with its background tasks; on leaving, what waits is written and every pool closed.

    Raises StartRefusedError.
    """
    processes.die_with_parent()
    connection_created.connect(database_timeouts.bound, dispatch_uid="authgate_bound_statements")
    check_root_path()
    check_hook_exists()
    runtime = wiring.build_runtime()
    threads = {name: DatabaseThread(name) for name in get_args(Thread)}
    redis_watch = RedisWatch(runtime.store, identify=partial(sync_to_async(deployment.name), random_id))
    work = wiring.background_jobs(runtime, redis_watch)
    tasks: list[asyncio.Task[None]] = []
    try:
        await check_eviction(runtime.store)
        await _on(threads["reader"], sync_to_async(check_encoding))
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


def check_root_path() -> None:
    """Raises StartRefusedError for a server that would put a prefix before every path."""
    if problem := root_path.problem(sys.argv, os.environ):
        raise StartRefusedError(problem)


def check_hook_exists() -> None:
    """Raises StartRefusedError for a hook that cannot be imported."""
    if not can_be_hooked(settings.AUTH.claims_hook):
        raise StartRefusedError("JWT_CLAIMS_HOOK cannot be imported; every login would fail")


def check_static_files() -> None:
    """Raises StartRefusedError where pages are served whose files were never collected: they would answer 500."""
    pages = {"ADMIN_ENABLED": "admin/css/base.css", "DOCS_ENABLED": "ninja/swagger-ui.css"}
    for setting, file in pages.items():
        if not getattr(settings, setting):
            continue
        try:
            static(file)
        except ValueError as error:
            raise StartRefusedError(f"{setting} needs the static files: run manage.py collectstatic") from error


def check_encoding() -> None:
    """Raises StartRefusedError for a database that cannot hold every name. One that does not answer passes."""
    with suppress(Error):
        if problem := doctor.unfit_encoding(connection):
            raise StartRefusedError(problem)


async def check_eviction(store: RedisStore) -> None:
    """A Redis that drops keys when its memory is full drops limits, and what it knows of revocations.

    Raises StartRefusedError where settings.REQUIRE_NOEVICTION says so. A Redis that does not answer passes, and so does
    one that does not say: our user may lack INFO, and services that run Redis for others often do not tell.
    """
    with suppress(ServiceUnavailable):
        policy = await store.eviction_policy()
        if policy is None:
            log.warning("eviction_policy_unknown")
        elif policy != "noeviction" and settings.REQUIRE_NOEVICTION:
            raise StartRefusedError(
                f"Redis drops keys when its memory is full (maxmemory-policy {policy}); set maxmemory-policy noeviction"
            )
        elif policy != "noeviction":
            log.warning("redis_evicts", maxmemory_policy=policy)


async def _first_read(runtime: Runtime, redis_watch: RedisWatch) -> None:
    """Learn which deployment we are, and read the log, and with it the time, before any request.

    Without the stores we start, but are not ready.
    """
    try:
        await redis_watch.check()
        await runtime.revocations.catch_up()
    except (Error, ServiceUnavailable) as error:
        log.warning("stores_unavailable_at_start", cause=type(error).__name__)


def _end_streams(runtime: Runtime) -> None:
    """The server waits for answers under way before it ends the lifespan: those without end must be told before."""
    runtime.revocations.feed.end()
    runtime.feed_readers.end()


async def _on(thread: DatabaseThread, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` with its database work on this thread: no other job's may hold it up."""
    async with ThreadSensitiveContext(executor=thread):
        await work()
