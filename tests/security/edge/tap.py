"""What goes over the connections between a proxy and the server, as bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.security.edge.clients import closed


@dataclass(slots=True)
class Connection:
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Tap:
    port: int
    connections: list[Connection] = field(default_factory=list)


@asynccontextmanager
async def tapping(app: int) -> AsyncIterator[Tap]:
    """A port that leads to the server of another port until the block ends."""
    tap = Tap(0)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = Connection()
        tap.connections.append(seen)
        back, out = await asyncio.open_connection("127.0.0.1", app)
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(_pump(reader, out, seen.sent))
            pumps.create_task(_pump(back, writer, seen.received))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        tap.port = server.sockets[0].getsockname()[1]
        yield tap


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, note: bytearray) -> None:
    """Until one of the two ends: then the other is closed, too."""
    with suppress(ConnectionError):
        while piece := await source.read(65536):
            note += piece
            target.write(piece)
            await target.drain()
    await closed(target)
