"""One ASGI WebSocket that can be closed while a receive is pending."""

import asyncio
import json
from typing import Any

from authgate_verifier.asgi_types import Message, Receive, Send
from authgate_verifier.sockets.close import Close, sendable


class Socket:
    """`is_open` becomes false once, when either side closes it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.is_open = True
        self._receive = receive
        self._send = send
        self._ended: Message = {"type": "websocket.disconnect", "code": 1005, "reason": ""}
        self._waiting: asyncio.Timeout | None = None

    async def accept(self, protocol: str | None) -> None:
        await self._receive()  # websocket.connect
        await self.send({"type": "websocket.accept", "subprotocol": protocol})

    async def receive(self, seconds: float | None = None) -> Message:
        """The next message of the client; a disconnect when the socket is closed, or `seconds` pass, before.

        For one caller at a time.
        """
        if not self.is_open:
            return self._ended
        try:
            async with asyncio.timeout(seconds) as self._waiting:
                message = await self._receive()
        except TimeoutError:
            return self._ended
        finally:
            self._waiting = None
        if message["type"] == "websocket.disconnect":
            self.is_open, self._ended = False, message
        return message

    async def send_json(self, value: Any) -> None:
        await self.send({"type": "websocket.send", "text": json.dumps(value, separators=(",", ":"))})

    async def send(self, message: Message) -> None:
        """Nothing happens on a socket that is closed."""
        if not self.is_open:
            return
        try:
            await self._send(message)
        except Exception as error:
            if not _is_gone(error):
                raise
            self.is_open = False

    async def send_strictly(self, message: Message) -> None:
        """Raises ConnectionResetError on a socket that is closed here, and what the server raises."""
        if not self.is_open:
            raise ConnectionResetError(f"The socket is closed: {self._ended['code']} {self._ended['reason']}.")
        await self._send(message)

    async def close(self, how: Close) -> None:
        """Whoever waits in `receive` gets the disconnect at once, even if the client never agrees."""
        if not self.is_open:
            return
        self.is_open = False
        self._ended = {"type": "websocket.disconnect", "code": how.code, "reason": how.reason}
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())
        try:
            await self._say_close(how)
        except Exception as error:
            if _is_gone(error):
                return
            if sendable(how) == how:
                raise
            await self._say_close(sendable(how))

    async def _say_close(self, how: Close) -> None:
        await self._send({"type": "websocket.close", "code": how.code, "reason": how.reason})


def _is_gone(error: Exception) -> bool:
    """Whether the client has left: OSError by the specification, in Starlette an error of its own that it causes, and
    in uvicorn a RuntimeError while the connection ends.
    """
    return isinstance(error, OSError | RuntimeError) or isinstance(error.__context__, OSError)
