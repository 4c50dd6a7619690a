"""The example chat as a process of its own, and members of it."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.launch import processes
from examples.chat.launch import COMMANDS
from tests.conftest import eventually
from tests.docs.documents import ROOT
from tests.e2e.wire.stack import SERVICE, Stack
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Chat:
    url: str
    log: Path

    @property
    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/ws"


@asynccontextmanager
async def chat(kind: str, stack: Stack, log: Path) -> AsyncIterator[Chat]:
    """The service `kind` at Authgate's `stack`, which writes to `log`. It has stopped in order at the end."""
    port = free_port()
    with log.open("wb") as output:
        process = processes.spawn(
            COMMANDS[kind], death_signal=signal.SIGKILL, output=output, env=_environment(stack, port), directory=ROOT
        )
    try:
        await _until_listening(f"http://127.0.0.1:{port}")
        yield Chat(f"http://127.0.0.1:{port}", log)
    finally:
        code = await asyncio.to_thread(processes.stop, process, grace=10)
    assert code in (0, -signal.SIGTERM)  # uvicorn ends itself by the signal when all is closed


def _environment(stack: Stack, port: int) -> Mapping[str, str]:
    client = {"AUTHGATE_CLIENT_ID": SERVICE.client_id, "AUTHGATE_CLIENT_SECRET": SERVICE.secret}
    place = {"AUTHGATE_URL": stack.server.url, "PORT": str(port), "UVICORN_PORT": str(port)}
    return {**os.environ, **client, **place, "PYTHONPATH": str(ROOT / "clients" / "python" / "src")}


async def _until_listening(url: str) -> None:
    async with httpx.AsyncClient() as client:

        async def answers() -> bool:
            try:
                return (await client.get(f"{url}/config.json")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(answers, seconds=15)


@dataclass(slots=True, eq=False)
class Member:
    """A socket that is logged in. `closed`: code and reason, once it is; `closed_at`: on the monotonic clock."""

    socket: ClientConnection
    messages: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int | None, str | None] | None = None
    closed_at: float = 0.0

    async def read(self) -> None:
        try:
            while True:
                self.messages.append(json.loads(await self.socket.recv()))
        except ConnectionClosed:
            self.closed = (self.socket.close_code, self.socket.close_reason)
            self.closed_at = time.monotonic()

    async def send(self, **message: str) -> None:
        await self.socket.send(json.dumps(message))

    async def hears(self, **wanted: Any) -> dict[str, Any]:
        """The first message with these values, within 5 s."""

        async def heard() -> dict[str, Any] | None:
            return next((message for message in self.messages if wanted.items() <= message.items()), None)

        return await eventually(heard)


@asynccontextmanager
async def members(chat: Chat, credentials: Sequence[Mapping[str, str]]) -> AsyncIterator[list[Member]]:
    """One member for each credential, in order; 50 connect at once."""
    gate = asyncio.Semaphore(50)

    async def join(credential: Mapping[str, str]) -> Member:
        async with gate:
            member = Member(await connect(chat.socket_url, compression=None, proxy=None))
            await member.send(type="auth", **credential)
            answer = json.loads(await member.socket.recv())
            assert answer["type"] == "auth.ok", answer
        return member

    joined = await asyncio.gather(*map(join, credentials))
    readers = [asyncio.create_task(member.read()) for member in joined]
    try:
        yield list(joined)
    finally:
        await asyncio.gather(*(member.socket.close() for member in joined))
        await asyncio.gather(*readers)
