"""Errors about requests, and temporary failures of the server."""

from auth.errors.base import AuthError, Delayed


class InvalidRequest(AuthError):
    """The request cannot be understood: broken JSON, a Content-Type that cannot be read or has more than 256 bytes, an
    unserved or missing Host, a body whose chunks cannot be read, below `/api/oauth` a repeated or missing
    parameter, or a form that names another client than the Authorization header.

    Client: mend the request; sending it again does not help.
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

    Client: send it again.
    """

    status = 408
    code = "request_timeout"
    message = "The request body did not arrive in time. Send it again."


class HeadTooLarge(InvalidRequest):
    """The address and the header fields have more than 16 KiB, or there are more than 100 fields; the same of
    trailers, and about the same of what else comes with a chunked body and is none; the connection is closed.

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
    """The call came over http, where https is required; nothing was read.

    Client: use https, and replace the password or token if one was sent.
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
    """There is nothing at this address, or the session to end is not yours or is over.

    Client: mend the address.
    """

    status = 404
    code = "not_found"
    message = "Not found."


class MethodNotAllowed(AuthError):
    """The address exists, the method does not.

    Client: use a method of the Allow header.
    """

    status = 405
    code = "method_not_allowed"
    message = "Method not allowed. See the Allow header."


class RangeNotSatisfiable(AuthError):
    """A file has no such part.

    Client: ask for a part within what Content-Range says, or for the whole.
    """

    status = 416
    code = "range_not_satisfiable"
    message = "Range not satisfiable. Content-Range gives the length of the whole."


class InternalError(AuthError):
    """A defect of the server; it is in the log under the request's X-Request-ID.

    Client: try again later, and report the request id.
    """

    status = 500
    code = "internal_error"
    message = "Internal error. It has been logged; try again later."


class RateLimited(Delayed):
    """A limit is reached; asking earlier does not lengthen the wait.

    Client: wait as many seconds as Retry-After says.

    Inside: `policy` of `window` seconds refused `subject`; those who keep records go by it, callers are not told.
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
    """The database cannot answer, too many logins or messages are waiting, or too many large bodies are under way;
    nothing was decided about the token.

    Client: keep the tokens, wait as Retry-After says, and repeat the call.
    """

    status = 503
    code = "service_unavailable"
    message = "The service is temporarily unavailable. Try again after the time in Retry-After."
