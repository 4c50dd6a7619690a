"""Request targets other than a plain path (RFC 9112 §3.2)."""

from collections.abc import Iterable
from typing import Protocol, cast

import httptools

from app.http.asgi_types import Field


class _Target(Protocol):
    """httptools' stub says that path and host are always there."""

    path: bytes | None
    host: bytes | None
    port: int | None
    query: bytes | None


def origin_form(target: bytes) -> bytes:
    """The path and query of a target in absolute form: `http://host` means /. `*` stays what it is.

    Raises HttpParserInvalidURLError.
    """
    url = _parse(target)
    path = url.path or b"/"
    return path if url.query is None else b"%b?%b" % (path, url.query)


def with_host(fields: Iterable[Field], target: bytes) -> list[Field]:
    """The head's fields with the host that the target names, which counts where both are there (RFC 9112 §3.2.2).

    Raises HttpParserInvalidURLError.
    """
    url = _parse(target)
    if url.host is None:
        return list(fields)
    host = b"[%b]" % url.host if b":" in url.host else url.host
    named = host if url.port is None else b"%b:%d" % (host, url.port)
    return [(name, named if name == b"host" else value) for name, value in fields]


def _parse(target: bytes) -> _Target:
    return cast(_Target, httptools.parse_url(target))
