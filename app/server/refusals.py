"""Responses to requests that never reach the application."""

import structlog
from httptools import HttpParserCallbackError, HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.http.asgi_types import Fields
from app.http.headers import DefaultHeaders
from app.http.whole_response import rendered
from auth.errors import AuthError, InternalError, InvalidRequest

log = structlog.get_logger("authgate.server")

_DEFAULTS = DefaultHeaders(hsts=b"")


def problem_of(error: HttpParserError) -> AuthError:
    """What to answer when the parser gives up: 400 for what it cannot read, 500 for what we did not foresee."""
    cause = error.__context__ if isinstance(error, HttpParserCallbackError) else error
    match cause:
        case AuthError():
            return cause
        case HttpParserError() | UnicodeDecodeError():
            return InvalidRequest()
    log.error("protocol_failed", exc_info=cause or error)
    return InternalError()


def answer(problem: AuthError, request_id: str, requested: Fields) -> bytes:
    """Head and body. `requested`: the request's fields, as far as they have come. A page that asked may read this."""
    from app.errors import respond
    from app.http.cors import granted_anywhere  # both need the settings, which the application has read by now

    response = respond(problem)
    own = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(response.content)),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
        *granted_anywhere(requested),
    ]
    lines = rendered(own).lines + _DEFAULTS.beside("", own).lines
    return STATUS_LINE[response.status_code] + lines + b"\r\n" + response.content
