"""Connection control outside the ASGI specification: abort, and the stop signal."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from app.http.asgi_types import Send

_STOPPING = (signal.SIGTERM, signal.SIGINT)


def abort(send: Send) -> None:
    """Drop the connection behind uvicorn's `send`, with all that its client has not taken. Elsewhere: nothing."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


@contextmanager
def on_stop_signal(then: Callable[[], None]) -> Iterator[None]:
    """Inside the block, call `then` in the event loop when the server is told to stop, after its own handler.

    Where the server has no handler of its own, signals are left as they are.
    """
    loop = asyncio.get_running_loop()
    theirs = {number: signal.getsignal(number) for number in _STOPPING}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(then)
        handler = theirs[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in theirs.items() if callable(handler)]
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, theirs[number])
