"""The access log: one JSON object a request on stdout.

It goes without the machinery behind the other loggers: most of a log is this. The lines of one turn of the event loop
leave in one write, in their order, as the turn ends.
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson

_FORMAT = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def make() -> "AccessLog":
    """Writes when the root logger's level lets INFO through."""
    return AccessLog(sys.stdout.buffer, is_on=logging.getLogger().isEnabledFor(logging.INFO))


class AccessLog:
    """Belongs to the thread of one event loop at a time. Lines wait only between `open` and `close`."""

    def __init__(self, stream: BinaryIO, *, is_on: bool = True) -> None:
        self._stream = stream
        self._is_on = is_on
        self._is_gathering = False
        self._lines: list[bytes] = []
        self._turn: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._is_gathering = True

    def close(self) -> None:
        """Write what waits; what comes later, as of requests that are cancelled at the very end, is written at once."""
        self._is_gathering = False
        self._flush()

    def info(self, event: str, **fields: Any) -> None:
        """Raises OSError when lines are written at once and cannot be."""
        if not self._is_on:
            return
        self._lines.append(_line(event, fields))
        if self._is_gathering:
            self._flush_after_this_turn()
        else:
            self._flush()

    def _flush_after_this_turn(self) -> None:
        """An error of the write goes to the loop's exception handler, which reports it."""
        loop = asyncio.get_running_loop()
        if self._turn is not loop:  # none is scheduled, or on a loop that has ended before it came to it
            loop.call_soon(self._flush)
            self._turn = loop

    def _flush(self) -> None:
        """Lines are let go of before they are written: a stdout that is gone must not fill the memory."""
        lines, self._lines, self._turn = self._lines, [], None
        if lines:
            self._stream.write(b"".join(lines))
            self._stream.flush()


def _line(event: str, fields: dict[str, Any]) -> bytes:
    """JSON escapes line breaks and control characters: nobody can forge a line."""
    own = {"event": event, "logger": "authgate.access", "level": "info", "timestamp": datetime.now(UTC)}
    return orjson.dumps(fields | own, option=_FORMAT)
