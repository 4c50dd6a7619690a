"""Requests from bytes to bytes through a server's HTTP protocol, and from scope to answer through an application."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_TURNS = 100
"""Of the event loop, within which one answer must have come: nothing here waits for time or sockets."""
_LENGTH = re.compile(rb"content-length: (\d+)\r\n")

Application = Callable[..., Any]


class _Client(asyncio.Transport):
    """The server's side of a connection. What is written is dropped."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", 8000)})

    def write(self, data: bytes) -> None: ...  # type: ignore[override]
    def close(self) -> None: ...

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Connection(_Client):
    """One client that sends the same request again once the answer is there. Its answers are counted by their bytes."""

    def __init__(self, config: Config, request: bytes, state: ServerState) -> None:
        super().__init__()
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._protocol = config.http_protocol_class(config, state, {}, self._loop)  # type: ignore[call-arg, operator]
        self._protocol.connection_made(self)
        self._first: list[bytes] | None = []
        self._size = self._missing = self._left = 0
        self._end: asyncio.Future[None] = self._loop.create_future()

    async def learn(self) -> bytes:
        """The first answer, which says how long each is. Raises RuntimeError unless it comes, and is a 200."""
        self._protocol.data_received(self._request)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        answer, self._first = b"".join(self._first or []), None
        head, _, body = answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not head.startswith(b"HTTP/1.1 200") or not length or len(body) != int(length[1]):
            raise RuntimeError(f"answered with {answer!r}")
        self._size = len(answer)
        return answer

    async def ask(self, count: int) -> None:
        """Raises RuntimeError when an answer is longer than the first."""
        self._end, self._left = self._loop.create_future(), count
        self._next()
        await self._end

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._missing = self._size
            self._protocol.data_received(self._request)
        else:
            self._end.set_result(None)

    def write(self, data: bytes) -> None:  # type: ignore[override]
        if self._first is not None:
            self._first.append(data)
            return
        self._missing -= len(data)
        if self._missing == 0:
            self._loop.call_soon(self._next)
        elif self._missing < 0 and not self._end.done():
            self._end.set_exception(RuntimeError(f"answered with {data!r}"))


def server_state(config: Config) -> ServerState:
    """As uvicorn keeps it, with the fields that it puts into each answer."""
    if not config.loaded:
        config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Fri, 27 Nov 2026 12:00:00 GMT"), *config.encoded_headers]
    return state


def scope_of(request: bytes) -> dict[str, Any]:
    """The scope that uvicorn makes of a request. Call it inside the loop."""
    config = Config(_answer, ws="none", lifespan="off", log_config=None, access_log=False)
    protocol = HttpToolsProtocol(config, server_state(config), {}, asyncio.get_running_loop())
    protocol.connection_made(_Client())
    protocol.data_received(request)
    return dict(protocol.scope)


async def ask_application(application: Application, scope: dict[str, Any], count: int) -> None:
    for _ in range(count):
        await application({**scope, "state": {}}, _receive, _send)


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    if message["type"] == "http.response.start" and message["status"] != 200:
        raise RuntimeError(f"answered with {message['status']}")
