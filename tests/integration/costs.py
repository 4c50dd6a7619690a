"""What a piece of work costs: its Redis commands, its SQL statements, the threads that it starts."""

import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from auth.stores.multiplexer import Command
from auth.stores.transports import MultiplexedTransport, RedisPyTransport


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


def _counting(call: Callable[[Any, Command], Awaitable[Any]]) -> Callable[[Any, Command], Awaitable[Any]]:
    def counted(transport: Any, command: Command) -> Awaitable[Any]:
        if costs := _current.get():
            costs.redis.append(str(command[0]))
        return call(transport, command)

    return counted


sys.addaudithook(_count_threads)
connection_created.connect(_watch, dispatch_uid="tests.integration.costs")
for _transport in (MultiplexedTransport, RedisPyTransport):  # every command passes through one of them
    _transport.call = _counting(_transport.call)  # type: ignore[method-assign, assignment]


async def costs_of(work: Callable[[], Awaitable[Any]]) -> Costs:
    """Run `work`, which must open the database connections that it uses, and say what it cost."""
    token = _current.set(costs := Costs())
    try:
        await work()
    finally:
        _current.reset(token)
    return costs
