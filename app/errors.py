"""The only place where an error becomes a response."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpResponse
from ninja.errors import HttpError
from ninja.errors import ValidationError as NinjaValidationError
from psycopg.errors import UndefinedColumn, UndefinedTable

from auth import errors
from auth.http.responses import JSONResponse


class RouteError(errors.AuthError):
    """A refusal by one of the deployment's own routes with Ninja's HttpError: its status and message."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status  # type: ignore[misc]  # of the answer, not of a class of errors
        self.code = HTTPStatus(status).name.lower()  # type: ignore[misc]
        super().__init__(message)


log = structlog.get_logger("authgate.errors")

_OF_STATUS = {
    400: errors.InvalidRequest,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    416: errors.RangeNotSatisfiable,
}
_RETRY_AFTER = 1.0
NO_OBJECT = {"field": "body", "code": "object_type", "message": "Input should be an object"}
HANDLED = (errors.AuthError, OperationalError, InterfaceError)
"""Errors with a response of their own wherever they are raised: refusals, and outages of the database."""


def respond(error: errors.AuthError) -> HttpResponse:
    """The error response of the contract: {"error", "message", "details"} as JSON."""
    body = {"error": error.code, "message": error.text, "details": error.details}
    response = JSONResponse(orjson.dumps(body), status=error.status)
    for name, value in _headers(error):
        response[name] = value
    return response


def known(exception: Exception) -> errors.AuthError:
    """The AuthError for any exception. An unexpected one is logged with its traceback."""
    match exception:
        case errors.AuthError():
            return exception
        case HttpError(__cause__=errors.AuthError() as cause):
            return cause  # Ninja wraps what a parser raises
        case NinjaValidationError():
            return errors.ValidationFailed(details={"fields": [_field(problem) for problem in exception.errors]})
        case HttpError(status_code=503):
            return errors.ServiceUnavailable(_RETRY_AFTER)
        case HttpError(status_code=status) if status in _OF_STATUS or status >= 500:
            return of_status(status)
        case HttpError(status_code=status):
            return RouteError(status, str(exception))
        case OperationalError() | InterfaceError() | ProgrammingError(__cause__=UndefinedTable() | UndefinedColumn()):
            log.warning("database_unavailable", cause=type(exception.__cause__ or exception).__name__)
            return errors.ServiceUnavailable(_RETRY_AFTER)
        case Http404():
            return errors.NotFound()
        case SuspiciousOperation() | BadRequest():  # as of a Content-Type that cannot be read
            return errors.InvalidRequest()
    log.error("unhandled_exception", exc_info=exception)
    return errors.InternalError()


def of_status(status: int) -> errors.AuthError:
    """The AuthError for a bare status that Django or Ninja returned."""
    return _OF_STATUS.get(status, errors.InvalidRequest if status < 500 else errors.InternalError)()


def _headers(error: errors.AuthError) -> list[tuple[str, str]]:
    if isinstance(error, errors.Delayed):
        return [("Retry-After", str(error.wait))]
    if isinstance(error, errors.UnsupportedCoding):
        return [("Accept-Encoding", "identity")]  # RFC 9110 §15.5.16
    challenge = error.www_authenticate or (errors.BEARER if error.status == 401 else None)
    return [("WWW-Authenticate", challenge)] if challenge else []


def _field(problem: dict[str, Any]) -> dict[str, str]:
    """Where and what, never the value: it may be a password."""
    source, *steps = problem["loc"]
    if problem["type"] in ("model_type", "model_attributes_type") and len(steps) == 1:
        return NO_OBJECT
    path = [str(step) for step in (steps[1:] if source == "body" else steps)] or [str(source)]
    return {"field": ".".join(path), "code": problem["type"], "message": problem["msg"].removeprefix("Value error, ")}
