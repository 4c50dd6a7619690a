"""What is not a request: WebSockets are closed, the lifespan opens and drains, and a stop lets requests finish."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from app.application import Application
from tests.conftest import client_of, eventually
from tests.e2e.wire.server import Server


class Lifespan:
    """The server's side of the lifespan protocol."""

    def __init__(self, application: Application) -> None:
        self.heard: list[str] = []
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self.task = asyncio.create_task(application({"type": "lifespan"}, self._receive, self._send))

    async def say(self, word: str, *, until: Callable[[], bool]) -> None:
        await self._said.put(word)

        async def probe() -> bool:
            return until()

        await eventually(probe)

    async def _receive(self) -> dict[str, Any]:
        return {"type": await self._said.get()}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.heard.append(message["type"])


async def test_a_websocket_is_closed_with_a_reason(application):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await application({"type": "websocket", "path": "/api/auth/me", "headers": []}, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


def database_threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("database-")}


async def connections_of(redis):
    return {one["id"] for one in await redis.client_list()}


async def test_the_lifespan_opens_and_drains(redis):
    application = Application()
    before = asyncio.all_tasks()
    threads, connections = database_threads(), await connections_of(redis)
    server = Lifespan(application)
    await server.say("lifespan.startup", until=lambda: server.heard == ["lifespan.startup.complete"])
    async with client_of(application) as client:

        async def is_ready():
            return (await client.get("/health/ready")).status_code == 200

        await eventually(is_ready)
    assert len(asyncio.all_tasks() - before) > 1
    assert database_threads() > threads
    assert await connections_of(redis) > connections
    await server.say("lifespan.shutdown", until=lambda: "lifespan.shutdown.complete" in server.heard)
    await server.task

    assert asyncio.all_tasks() - before <= {server.task}
    assert database_threads() == threads

    async def are_closed():
        return await connections_of(redis) == connections

    await eventually(are_closed)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
async def test_a_stop_lets_a_request_in_flight_finish(tmp_path: Path):
    """Half of its body has come when the server is told to stop; the rest comes afterwards."""
    env = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
    body = b'{"username": "nobody", "password": "not a password"}'
    async with Server(env=env, launcher=True) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
        writer.write(b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body))
        interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"  # now the application waits for the body
        writer.write(body[:10])
        await _begin_to_stop(server)
        writer.write(body[10:])
        status = await asyncio.wait_for(reader.readline(), 30)
        writer.close()

        assert status == b"HTTP/1.1 401 Unauthorized\r\n"
        assert await asyncio.to_thread(server.process.wait, 30) == 0


async def _begin_to_stop(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)

    async def is_stopping() -> bool:
        return "Shutting down" in server.output()

    await eventually(is_stopping)
