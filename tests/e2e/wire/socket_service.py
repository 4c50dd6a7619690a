"""A service of somebody else on a real uvicorn in this process, and clients of its sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn
import websockets
from websockets.typing import Subprotocol

from authgate_verifier.asgi_types import App
from authgate_verifier.sockets import SocketKit
from tests.conftest import eventually
from tests.ports import free_port


class _Uvicorn(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are pytest's."""
        yield


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[str]:
    """Its address for sockets. Its log goes through `logging` as it is."""
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, ws_max_size=65_536)
    server = _Uvicorn(config)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    try:
        yield f"ws://127.0.0.1:{port}/ws"
    finally:
        server.should_exit = True
        await task


def echoing(kit: SocketKit) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with kit.accept(scope, receive, send) as session:
            if session is None:
                return
            async for text in session:
                await session.send_json({"from": session.claims.user_id, "text": text})

    return app


class Client:
    """One socket, and all that it has heard."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    @classmethod
    async def open(cls, url: str, *protocols: str) -> "Client":
        return cls(await websockets.connect(url, subprotocols=[Subprotocol(name) for name in protocols] or None))

    @classmethod
    async def login(cls, url: str, body: dict[str, Any]) -> "Client":
        """With the access token of a token body."""
        client = await cls.open(url)
        assert await client.asks({"type": "auth", "token": body["access_token"]}) == "auth.ok"
        return client

    async def say(self, message: Any) -> None:
        await self._socket.send(message if isinstance(message, str) else json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(30):
            return dict(json.loads(await self._socket.recv()))

    async def asks(self, message: Any) -> Any:
        """The type of the answer, or the close code."""
        try:
            await self.say(message)
            return (await self.hear()).get("type")
        except websockets.ConnectionClosed:
            return self._socket.close_code

    async def is_served(self) -> bool:
        """A request for renewal may come before the answer."""
        await self.say("hello")
        message = await self.hear()
        while message.get("type") == "auth.renew":
            message = await self.hear()
        return bool(message["text"] == "hello")

    async def ends(self) -> int | None:
        """The close code, as soon as it comes; messages before it are dropped."""
        async with asyncio.timeout(30):
            with suppress(websockets.ConnectionClosed):
                while True:
                    await self._socket.recv()
        return self._socket.close_code

    async def leave(self) -> None:
        await self._socket.close()
