"""Detection of clients that disconnect during a slow request."""

import asyncio

from app.django_handler.shared_timer import SharedTimer
from app.http.asgi_types import Receive

LISTEN_AFTER_SECONDS = 0.05
"""Seconds. A request that is done by then never gets a listener."""


class DisconnectWatch:
    """Cancels the current task when `receive` says that the client has gone, until `stop`.

    Stock Django starts a listening task for each request. Here one is started LISTEN_AFTER_SECONDS later, and nearly
    every request is done by then. Safe because the request runs in the task that waits for it, as it would without us;
    a cancellation that is not ours propagates, and ours is undone (uncancel), even if the request ignored it.
    """

    is_stopped = False
    has_cancelled = False
    _listener: asyncio.Task[None] | None = None

    def __init__(self, receive: Receive, timer: SharedTimer) -> None:
        task = asyncio.current_task()
        assert task is not None, "runs in a task"  # noqa: S101  of every event loop's
        self._watched: tuple[asyncio.Task[object], Receive] | None = (task, receive)
        self._others = task.cancelling()
        timer.start_later(self)

    def is_why(self) -> bool:
        """Whether the task was cancelled because the client has gone, and for nothing else. Asked before `stop`."""
        return self._watched is not None and self.has_cancelled and self._watched[0].cancelling() <= self._others + 1

    def stop(self) -> None:
        """Lets go of the request, too: it need not live as long as its entry in the queue."""
        watched, self._watched, self.is_stopped = self._watched, None, True
        if self._listener is not None:
            self._listener.cancel()
        if self.has_cancelled and watched is not None:
            watched[0].uncancel()

    def start(self) -> None:
        """Not after `stop`."""
        if self._watched is not None:
            self._listener = asyncio.get_running_loop().create_task(self._listen(*self._watched))

    async def _listen(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        message = await receive()
        if message["type"] == "http.request":  # the empty body of a request that declares none, which nobody has read
            message = await receive()
        if message["type"] == "http.disconnect":
            self.has_cancelled = True
            task.cancel()
