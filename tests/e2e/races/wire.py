"""One HTTP/1.1 connection as bytes on a socket, and which worker serves it."""

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class Connection:
    """Kept open between calls, one at a time. Raises ConnectionError when the worker dies; then open another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    @property
    def port(self) -> int:
        """Our end of it."""
        port: int = self._writer.get_extra_info("sockname")[1]
        return port

    async def post(self, path: str, body: Any = None, *, token: str = "") -> Answer:
        return await self._call("POST", path, body, token)

    async def get(self, path: str, *, token: str) -> Answer:
        return await self._call("GET", path, None, token)

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _call(self, method: str, path: str, body: Any, token: str) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        fields = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        fields += ["Content-Type: application/json"] if content else []
        fields += [f"Authorization: Bearer {token}"] if token else []
        try:
            async with self._turn:
                self._writer.write("\r\n".join([*fields, "", ""]).encode() + content)
                return await self._read()
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the answer broke off") from error

    async def _read(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(int(head[0].split()[1]), headers, json.loads(body))


def workers(supervisor: int) -> set[int]:
    """The process ids of uvicorn's workers, those that are still starting included."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return {int(pid) for pid in children if b"multiprocessing.spawn" in _read(f"/proc/{pid}/cmdline")}


def worker_of(connection: Connection, pids: set[int]) -> int | None:
    """Which of the workers has accepted a connection."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if int(row[2].split(":")[1], 16) == connection.port}
    return next((pid for pid in pids if inodes & _sockets(pid)), None)


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(FileNotFoundError):  # it has died
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.add(os.readlink(descriptor))
    return found


def _read(path: str) -> bytes:
    with suppress(OSError):  # it has died
        return Path(path).read_bytes()
    return b""
