"""The access log: one JSON object a request on stdout.

It goes without the machinery behind the other loggers: most of a log is this.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from app import log_writer

_FORMAT = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def make() -> "AccessLog":
    """Writes when the root logger's level lets INFO through."""
    return AccessLog(log_writer.stdout.put, is_on=logging.getLogger().isEnabledFor(logging.INFO))


class AccessLog:
    def __init__(self, put: Callable[[bytes], None], *, is_on: bool = True) -> None:
        self._put = put
        self._is_on = is_on

    def info(self, event: str, **fields: Any) -> None:
        """JSON escapes line breaks and control characters: no caller can forge a line."""
        if self._is_on:
            fields |= {"event": event, "logger": "authgate.access", "level": "info", "timestamp": datetime.now(UTC)}
            self._put(orjson.dumps(fields, option=_FORMAT))
