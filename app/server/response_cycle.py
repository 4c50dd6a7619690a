"""uvicorn's request-response cycle, with one write for a complete response."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE, RequestResponseCycle

from app.http.asgi_types import Message

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ABOUT_THE_CONNECTION = frozenset({b"connection: ", b"transfer-encoding: "})


class ResponseCycle(RequestResponseCycle):
    """Holds the head back until the body comes, when the head states a length.

    uvicorn looks at each field by two patterns, and gathers head and body by themselves. Safe because whatever is not
    plain (a stream, HEAD, a connection that ends, a client that reads slowly or has gone, a length that is not the
    body's) is handed to uvicorn as it came.
    """

    _start: Message | None = None

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and _states_length(message):
            self._start = message  # nothing of an earlier one has left: the server's 500 takes the place of one
            return
        start, self._start = self._start, None
        if start is None:
            await super().send(message)
        elif self._is_plain(message) and (text := _text(start, self.default_headers, message.get("body", b""))):
            self._finish(text)
        else:
            await super().send(start)  # type: ignore[arg-type]
            await super().send(message)

    def _is_plain(self, message: Message) -> bool:
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        is_free = self.keep_alive and not (self.response_started or self.disconnected or self.flow.write_paused)
        return is_last and is_free and self.scope["method"] != "HEAD"

    def _finish(self, text: bytes) -> None:
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(text)
        self.message_event.set()
        self.on_response()


def _states_length(start: Message) -> bool:
    return any(name == b"content-length" for name, _ in start["headers"])


def _text(start: Message, defaults: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes | None:
    """Head and body as they are sent, or None when uvicorn has to look at them. Raises RuntimeError as uvicorn does."""
    fields = [*defaults, *start["headers"]]
    names = [_opening(name) for name, _ in fields]
    if (b"content-length", b"%d" % len(body)) not in fields or not _ABOUT_THE_CONNECTION.isdisjoint(names):
        return None
    values = [value for _, value in fields]
    if _FORBIDDEN.search(b"".join(values)):
        raise RuntimeError("Invalid HTTP header value.")
    lines = [name + value for name, value in zip(names, values, strict=True)]
    return STATUS_LINE[start["status"]] + b"\r\n".join(lines) + b"\r\n\r\n" + body


@lru_cache(maxsize=512)
def _opening(name: bytes) -> bytes:
    """What a field's line begins with. Names are few, and looked at once."""
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    return name.lower() + b": "
