"""10,000 connections that have asked once and then rest, beside 500 that ask all the time: none may be dropped."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench import measure, procs, ulimits
from bench.context import Bench
from bench.progress import say
from bench.servers import Server
from bench.tables import table
from bench.targets import OURS

_IDLE, _ACTIVE = 10_000, 500
_STEP = 200
_PER_ADDRESS = 5_000
"""From each loopback address, so that no address runs out of ports."""
_ANSWER_SECONDS = 30
_KEPT_ALIVE = {"UVICORN_TIMEOUT_KEEP_ALIVE": "75"}
"""uvicorn's own default closes what rested 5 s."""
_COLUMNS = ["connections", "opened", "dropped", "answered again", "active rps", "p99 ms", "KiB each"]


class Idle(asyncio.Protocol):
    """A connection that asks when told to."""

    def __init__(self) -> None:
        self.is_open = True
        self.answers = 0
        self.answered = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.answers += data.startswith(b"HTTP/1.1 200")
        self.answered.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.answered.set()

    async def ask(self, request: bytes) -> None:
        self.answered.clear()
        self.transport.write(request)
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self.answered.wait()


def run(bench: Bench) -> dict[str, Any]:
    if ulimits.open_files() < ulimits.OPEN_FILES:
        sys.exit(
            f"bench: connections needs {ulimits.OPEN_FILES} open files; raise the limit (ulimit -Hn) or leave it out"
        )
    with bench.serving(OURS, environment=_KEPT_ALIVE) as server:
        found = asyncio.run(_hold(bench, server))
    values = [found["opened"], found["dropped"], found["answered"], found["active"]["rps"], found["active"]["p99"]]
    title = f"{_IDLE} idle and {_ACTIVE} active connections on one worker"
    print(table(title, _COLUMNS, [["idle", *values, found["kib_each"]]]))
    return found


async def _hold(bench: Bench, server: Server) -> dict[str, Any]:
    before = procs.memory(server.process.pid).pss
    request = server.me()[0]
    clients = await _open(server, request)
    each = (procs.memory(server.process.pid).pss - before) * 1024 / len(clients)
    say(f"{len(clients)} connections rest; {_ACTIVE} ask")
    active = await asyncio.to_thread(_load, bench, server)
    dropped = sum(not client.is_open for client in clients)
    await _ask_all(clients, request)
    answered = sum(client.answers == 2 for client in clients)
    for client in clients:
        client.transport.abort()
    return {
        "opened": len(clients),
        "dropped": dropped,
        "answered": answered,
        "kib_each": each,
        "active": asdict(active),
    }


async def _open(server: Server, request: bytes) -> list[Idle]:
    loop = asyncio.get_running_loop()
    clients: list[Idle] = []
    while len(clients) < _IDLE:
        source = (f"127.0.0.{2 + len(clients) // _PER_ADDRESS}", 0)
        opening = [loop.create_connection(Idle, "127.0.0.1", server.port, local_addr=source) for _ in range(_STEP)]
        opened = [client for _, client in await asyncio.gather(*opening)]
        await _ask_all(opened, request)
        clients += opened
    return clients


async def _ask_all(clients: Sequence[Idle], request: bytes) -> None:
    for start in range(0, len(clients), _STEP):
        await asyncio.gather(*(client.ask(request) for client in clients[start : start + _STEP] if client.is_open))


def _load(bench: Bench, server: Server) -> measure.Sample:
    seconds = max(10.0, 2 * bench.seconds)
    return measure.sample(server, bench.stores, server.me(), seconds=seconds, connections=_ACTIVE)
