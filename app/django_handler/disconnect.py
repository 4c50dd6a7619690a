"""Detection of clients that disconnect during a slow request."""

import asyncio
from collections.abc import Awaitable
from typing import cast

from app.django_handler.shared_timer import SharedTimer
from app.http.asgi_types import Receive

LISTEN_AFTER_SECONDS = 0.05
"""Seconds. A request that is done by then never gets a listener."""


class ClientGone(Exception):
    """The client left before the answer was complete; the work was cancelled."""


async def unless_client_leaves[T](work: Awaitable[T], receive: Receive, timer: SharedTimer) -> T:
    """The result of `work`. Raises ClientGone after cancelling it, when the client leaves first.

    Stock Django starts a listening task for each request. Here one is started LISTEN_AFTER_SECONDS later, and nearly
    every request is done by then. Safe because `work` runs in the task that waits for it, as it would without us; a
    cancellation that is not ours propagates, and ours is undone (uncancel), even if `work` ignored it.
    """
    task = cast("asyncio.Task[object]", asyncio.current_task())
    watch = _Watch(task, receive)
    others = task.cancelling()
    timer.start_later(watch)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.has_cancelled and task.cancelling() <= others + 1:
            raise ClientGone from None
        raise
    finally:
        watch.stop()


class _Watch:
    """Cancels `task` when `receive` says that the client has gone."""

    def __init__(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        self._watched: tuple[asyncio.Task[object], Receive] | None = (task, receive)
        self._listener: asyncio.Task[None] | None = None
        self.has_cancelled = False

    @property
    def is_stopped(self) -> bool:
        return self._watched is None

    def start(self) -> None:
        """Not after `stop`."""
        task, receive = cast("tuple[asyncio.Task[object], Receive]", self._watched)
        self._listener = asyncio.get_running_loop().create_task(self._listen(task, receive))

    def stop(self) -> None:
        """Lets go of the request, too: it need not live as long as its entry in the queue."""
        if self._listener is not None:
            self._listener.cancel()
        if self.has_cancelled and self._watched is not None:
            self._watched[0].uncancel()
        self._watched = None

    async def _listen(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        message = await receive()
        if message["type"] == "http.request":  # the empty body of a request that declares none, which nobody has read
            message = await receive()
        if message["type"] == "http.disconnect":
            self.has_cancelled = True
            task.cancel()
