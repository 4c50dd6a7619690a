"""A relay in front of a Redis that counts how often the two sides took turns."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self


class Relay:
    """`async with Relay(target, path) as relay:` serves at `relay.url`; both are Unix sockets.

    `round_trips` counts the client's turns, `said` is all it said. `hold()` keeps replies back, so that the
    server seems to hang in the middle of its work; `cut()` breaks every connection off.
    """

    def __init__(self, target: Path, path: Path) -> None:
        self._target = target
        self._path = path
        self.url = f"unix://{path}"
        self.round_trips = 0
        self.said = b""
        self._open = asyncio.Event()
        self._open.set()
        self._more = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def cut(self) -> None:
        for writer in self._writers:
            writer.close()

    def reset(self) -> None:
        self.round_trips, self.said = 0, b""

    async def heard(self, text: bytes, times: int = 1) -> None:
        """Return when the client has said `text` so often. Raises TimeoutError after 30 s."""
        async with asyncio.timeout(30):
            while self.said.count(text) < times:
                self._more.clear()
                await self._more.wait()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._target)
        self._writers |= {to_client, to_server}
        answered = [True]
        tasks = [
            asyncio.create_task(self._ask(client, to_server, answered)),
            asyncio.create_task(self._answer(server, to_client, answered)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for writer in (to_client, to_server):
            self._writers.discard(writer)
            writer.close()

    async def _ask(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, answered: list[bool]) -> None:
        with suppress(ConnectionError):
            while data := await client.read(65536):
                self.round_trips += answered[0]
                answered[0] = False
                self.said += data
                self._more.set()
                to_server.write(data)

    async def _answer(
        self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, answered: list[bool]
    ) -> None:
        with suppress(ConnectionError):
            while data := await server.read(65536):
                await self._open.wait()
                answered[0] = True
                to_client.write(data)
