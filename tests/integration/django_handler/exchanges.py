"""A connection to HTTPProtocol without a socket."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from app.server.protocol import HTTPProtocol

GET = b"GET / HTTP/1.1\r\nHost: testserver\r\n\r\n"


class Transport(asyncio.Transport):
    """Remembers each write, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False
        self.is_read = True

    def write(self, data: Any) -> None:
        if self.closed:
            raise AssertionError("a write after close")
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True


class Connection:
    """What a client has sent so far, and what it was answered."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, http=HTTPProtocol, ws="none", lifespan="off", log_config=None)
        config.load()
        self.transport = Transport()
        self.protocol = HTTPProtocol(config, ServerState(), app_state={})
        self.protocol.connection_made(self.transport)

    async def send(self, data: bytes = GET) -> None:
        """Return when the server has nothing to do any more but wait."""
        self.protocol.data_received(data)
        await turns()

    async def close(self) -> None:
        """The client leaves, and nothing of it stays behind."""
        self.transport.closed = True
        self.protocol.connection_lost(None)
        for task in tuple(self.protocol.tasks):
            task.cancel()
        await turns()

    @property
    def writes(self) -> list[bytes]:
        return self.transport.writes

    @property
    def answered(self) -> bytes:
        return b"".join(self.writes)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def text(body: bytes, *fields: tuple[bytes, bytes], pieces: int = 1) -> Any:
    """An application that answers with a body of a stated length, in so many pieces."""
    size = -(-len(body) // pieces) or 1
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % len(body)), *fields]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    return app
