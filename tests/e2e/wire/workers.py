"""Which worker serves a connection, and connections to each (Linux: from /proc)."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from tests.conftest import eventually
from tests.e2e.wire.stack import Stack

_AT_ONCE = 16


@asynccontextmanager
async def one_client_each(stack: Stack) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two clients of one kept connection each, of which different workers hold the other end."""
    async with AsyncExitStack() as exits:
        found: dict[int, httpx.AsyncClient] = {}

        async def both() -> bool:
            """When many knock at once, both workers open, unless one is still starting."""
            clients = [stack.client(limits=httpx.Limits(max_connections=1)) for _ in range(_AT_ONCE)]
            for client, port in zip(clients, await asyncio.gather(*map(_own_port, clients)), strict=True):
                if found.setdefault(_worker_at(stack.server.port, port), client) is client:
                    exits.push_async_callback(client.aclose)
                else:
                    await client.aclose()
            return len(found) == 2

        await eventually(both, seconds=60)
        yield list(found.values())


async def _own_port(client: httpx.AsyncClient) -> int:
    answer = await client.get("/health/live")
    port: int = answer.extensions["network_stream"].get_extra_info("socket").getsockname()[1]
    return port


def _worker_at(server_port: int, client_port: int) -> int:
    """The process that holds the server's end of a connection."""
    inode = _inode(server_port, client_port)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            names = {str(link.readlink()) for link in (entry / "fd").iterdir()}
        except OSError:  # it has ended, or is another user's
            continue
        if f"socket:[{inode}]" in names:
            return int(entry.name)
    raise AssertionError("no process holds the server's end")


def _inode(local: int, remote: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines():
        ends = re.match(rf"\s*\d+: \w+:{local:04X} \w+:{remote:04X} ", line)
        if ends:
            return line.split()[9]
    raise AssertionError("no such connection")
