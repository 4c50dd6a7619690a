"""Noticing that the client has gone, for requests that take long enough for it to matter."""

import asyncio
from collections.abc import Awaitable
from typing import cast

from app.asgi_types import Receive

PATIENCE = 0.05
"""Seconds. A request that is done by then never gets a listener."""


class ClientGone(Exception):
    """The client left before the answer was complete; the work was cancelled."""


async def unless_client_leaves[T](work: Awaitable[T], receive: Receive) -> T:
    """The result of `work`. Raises ClientGone after cancelling it, when the client leaves first.

    Stock Django starts a listening task for each request. Here one is started PATIENCE later, by a timer that nearly
    every request cancels. Safe because `work` runs in the task that waits for it, as it would without us; a
    cancellation that is not ours goes on to whoever asked for it, and ours is taken back, even if `work` ignored it.
    """
    loop = asyncio.get_running_loop()
    task = cast("asyncio.Task[object]", asyncio.current_task())
    watch = _Watch(task, receive)
    others = task.cancelling()
    timer = loop.call_later(PATIENCE, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.has_cancelled and task.cancelling() <= others + 1:
            raise ClientGone from None
        raise
    finally:
        timer.cancel()
        watch.stop()


class _Watch:
    """Cancels `task` when `receive` says that the client has gone."""

    def __init__(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        self._task = task
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None
        self.has_cancelled = False

    def start(self) -> None:
        self._listener = asyncio.get_running_loop().create_task(self._listen())

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
        if self.has_cancelled:
            self._task.uncancel()

    async def _listen(self) -> None:
        message = await self._receive()
        if message["type"] == "http.request":  # the empty body of a request that declares none, which nobody has read
            message = await self._receive()
        if message["type"] == "http.disconnect":
            self.has_cancelled = True
            self._task.cancel()
