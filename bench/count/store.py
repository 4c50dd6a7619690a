"""An event loop on which every connection leads to a Redis in memory, which gives one reply to every script.

No socket and no timeout plays in, and the clients stay whole: what redis-py or the multiplexer costs is counted.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import hiredis
import uvloop


class Loop(uvloop.Loop):
    """`reply`: the bytes that answer a script, whatever it is and is asked."""

    reply = b""

    async def create_connection(self, make: Callable[[], asyncio.Protocol], *_: Any, **__: Any) -> Any:  # type: ignore[override]
        protocol = make()
        connection = _Redis(self, protocol)
        protocol.connection_made(connection)
        return connection, protocol

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Timers are set, and none comes: how many requests share one would hang on the machine's speed."""
        return super().call_later(delay + 86_400, callback, *args, context=context)


class _Redis(asyncio.Transport):
    def __init__(self, loop: Loop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._is_closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol  # type: ignore[assignment]

    def get_protocol(self) -> asyncio.Protocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: bytes) -> None:  # type: ignore[override]
        scripts = data.count(b"\r\nEVALSHA\r\n")
        answer = self._loop.reply * scripts if scripts else b"+OK\r\n" * _commands(data)
        self._loop.call_soon(self._answer, answer)

    def close(self) -> None:
        self._is_closing = True

    abort = close

    def _answer(self, reply: bytes) -> None:
        self._protocol.data_received(reply)


def _commands(data: bytes) -> int:
    """How many there are: redis-py introduces itself on a new connection."""
    reader = hiredis.Reader()
    reader.feed(data)
    count = 0
    while reader.gets() is not False:
        count += 1
    return count
