"""Server-sent events (HTML Standard §9.2.6)."""

import codecs
from typing import NamedTuple

MAX_PENDING = 65_536
"""Characters of one event: the feed's have 200."""


class FeedError(Exception):
    """The feed cannot be had, or is not what it should be. The reader connects again."""


class Event(NamedTuple):
    name: str
    data: str
    id: str | None


class EventParser:
    """Fed in pieces of any size."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._pending = ""

    def push(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises FeedError on what is not UTF-8 and on an event without end."""
        try:
            text = self._pending + self._utf8.decode(chunk)
        except UnicodeDecodeError as error:
            raise FeedError("the feed is not UTF-8") from error
        held_back = "\r" if text.endswith("\r") else ""  # its line feed may be in the next piece
        whole = text.removesuffix(held_back).replace("\r\n", "\n").replace("\r", "\n")
        *blocks, rest = whole.split("\n\n")
        self._pending = rest + held_back
        if len(self._pending) > MAX_PENDING:
            raise FeedError("an event of the feed has no end")
        return [event for block in blocks if (event := _event(block)) is not None]


def _event(block: str) -> Event | None:
    """None for a comment, and for an event without data, which is none (step 2 of the standard's dispatch)."""
    fields: dict[str, list[str]] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    if "data" not in fields:
        return None
    name = fields.get("event", [""])[-1] or "message"
    return Event(name, "\n".join(fields["data"]), fields["id"][-1] if "id" in fields else None)
