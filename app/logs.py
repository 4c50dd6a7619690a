"""One JSON object per line on stdout, from our loggers and all libraries."""

import atexit
import logging
from typing import Any

import orjson
import structlog
from structlog.types import EventDict, Processor

from app import log_writer

log = structlog.get_logger("authgate.requests")

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_QUIET = {"django.request": "ERROR", "django.server": "ERROR", "asyncio": "WARNING", "httpx": "WARNING"}
"""httpx logs URLs, which contain part of a password's hash in the check for stolen passwords."""


class _Handler(logging.Handler):
    """Passes lines to the thread that writes them."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log_writer.stdout.put(f"{self.format(record)}\n".encode())
        except Exception:  # noqa: BLE001  logging's own way: reported on stderr, whatever it was
            self.handleError(record)


def configure(options: dict[str, Any]) -> None:
    """Django calls this once a process. `options`: {"level": name}."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Handler()
    handler.setFormatter(_formatter())
    handler.addFilter(_without_text_of_callers)
    logging.captureWarnings(capture=True)  # a line as any other, not text on stderr
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options.get("level", "INFO"))
    _take_over_uvicorn()
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    atexit.register(log_writer.stdout.drain)


def _without_text_of_callers(record: logging.LogRecord) -> bool:
    """Django logs refused requests as errors, with the caller's text and a traceback. They are not defects."""
    if not record.name.startswith("django.security"):
        return True
    log.warning("request_refused", by=record.name)
    return False


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _to_json,
        ],
    )


def _to_json(_: Any, __: str, event: EventDict) -> str:
    """JSON escapes line breaks and control characters, so callers cannot forge a line."""
    return orjson.dumps(event, default=str).decode()


def _take_over_uvicorn() -> None:
    """uvicorn sets up its own handlers before it imports us.

    We write the access log (app/http/access_log.py), so uvicorn's is disabled, and not even formatted.
    """
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"
