"""The access log: one JSON object a request on stdout.

It has a structlog logger of its own, without the stdlib machinery behind the others: most of a log is this.
"""

import logging
import sys
from datetime import UTC, datetime

import orjson
import structlog
from structlog.types import EventDict, WrappedLogger


def make() -> structlog.typing.FilteringBoundLogger:
    """Writes when the root logger's level lets INFO through."""
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stdout.buffer),
        processors=[_complete, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger().level),
    ).bind()
    return logger


def _complete(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    return {**event, "logger": "authgate.access", "level": level, "timestamp": datetime.now(UTC)}


def _render(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    """JSON escapes line breaks and control characters: nobody can forge a line."""
    return orjson.dumps(event, option=orjson.OPT_UTC_Z)
