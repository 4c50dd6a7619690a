"""Whole responses, as one message where the server takes it."""

from typing import NamedTuple

from app.http.asgi_types import Fields, Send

WHOLE = "authgate.response.whole"
"""An ASGI extension of our server: http.response.start and the one http.response.body in one message, whose `common`
are Rendered fields that go with its `headers`."""


class Rendered(NamedTuple):
    """Fields of many responses, and their lines as they are sent."""

    fields: Fields
    lines: bytes


def rendered(fields: Fields) -> Rendered:
    return Rendered(fields, b"".join([b"%b: %b\r\n" % field for field in fields]))


async def send_in_two(send: Send, status: int, fields: Fields, body: bytes) -> None:
    """As the ASGI specification has it: for servers that do not offer the extension, and where cost is no matter."""
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
