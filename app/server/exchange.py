"""uvicorn's protocol for exchanges of small requests and whole answers."""

import asyncio
from typing import cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.server.answer import Answer
from app.server.corked import Corked


class ExchangeProtocol(HttpToolsProtocol):
    """Serves without WebSockets, a root path or a limit of connections, none of which we set.

    Left out, and why it is safe:
    - a timer for each rest between requests: `silent_since` says when it began, and whoever sweeps looks at that;
    - a write for each answer of a turn (corked.py), and a close look at each field of it (answer.py).
    """

    is_parting = False
    """Whether the next answer is the last on this connection."""

    silent_since: float | None
    """Since when the client has nothing to wait for and has sent nothing, by the loop's clock."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Corked(transport, self.loop)))
        self.silent_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self.silent_since = None
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Raises HttpParserInvalidURLError, UnicodeDecodeError; the parser turns them into an answer of 400."""
        must_wait = self.is_answering()
        self._complete_scope()
        self.cycle = self._answer()
        if must_wait:  # pipelined: answered in order
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.flow.resume_reading()
            self.silent_since = self.loop.time()

    def is_answering(self) -> bool:
        """Whether a request is under way whose answer is not complete."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is not None and not cycle.response_complete

    def _complete_scope(self) -> None:
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        self.scope["http_version"] = self.parser.get_http_version()
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = target.path
        self.scope["query_string"] = target.query or b""

    def _answer(self) -> Answer:
        return Answer(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self.scope["http_version"] != "1.0" and self.parser.should_keep_alive() and not self.is_parting,
            on_response=self.on_response_complete,
        )
