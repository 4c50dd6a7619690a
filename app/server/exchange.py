"""uvicorn's protocol, for small requests and complete responses."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, cast

import httptools
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.whole_response import WHOLE
from app.server.coalescing_transport import CoalescingTransport
from app.server.response_cycle import ResponseCycle
from app.server.target import origin_form, with_host

# uvicorn has no other place to say what it makes of a request. Its own on_headers_complete then makes one of ours.
httptools_impl.RequestResponseCycle = ResponseCycle  # type: ignore[misc]

_EXTENSIONS: dict[str, dict[object, object]] = {WHOLE: {}}


class ExchangeProtocol(HttpToolsProtocol, ABC):
    """Serves without WebSockets, a root path or a limit of connections, none of which we set.

    Left out, and why it is safe:
    - a timer for each rest between requests: `silent_since` says when it began, and the sweep looks at that;
    - a write for each answer of a turn (coalescing_transport.py), and checks of each field of it (response_cycle.py).
    """

    is_shutting_down = False
    """Whether the next answer is the last on this connection."""

    silent_since: float | None
    """Since when the client has nothing to wait for and has sent nothing, by the loop's clock."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # ours says more, app/http/access_log.py

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, CoalescingTransport(transport, self.loop)))
        self.silent_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Calls on_parser_error with what the parser, or a callback of it, does not take."""
        self.silent_since = None
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                self.on_parser_error(error)
                return
            else:
                return

    @abstractmethod
    def on_parser_error(self, error: httptools.HttpParserError) -> None:
        """Answers what cannot be read, and closes the connection."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """As uvicorn's, without whitespace after the value, which is not part of it (RFC 9112 §5.1)."""
        name, value = name.lower(), value.rstrip(b" \t")
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Raises HttpParserInvalidURLError, UnicodeDecodeError."""
        if not self.url.startswith(b"/"):
            self.headers[:] = with_host(self.headers, self.url)
            self.url = origin_form(self.url)
        self.scope["extensions"] = _EXTENSIONS
        super().on_headers_complete()
        if self.is_shutting_down or self.scope["http_version"] != "1.1":  # uvicorn keeps 0.9 and 2.0 alive
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            if self.flow.read_paused:
                self.flow.resume_reading()
            self.silent_since = self.loop.time()

    def is_answering(self) -> bool:
        """Whether a request is under way whose answer is not complete."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is not None and not cycle.response_complete

    def _head_without_upgrade(self) -> bytes:
        """The head that was read last, for a new parser, which then reads the body.

        httptools takes every offer of another protocol for accepted, and what follows the head for that protocol. None
        is taken here: the offer counts as not made (RFC 9110 §7.8), and the fields about length say what the body is
        (RFC 9112 §6.3). The parser has split and checked what is put together here: no value holds a line end.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
        return b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, b"".join(lines))
