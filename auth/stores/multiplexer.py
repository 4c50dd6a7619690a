"""One pipelined connection to Redis for all requests of an event loop.

redis-py gives each command a connection of its own for the time of its round trip. Here the commands of one turn of the
loop leave in one write, and each reply completes the oldest waiting call.

Replies cannot be mixed up (CVE-2023-28859 was that): a call takes its place in the queue as its bytes are put in the
buffer, both or neither, and gives it up only to its reply. A cancelled caller leaves its place behind; the reply is
read and dropped. On any doubt (a broken stream, an overdue reply, a reply nobody waits for) the connection is closed,
and every call on it fails.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import hiredis

from auth.stores.error_replies import SERVER_CODES, code_of

_SECOND_LOOK = 0.05
"""Seconds."""

Command = Sequence[str | bytes | int]
Connect = Callable[["Channel"], Awaitable[None]]

_INCOMPLETE = object()


class ConnectionLost(ConnectionError):
    """The connection ended before the reply: the command may or may not have been carried out."""


class Channel(asyncio.Protocol):
    """One connection. `timeout` in seconds bounds the wait for a reply; at most `limit` calls wait at once."""

    def __init__(self, *, timeout: float, limit: int) -> None:
        self.loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._limit = limit
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._writer: asyncio.StreamWriter | None = None
        self.transport: asyncio.Transport | None = None
        """None until `use`, and again once the connection is lost."""
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._buffer: list[bytes] = []
        self._guard: asyncio.TimerHandle | None = None
        self._overdue: asyncio.Future[Any] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the running event loop may call; another's may not."""
        return self.transport is not None and self.loop is asyncio.get_running_loop()

    def use(self, writer: asyncio.StreamWriter) -> None:
        """Take over a connection that is authenticated and silent. The writer is kept: it closes what it lets go of."""
        self._writer = writer
        self.transport = cast(asyncio.Transport, writer.transport)
        self.transport.set_protocol(self)

    def call(self, command: Command) -> asyncio.Future[Any]:
        """A future reply, or hiredis.ReplyError as its exception.

        Raises ConnectionLost when full or closed; TypeError, UnicodeError for what cannot be said to Redis.
        """
        if self.transport is None or len(self._waiting) >= self._limit:
            raise ConnectionLost("too many calls are waiting" if self.transport else "the connection is closed")
        packed = hiredis.pack_command(tuple(command))  # type: ignore[arg-type]
        # Nothing may fail from here on: a place without a command shifts all replies.
        reply = self.loop.create_future()
        self._waiting.append((reply, self.loop.time() + self._timeout))
        if not self._buffer:
            self.loop.call_soon(self._flush)
        self._buffer.append(packed)
        if self._guard is None:
            self._guard = self.loop.call_later(self._timeout, self._check)
        return reply

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()
            self.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (value := self._reader.gets()) is not _INCOMPLETE:
                reply, _ = self._waiting.popleft()  # IndexError: a reply that nobody asked for
                if isinstance(value, hiredis.ReplyError):
                    self._refuse(reply, value)
                elif not reply.done():
                    reply.set_result(value)
        except (hiredis.ProtocolError, IndexError):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._buffer.clear()
        if self._guard is not None:
            self._guard.cancel()
        while self._waiting:
            reply, _ = self._waiting.popleft()
            _fail(reply, ConnectionLost("the connection to Redis was lost"))

    def _flush(self) -> None:
        if self.transport is not None:
            self.transport.write(b"".join(self._buffer))
        self._buffer.clear()

    def _refuse(self, reply: asyncio.Future[Any], error: hiredis.ReplyError) -> None:
        _fail(reply, error)
        if code_of(str(error)) in SERVER_CODES:  # the next call resolves the name again: another server may answer
            self.loop.call_soon(self.close)

    def _check(self) -> None:
        """One timer for all: runs when the oldest call would be overdue, closes if it is, and else sleeps again."""
        self._guard = None
        if not self._waiting:
            return
        oldest, deadline = self._waiting[0]
        remaining = deadline - self.loop.time()
        if remaining <= 0 and oldest is self._overdue:
            self.close()
            return
        if remaining <= 0:  # perhaps it is this loop that stood still: let it read first
            self._overdue, remaining = oldest, _SECOND_LOOK
        self._guard = self.loop.call_later(remaining, self._check)


def _fail(reply: asyncio.Future[Any], error: Exception) -> None:
    if not reply.done():
        reply.set_exception(error)
        reply.exception()  # counts as seen, also when its caller goes away in this very moment


class Multiplexer:
    """A Channel, opened when needed and again after it was lost; callers that come meanwhile share the attempt.

    It serves one event loop at a time: a call from another one opens a new channel, and the old one is closed.
    """

    def __init__(self, connect: Connect, *, timeout: float, limit: int) -> None:
        self._connect = connect
        self._timeout = timeout
        self._limit = limit
        self._channel: Channel | None = None
        self._opening: asyncio.Task[Channel] | None = None

    def call(self, command: Command) -> Awaitable[Any]:
        """Raises ConnectionLost, OSError, TimeoutError, hiredis.ReplyError, and what `connect` raises."""
        channel = self._channel
        if channel is None or channel.transport is None or channel.loop is not asyncio.get_running_loop():
            return self._call_when_open(command)
        return channel.call(command)

    async def _call_when_open(self, command: Command) -> Any:
        channel = await self._opened()
        return await channel.call(command)

    async def aclose(self) -> None:
        """Close the channel, also one that is being opened; another call would open a new one."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
        self._replace(None)
        await asyncio.sleep(0)  # an aborted transport lets go of its socket in the next turn of the loop

    async def _opened(self) -> Channel:
        if self._opening is None or self._opening.get_loop() is not asyncio.get_running_loop():
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._opening_done)
        return await asyncio.shield(self._opening)

    async def _open(self) -> Channel:
        channel = Channel(timeout=self._timeout, limit=self._limit)
        async with asyncio.timeout(self._timeout):
            await self._connect(channel)
        self._replace(channel)
        return channel

    def _replace(self, channel: Channel | None) -> None:
        old, self._channel = self._channel, channel
        if old is None or old.loop.is_closed():
            return
        if old.loop is asyncio.get_running_loop():
            old.close()
        else:
            old.loop.call_soon_threadsafe(old.close)

    def _opening_done(self, task: "asyncio.Task[Channel]") -> None:
        if self._opening is task:
            self._opening = None
        if not task.cancelled():
            task.exception()  # every caller that waits gets it; here it only counts as seen
