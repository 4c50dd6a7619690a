"""uvicorn's request-response cycle, with one write for a whole response."""

from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE, RequestResponseCycle

from app.http.asgi_types import Field, Message
from app.http.whole_response import WHOLE, rendered

_FORBIDDEN = bytes([*range(9), *range(10, 32), 127])
_NONE = rendered([])
_ABOUT_THE_CONNECTION = frozenset({b"connection: ", b"transfer-encoding: "})


class ResponseCycle(RequestResponseCycle):
    """Sends a whole response in one write, be it one message (app/http/whole_response.py) or a head with its body.

    uvicorn looks at each field by two patterns, and gathers head and body by themselves. Safe because whatever is not
    plain (a stream, HEAD, a connection that ends, a client that reads slowly or has gone, a length that is not the
    body's) is handed to uvicorn as the messages that it knows.
    """

    _start: Message | None = None
    """A head that states a length, until its body comes: nothing has left when the server's 500 takes its place."""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and _states_length(message):
            self._start = message
            return
        if self._start is not None:
            message = await self._with_start(self._start, message)
        if message["type"] != WHOLE:
            await super().send(message)
            return
        is_silent = self.response_started or self.disconnected or self.flow.write_paused
        is_plain = self.keep_alive and not is_silent and self.scope["method"] != "HEAD"
        if is_plain and (text := _text(message, self.default_headers)):
            self.response_started = self.response_complete = True
            self.waiting_for_100_continue = False
            self.transport.write(text)
            self.message_event.set()
            self.on_response()
            return
        fields = [*message["headers"], *message["common"].fields]
        await super().send({"type": "http.response.start", "status": message["status"], "headers": fields})
        await super().send({"type": "http.response.body", "body": message["body"], "more_body": False})

    async def _with_start(self, start: Message, message: Message) -> Message:
        """One message of the head and this body, if it is the only one; else the head is sent."""
        self._start = None
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            return {**start, "type": WHOLE, "common": _NONE, "body": message.get("body", b"")}
        await super().send(start)  # type: ignore[arg-type]
        return message


def _states_length(start: Message) -> bool:
    return any(name == b"content-length" for name, _ in start["headers"])


def _text(message: Message, defaults: list[Field]) -> bytes | None:
    """Head and body as they are sent, or None when uvicorn has to look at them. Raises RuntimeError as uvicorn does."""
    fields, body = defaults + message["headers"], message["body"]
    names = [_opening(name) for name, _ in fields]
    if (b"content-length", b"%d" % len(body)) not in fields or not _ABOUT_THE_CONNECTION.isdisjoint(names):
        return None
    values = [value for _, value in fields]
    text = b"".join(values)
    if len(text.translate(None, _FORBIDDEN)) < len(text):
        raise RuntimeError("Invalid HTTP header value.")
    lines = [b"%b%b\r\n" % line for line in zip(names, values, strict=True)]
    return b"%b%b%b\r\n%b" % (STATUS_LINE[message["status"]], b"".join(lines), message["common"].lines, body)


@lru_cache(maxsize=512)
def _opening(name: bytes) -> bytes:
    """What a field's line begins with. Names are few, and looked at once."""
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    return name.lower() + b": "
