"""A way to a server that can swallow what is sent, as a network does that has lost its route: nobody is told."""

import asyncio
from contextlib import closing, suppress
from typing import Self


class Tunnel:
    """`async with Tunnel(port) as tunnel:` leads from `tunnel.url` to that port of 127.0.0.1.

    `lead_to(port)` is what a name does after a failover: new connections end elsewhere, those that are there stay.

    After `block()` nothing passes and nothing is closed; new connections are taken and not answered. After `unblock()`
    what was held back arrives, as TCP sends again what was lost.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._passable = asyncio.Event()
        self._passable.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lead_to(self, port: int) -> None:
        self._target = port

    def block(self) -> None:
        self._passable.clear()

    def unblock(self) -> None:
        self._passable.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        with closing(to_near), suppress(OSError):
            await self._passable.wait()
            far, to_far = await asyncio.open_connection("127.0.0.1", self._target)
            with closing(to_far):
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._carry(near, to_far))
                    both.create_task(self._carry(far, to_near))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._passable.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
