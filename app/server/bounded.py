"""HTTP/1.1 with bounds on a request's head: in bytes, in fields and in time. The parser itself has none."""

import asyncio
from typing import Any
from weakref import WeakSet

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from app.headers import StandingFields
from app.random_ids import random_id
from app.server.parting import PartingProtocol
from auth.errors import AuthError, HeadTooLarge, HeadTooSlow, InvalidRequest

log = structlog.get_logger("authgate.server")

MAX_HEAD = 16 * 1024
"""Bytes of the target and of the fields: what nginx and Node.js allow, or more."""
MAX_FIELDS = 100
HEAD_SECONDS = 10.0
_LINGER_SECONDS = 2.0
_SWEEP_SECONDS = 1.0

_STANDING = StandingFields.make(hsts=b"")
_swept: WeakSet[ServerState] = WeakSet()


class BoundedProtocol(PartingProtocol):
    """Refuses heads that are too large (431) or too slow (408).

    A request costs a few additions. Time is looked at once a second for all connections, not by a timer for each.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._in_body = False
        self._head_since: float | None = None
        self._refused_at: float | None = None
        self._received = 0
        self._shared = 0  # bytes that came together with the end of the request before: some may be of this head
        self._problem: AuthError = InvalidRequest()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.server_state not in _swept:
            _swept.add(self.server_state)
            self.loop.call_later(_SWEEP_SECONDS, _sweep, self.server_state, self.loop)

    def data_received(self, data: bytes) -> None:
        if self._refused_at is not None:
            return
        if self._in_head and self._head_since is None:
            self._head_since = self.loop.time()
        self._received += len(data)
        super().data_received(data)
        if self._in_head and self._received > MAX_HEAD:
            self.refuse(HeadTooLarge())

    def on_headers_complete(self) -> None:
        """What is raised here reaches send_400_response by way of the parser."""
        self._in_head = False
        self._head_since = None
        may_be_large = self._received + self._shared > MAX_HEAD
        if len(self.headers) > MAX_FIELDS or (may_be_large and self._head_size() > MAX_HEAD):
            self._problem = HeadTooLarge()
            raise self._problem
        super().on_headers_complete()
        self._in_body = True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._in_body = False
        self._received, self._shared = 0, self._received

    def send_400_response(self, msg: str) -> None:
        self.refuse(self._problem)

    def refuse(self, problem: AuthError) -> None:
        """Answer in the contract's shape, unless that would break into another answer, and close.

        Reading goes on for a moment: to close on a client that still sends resets the connection, and loses the answer.
        """
        self._refused_at = self.loop.time()
        self._give_up_body()
        if self.is_answering() and not self.cycle.disconnected:
            self.transport.close()
            return
        request_id = random_id()
        self.transport.write(_answer(problem, request_id))
        log.info("head_refused", request_id=request_id, error=problem.code, peer=self.client and self.client[0])
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def check_time(self, now: float) -> None:
        """Called once a second. A silent connection may stay as long as an idle one."""
        if self._refused_at is not None:
            if now - self._refused_at > _LINGER_SECONDS:
                self.transport.close()
        elif self.silent_since is not None:
            if now - self.silent_since > self.timeout_keep_alive:
                self.transport.close()
        elif self._head_since is not None and now - self._head_since > HEAD_SECONDS and not self.is_answering():
            self.refuse(HeadTooSlow())

    def _give_up_body(self) -> None:
        """A request whose body cannot be read is itself what is refused: its application is told that no one waits."""
        if self._in_body and not self.pipeline and not self.cycle.response_started:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)


def _sweep(state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
    """Look at every connection of a server; stop when there is none, until the next comes."""
    now = loop.time()
    for connection in tuple(state.connections):
        if isinstance(connection, BoundedProtocol):
            connection.check_time(now)
    if state.connections:
        loop.call_later(_SWEEP_SECONDS, _sweep, state, loop)
    else:
        _swept.discard(state)


def _answer(problem: AuthError, request_id: str) -> bytes:
    from app.errors import respond  # needs the settings, which the application has read by now

    response = respond(problem)
    own = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(response.content)),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    fields = b"".join(b"%s: %s\r\n" % field for field in _STANDING.complete("", own))
    return STATUS_LINE[response.status_code] + fields + b"\r\n" + response.content
