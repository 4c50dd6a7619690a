"""Errors about requests, limits and the server."""

from auth.errors.base import AuthError, Delayed


class InvalidRequest(AuthError):
    """The request is malformed: invalid JSON, a Content-Type that is invalid or has more than 256 bytes, an unknown or
    missing Host, invalid chunks in the body; below `/api/oauth`, a repeated or missing parameter, or a form that
    names another client than the Authorization header.

    Client: correct the request; retrying does not help.
    """

    status = 400
    code = "invalid_request"
    message = "The request could not be understood. Check its syntax, headers and host."


class PayloadTooLarge(InvalidRequest):
    """The body has more than 64 KiB; the connection is closed.

    Client: send less.
    """

    status = 413
    code = "payload_too_large"
    message = "The request body is too large. Send a smaller one."


class UnsupportedMediaType(InvalidRequest):
    """The body is not `application/json` (below `/api/oauth` and `/admin/`: not a form), or it is compressed.

    Client: set the Content-Type header; send the body as it is.
    """

    status = 415
    code = "unsupported_media_type"
    message = "Send the body as JSON, with the header Content-Type: application/json."


class UnsupportedCoding(UnsupportedMediaType):
    """The body is compressed."""

    status = 415
    message = "Compressed request bodies are not supported. Send the body without Content-Encoding."


class RequestTimeout(InvalidRequest):
    """The header fields, or the body, did not arrive within 10 seconds each; the connection is closed.

    Client: retry.
    """

    status = 408
    code = "request_timeout"
    message = "The request body did not arrive in time. Send it again."


class HeadTooLarge(InvalidRequest):
    """The address and the header fields exceed 16 KiB or 100 fields, or the trailers do, or the framing of a chunked
    body exceeds about the same; the connection is closed.

    Client: send fewer; clear the cookies of this host.
    """

    status = 431
    code = "header_fields_too_large"
    message = "The address and the header fields are too large or too many. Send fewer, or clear this site's cookies."


class HeadTooSlow(RequestTimeout):
    """The header fields did not arrive in time."""

    status = 408
    message = "The header fields did not arrive in time. Send the request again."


class InsecureTransport(AuthError):
    """The call used http, but https is required; nothing was read.

    Client: use https; if a password or token was sent, replace it.
    """

    status = 403
    code = "https_required"
    message = "HTTPS is required. If you sent a password or token, replace it: it was not encrypted."


class ValidationFailed(AuthError):
    """A field breaks a rule, or the body is not an object (`field` is `body` then); `details.fields` lists `field`,
    `code` and `message` of each.

    Client: show the messages at their fields.
    """

    status = 422
    code = "validation_error"
    message = "Some fields are invalid. See details."


class NotFound(AuthError):
    """There is nothing at this address; or the session to end is not yours, or has already ended.

    Client: correct the address.
    """

    status = 404
    code = "not_found"
    message = "Not found."


class MethodNotAllowed(AuthError):
    """The address exists, but does not support the method.

    Client: use a method of the Allow header.
    """

    status = 405
    code = "method_not_allowed"
    message = "Method not allowed. See the Allow header."


class RangeNotSatisfiable(AuthError):
    """The file does not have the requested range.

    Client: request a range within the length in Content-Range, or the whole file.
    """

    status = 416
    code = "range_not_satisfiable"
    message = "Range not satisfiable. Content-Range gives the length of the whole."


class InternalError(AuthError):
    """A defect of the server; the log has it under the request's X-Request-ID.

    Client: try again later, and report the request id.
    """

    status = 500
    code = "internal_error"
    message = "Internal error. It has been logged; try again later."


class RateLimited(Delayed):
    """A limit is reached; retrying earlier does not extend the wait.

    Client: wait for the seconds in Retry-After.

    Internal: `policy` of `window` seconds refused `subject`; this is for the records, and not sent to callers.
    """

    status = 429
    code = "rate_limited"
    message = "Too many requests. Try again after the time in Retry-After."

    def __init__(
        self, retry_after: float, message: str | None = None, *, policy: str = "", subject: str = "", window: int = 0
    ) -> None:
        super().__init__(retry_after, message)
        self.policy, self.subject, self.window = policy, subject, window


class ServiceUnavailable(Delayed):
    """The database is unavailable, or too many logins, messages or large bodies are in progress; nothing was decided
    about the token.

    Client: keep the tokens, wait for the seconds in Retry-After, and repeat the call.
    """

    status = 503
    code = "service_unavailable"
    message = "The service is temporarily unavailable. Try again after the time in Retry-After."
