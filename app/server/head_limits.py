"""Limits on heads, trailers and framing: in bytes, in fields and in time."""

import asyncio
from typing import Any
from weakref import WeakSet

import structlog
from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.http.asgi_types import Fields
from app.ids import random_id
from app.server.graceful_shutdown import GracefulShutdown
from app.server.refusals import answer, problem_of
from auth.errors import AuthError, HeadTooLarge, HeadTooSlow, InvalidRequest

log = structlog.get_logger("authgate.server")

MAX_HEAD = 16 * 1024
"""Bytes of the target and of the fields: what nginx and Node.js allow, or more."""
MAX_FIELDS = 100
HEAD_SECONDS = 10.0
_FRAMING_PER_BYTE = 16
"""Bytes of chunk sizes, extensions and line ends that each byte of a body may bring along. Clients that send a chunk
for every byte need 5. What goes beyond may add up to MAX_HEAD, and trailers, which have no byte of a body, too. Counted
by the pieces that the parser is given (protocol.py): one that begins within a head is not, so 2 KiB more may pass."""
_LINGER_SECONDS = 2.0
_SWEEP_SECONDS = 1.0

_swept: WeakSet[ServerState] = WeakSet()


class HeadLimits(GracefulShutdown):
    """Refuses heads that are too large (431) or too slow (408), trailers and chunk extensions that are too large (431).

    A request costs a few additions. Time is looked at once a second for all connections, not by a timer for each.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._in_body = False
        self._head_since: float | None = None
        self._is_refused = False
        self._refused_at: float | None = None  # when that was answered
        self._received = 0
        self._shared = 0  # bytes that came together with the end of the request before: some may be of this head
        self._knows_coding = False
        self._framing = 0  # bytes of a body's framing that no byte of the body has paid for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.server_state not in _swept:
            _swept.add(self.server_state)
            self.loop.call_later(_SWEEP_SECONDS, _sweep, self.server_state, self.loop)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._in_head and self._head_since is None:
            self._head_since = self.loop.time()
        self._received += len(data)
        if self._in_body:
            self._framing += len(data)
        super().data_received(data)
        if self._in_head:
            is_too_large = self._received > MAX_HEAD
        else:
            is_too_large = self._in_body and (self._framing > MAX_HEAD or len(self.headers) > MAX_FIELDS)
        if is_too_large:
            self.refuse(HeadTooLarge())

    def on_headers_complete(self) -> None:
        """Raises HeadTooLarge, InvalidRequest; both reach on_parser_error by way of the parser."""
        if self.parser.should_upgrade():
            self._check_upgrade()
            return  # the same head comes once more
        self._in_head = False
        self._head_since = None
        may_be_large = self._received + self._shared > MAX_HEAD
        if len(self.headers) > MAX_FIELDS or (may_be_large and self._head_size() > MAX_HEAD):
            raise HeadTooLarge
        super().on_headers_complete()
        self._in_body = True
        self._knows_coding = False
        self.headers = []  # fields that come from here on are trailers: the scope does not see them (RFC 9110 §6.5.1)

    def on_chunk_header(self) -> None:
        """Raises InvalidRequest for chunks of anything but the body itself, as `gzip, chunked` (RFC 9112 §6.1): whoever
        stands in front may have read the body otherwise. The application waits for its end, and is told of no more.
        """
        if not self._knows_coding:
            self._knows_coding = True
            codings = [value.strip().lower() for name, value in self.scope["headers"] if name == b"transfer-encoding"]
            if codings != [b"chunked"]:
                raise InvalidRequest("The one Transfer-Encoding taken here is `chunked`, once.")

    def on_body(self, body: bytes) -> None:
        self._framing = max(0, self._framing - _FRAMING_PER_BYTE * len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Raises HeadTooLarge for trailers that came in one piece with the end. The application gets no whole body."""
        if self.parser.should_upgrade():
            return
        if self.headers and (len(self.headers) > MAX_FIELDS or _size(self.headers) > MAX_HEAD):
            raise HeadTooLarge
        super().on_message_complete()
        if self.headers:
            self._end_with_this_response()
        self._in_head = True
        self._in_body = False
        self._received, self._shared = 0, self._received
        self._framing = 0

    def on_parser_error(self, error: HttpParserError) -> None:
        self.refuse(problem_of(error))

    def refuse(self, problem: AuthError) -> None:
        """Answer in the contract's shape, in its turn, unless that would break into another answer, and close.

        What was complete before is answered first; nothing of what comes behind is read (RFC 9112 §9.3.2).
        """
        if self._is_refused:
            return
        self._is_refused = True
        self._give_up_body()
        if not self.is_answering() or self.cycle.disconnected:
            self._tell(problem)
        elif not self._in_body:
            self._refuse_after(self.cycle, problem)
        elif self.pipeline:
            self._tell_instead(problem)
        else:
            self.transport.close()

    def _tell(self, problem: AuthError) -> None:
        """Reading goes on for a moment: to close on a client that still sends resets the connection, and loses this."""
        if self.transport.is_closing():
            return
        self._refused_at = self.loop.time()
        request_id = random_id()
        self.transport.write(answer(problem, request_id, self._fields_so_far()))
        log.info("head_refused", request_id=request_id, error=problem.code, peer=self.client and self.client[0])
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _refuse_after(self, last: RequestResponseCycle, problem: AuthError) -> None:
        """As soon as the newest request, which is complete, has its answer."""
        end = last.on_response

        def end_and_tell() -> None:
            end()
            self._tell(problem)

        last.on_response = end_and_tell

    def _tell_instead(self, problem: AuthError) -> None:
        """The newest request waits for its turn, and what is refused is its body: it is never executed."""
        refused, _ = self.pipeline.popleft()

        async def tell(*_: object) -> None:
            refused.disconnected = True
            self._tell(problem)

        self.pipeline.appendleft((refused, tell))

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

    def _check_upgrade(self) -> None:
        """Raises InvalidRequest for a tunnel: what follows such a head is no request, whatever is answered."""
        if self.parser.get_method() == b"CONNECT":
            raise InvalidRequest("CONNECT opens a tunnel through a proxy, and this is none. Ask for a path.")

    def _end_with_this_response(self) -> None:
        """A trailer of the name Connection ends the parser's part of the connection. Trailers are too rare to tell."""
        self.cycle.keep_alive = False
        if self.cycle.response_complete:
            self.transport.close()

    def _fields_so_far(self) -> list[tuple[bytes, bytes]]:
        """Of the request that is refused. None has begun when the first line cannot be read."""
        scope: dict[str, Any] | None = self.scope  # type: ignore[assignment]
        return scope["headers"] if scope else []

    def _head_size(self) -> int:
        return len(self.url) + _size(self.headers)


def _size(fields: Fields) -> int:
    return sum(len(name) + len(value) + 4 for name, value in fields)


def _sweep(state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
    """Look at every connection of a server; stop when there is none, until the next comes."""
    now = loop.time()
    for connection in tuple(state.connections):
        if isinstance(connection, HeadLimits):
            connection.check_time(now)
    if state.connections:
        loop.call_later(_SWEEP_SECONDS, _sweep, state, loop)
    else:
        _swept.discard(state)
