"""The two ends of a WebSocket in memory, as an ASGI server and a browser would hold them."""

import asyncio
import json
from typing import Any


class SocketClient:
    """Opens a socket at the ASGI application `app`, in a task of its own."""

    def __init__(self, app: Any, *protocols: str) -> None:
        self.messages: list[Any] = []
        self.closed: int | None = None
        self.protocol: str | None = None
        self.leaves = False
        """Whether everything that is sent to it fails from now on."""
        self._news = asyncio.Event()
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        headers = [(b"host", b"service"), (b"sec-websocket-protocol", ", ".join(protocols).encode())]
        scope = {"type": "websocket", "path": "/ws", "headers": headers, "subprotocols": list(protocols)}
        self.task = asyncio.get_running_loop().create_task(app(scope, self._inbox.get, self.take))

    def say(self, *messages: Any) -> "SocketClient":
        """Text and bytes as they are, everything else as JSON."""
        for message in messages:
            kind = "bytes" if isinstance(message, bytes) else "text"
            body = message if isinstance(message, str | bytes) else json.dumps(message)
            self._inbox.put_nowait({"type": "websocket.receive", kind: body})
        return self

    def leave(self) -> None:
        self.leaves = True
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def heard(self, count: int) -> list[Any]:
        """Its messages, once there are `count`."""

        async with asyncio.timeout(30):
            while len(self.messages) < count and self.closed is None:
                self._news.clear()
                await self._news.wait()
        return self.messages

    async def ends(self) -> int | None:
        """The code with which it was closed, once the application has returned."""
        async with asyncio.timeout(30):
            await self.task
        return self.closed

    @property
    def types(self) -> list[Any]:
        return [message.get("type") for message in self.messages]

    async def take(self, message: dict[str, Any]) -> None:
        """The application's `send`."""
        if self.leaves:
            raise OSError("the client is gone")
        assert self.closed is None, f"{message} after the close"
        self._news.set()
        if message["type"] == "websocket.accept":
            self.protocol = message["subprotocol"]
        elif message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            self.messages.append(json.loads(message["text"]))
