"""Operations that stop half-way, where a test wants them to, until it lets them go on or kills them.

An operation is a task of its own, with a thread of its own for its SQL: one that stops must not hold up others.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from asgiref.sync import ThreadSensitiveContext

from app.django_handler.threads import DatabaseThread

_PATIENCE = 30.0  # seconds


class KilledError(BaseException):
    """The worker has died; not an Exception, so that nobody handles it."""


class Pause:
    """One stop at `point`, the first time that an operation gets there. Make it inside the event loop."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.reached = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._over_for_threads = threading.Event()
        self._killed = False

    def end(self, *, kill: bool) -> None:
        self._killed = kill
        self._over.set()
        self._over_for_threads.set()

    async def stop(self) -> None:
        self.reached.set()
        async with asyncio.timeout(_PATIENCE):
            await self._over.wait()
        self._go_on()

    def stop_thread(self) -> None:
        self._loop.call_soon_threadsafe(self.reached.set)
        assert self._over_for_threads.wait(_PATIENCE)
        self._go_on()

    def _go_on(self) -> None:
        if self._killed:
            raise KilledError


_pause: ContextVar[Pause | None] = ContextVar("pause", default=None)


def _due(point: str) -> Pause | None:
    pause = _pause.get()
    return pause if pause and pause.point == point and not pause.reached.is_set() else None


async def stop(point: str) -> None:
    """Where an operation may be stopped."""
    if pause := _due(point):
        await pause.stop()


def stop_thread(point: str) -> None:
    """As stop(), in synchronous code."""
    if pause := _due(point):
        pause.stop_thread()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation returned, or what it raised."""

    value: Any = None
    error: BaseException | None = None

    def get(self) -> Any:
        assert self.error is None, f"unexpected: {self.error!r}"
        return self.value


@dataclass(slots=True, eq=False)
class Operation:
    """Under way: stopped at its point, or over if it never got there."""

    task: asyncio.Task[Outcome]
    pause: Pause

    @property
    def is_over(self) -> bool:
        return self.task.done()

    async def finish(self) -> Outcome:
        self.pause.end(kill=False)
        return await self.task

    async def kill(self) -> None:
        self.pause.end(kill=True)
        await self.task


class Threads:
    """Threads with their database connections, kept for the next operation."""

    def __init__(self) -> None:
        self._free: list[DatabaseThread] = []

    def close(self) -> None:
        for thread in self._free:
            thread.close()

    async def begin(self, point: str, work: Callable[[], Awaitable[Any]]) -> Operation:
        """Start an operation and run it until it stops at `point`, or is over."""
        pause = Pause(point)
        task = asyncio.create_task(self._run(pause, work))
        reached = asyncio.create_task(pause.reached.wait())
        await asyncio.wait([task, reached], return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        return Operation(task, pause)

    async def run(self, work: Callable[[], Awaitable[Any]]) -> Outcome:
        """A whole operation."""
        return await self._run(None, work)

    async def _run(self, pause: Pause | None, work: Callable[[], Awaitable[Any]]) -> Outcome:
        _pause.set(pause)
        thread = self._free.pop() if self._free else DatabaseThread("operation")
        try:
            async with ThreadSensitiveContext(executor=thread):
                return Outcome(await work())
        except (Exception, KilledError) as error:  # noqa: BLE001  whatever it is, the model judges it
            return Outcome(error=error)
        finally:
            self._free.append(thread)
