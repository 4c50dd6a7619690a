"""A transport that coalesces the writes of one turn of the event loop."""

import asyncio
from typing import Any

_MOST = 64 * 1024
"""Bytes that wait at most, so that a stream still feels a slow reader."""


class CoalescingTransport:
    """Wraps a transport: writes leave together, in their order, as the turn ends; sooner when they are many.

    The answers of one turn then leave back to back, whoever computed in between. A client on the same machine, or the
    interrupt of a network card, is woken once for many of them, and its next requests come together, too. Alone in its
    turn, an answer leaves as early as ever.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._size = 0
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """What a client has not waited for is let go."""
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting and not self.is_closing():
            self._transport.write(b"".join(waiting))

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def __getattr__(self, name: str) -> Any:
        """The rest is the transport's own."""
        return getattr(self._transport, name)
