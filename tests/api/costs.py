"""What a piece of work costs: its Redis commands, its SQL statements, the threads that it starts."""

import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from redis.asyncio import Redis


@dataclass(slots=True)
class Costs:
    redis: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    threads: int = 0


_current: ContextVar[Costs | None] = ContextVar("current", default=None)
"""Inherited by the tasks and threads that the work starts, and by nothing else: background jobs are not counted."""


def _count_sql(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if costs := _current.get():
        costs.sql.append(sql)
    return execute(sql, params, many, context)


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _count_sql not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count_sql)


def _count_threads(event: str, _: Any) -> None:
    if event in ("_thread.start_new_thread", "_thread.start_joinable_thread") and (costs := _current.get()):
        costs.threads += 1


sys.addaudithook(_count_threads)
connection_created.connect(_watch, dispatch_uid="tests.api.costs")


async def costs_of(work: Callable[[], Awaitable[Any]], *, redis_url: str) -> Costs:
    """Run `work`, which must open the database connections that it uses, and say what it cost."""
    costs = Costs()
    async with _commands(redis_url) as commands:
        token = _current.set(costs)
        try:
            await work()
        finally:
            _current.reset(token)
        costs.redis = await commands()
    return costs


@asynccontextmanager
async def _commands(url: str) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
    """What clients have sent so far, by MONITOR; what scripts call inside the server is not counted."""
    async with Redis.from_url(url) as client, Redis.from_url(url) as watcher:
        await client.ping()  # its handshake is over before anything is counted
        async with watcher.monitor() as monitor:

            async def so_far() -> list[str]:
                marker = uuid.uuid4().hex
                await client.echo(marker)
                seen: list[str] = []
                async for entry in monitor.listen():
                    if marker in entry["command"]:
                        return seen
                    if entry["client_type"] != "lua":
                        seen.append(entry["command"].split()[0])
                raise AssertionError("MONITOR ended")

            yield so_far
