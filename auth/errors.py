"""Every way an authentication request can fail.

AuthError
├── InvalidRequest          the request cannot be understood
│   ├── PayloadTooLarge     the body is over the limit
│   ├── UnsupportedMediaType the body is not application/json
│   │   └── UnsupportedCoding  the body is compressed
│   ├── HeadTooLarge        the target and the header fields are over the limit
│   └── RequestTimeout      the body did not arrive in time
│       └── HeadTooSlow     nor did the header fields
├── InvalidCredentials      unknown name, wrong password or disabled account: one answer
├── InsufficientAuthorization  a right password, where this login needs more than that
├── InvalidGrant            a refresh token that buys nothing, whatever the cause (RFC 6749 §5.2)
├── InvalidTicket           a ticket that buys nothing, whatever the cause (RFC 6749 §5.2)
├── InvalidEmailToken       a token from a message that buys nothing, whatever the cause
├── InvalidClient           a service whose id or secret is wrong (RFC 6749 §5.2)
├── InvalidToken            an access token that opens nothing, whatever the cause (RFC 6750 §3.1)
├── MissingToken            no access token was sent (RFC 6750 §3: no error code)
├── InsufficientScope       a good token of an account without the right (RFC 6750 §3.1)
├── ForbiddenOrigin         cookie mode asked for by a page that is not ours
├── InsecureTransport       credentials over http, where https is required
├── WrongPassword           the old password given for a change is not the account's
├── ValidationFailed        a field breaks a rule
├── Conflict                the name or the e-mail is taken: one answer
├── RateLimited             over quota; says when to come back
├── NotFound                no such resource
├── MethodNotAllowed        the resource exists, the method does not
├── RangeNotSatisfiable     the resource exists, the part of it does not
├── ServiceUnavailable      a store or the hashing pool cannot serve now; nothing was decided
└── InternalError           a defect of ours

`code` is stable and public, `status` is the HTTP status; app/errors.py makes the response.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class AuthError(Exception):
    """A failure that the caller may be told of.

    `details` is public too: it must never hold a token, a password or what the caller sent as one.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.text = message or self.message
        self.details = details
        super().__init__(self.text)


class InvalidRequest(AuthError):
    status = 400
    code = "invalid_request"
    message = "The request could not be understood. Check its syntax, headers and host."


class PayloadTooLarge(InvalidRequest):
    status = 413
    code = "payload_too_large"
    message = "The request body is too large. Send a smaller one."


class UnsupportedMediaType(InvalidRequest):
    status = 415
    code = "unsupported_media_type"
    message = "Send the body as JSON, with the header Content-Type: application/json."


class UnsupportedCoding(UnsupportedMediaType):
    status = 415
    message = "Send the body as it is, without Content-Encoding: compressed bodies are not read here."


class RequestTimeout(InvalidRequest):
    status = 408
    code = "request_timeout"
    message = "The request body did not arrive in time. Send it again."


class HeadTooLarge(InvalidRequest):
    status = 431
    code = "header_fields_too_large"
    message = "The address and the header fields are too large or too many. Send fewer, or clear this site's cookies."


class HeadTooSlow(RequestTimeout):
    status = 408
    message = "The header fields did not arrive in time. Send the request again."


class InvalidCredentials(AuthError):
    """`reason`, of at most 32 characters, is for those who keep records; callers are not told."""

    status = 401
    code = "invalid_credentials"
    message = "The username or the password is wrong."

    def __init__(self, reason: str = "refused") -> None:
        self.reason = reason
        super().__init__()


class InsufficientAuthorization(AuthError):
    """A login stage asks for more; `required` names what. Its code is from OAuth 2.0 for First-Party Applications."""

    status = 403
    code = "insufficient_authorization"
    message = "This login needs one more step. details.required names it."

    def __init__(self, required: str) -> None:
        super().__init__(details={"required": required})


class InvalidGrant(AuthError):
    status = 401
    code = "invalid_grant"
    message = "The refresh token is invalid or has expired. Log in again."


class InvalidTicket(AuthError):
    status = 400
    code = "invalid_grant"
    message = "The ticket is invalid or has expired. Have the user ask for another one."


class InvalidEmailToken(AuthError):
    status = 400
    code = "invalid_email_token"
    message = "This token is invalid or has expired. Ask for another message."


class InvalidClient(AuthError):
    status = 401
    code = "invalid_client"
    message = "The client is not known here, or its secret is wrong. Check client_id and client_secret."


class InvalidToken(AuthError):
    status = 401
    code = "invalid_token"
    message = "The access token is invalid or has expired. Refresh it or log in again."


class MissingToken(AuthError):
    status = 401
    code = "invalid_token"
    message = "This call needs an access token: send the header Authorization: Bearer <access_token>."


class InsufficientScope(AuthError):
    status = 403
    code = "insufficient_scope"
    message = "This account may not do this."


class ForbiddenOrigin(AuthError):
    status = 403
    code = "forbidden_origin"
    message = (
        "Cookie mode is for pages of allowed origins. Add yours to CORS_ALLOWED_ORIGINS, or send the token yourself."
    )


class InsecureTransport(AuthError):
    status = 403
    code = "https_required"
    message = "This server takes requests over https only. If you sent a password or token, replace it."


class WrongPassword(AuthError):
    status = 400
    code = "wrong_password"
    message = "The old password is wrong."


class ValidationFailed(AuthError):
    status = 422
    code = "validation_error"
    message = "Some fields are not valid. See details."


class Conflict(AuthError):
    status = 409
    code = "conflict"
    message = "This username or e-mail address cannot be registered. Choose another, or log in."


class NotFound(AuthError):
    status = 404
    code = "not_found"
    message = "There is nothing at this address."


class MethodNotAllowed(AuthError):
    status = 405
    code = "method_not_allowed"
    message = "This address does not take this method. See the Allow header."


class RangeNotSatisfiable(AuthError):
    status = 416
    code = "range_not_satisfiable"
    message = "This part is not there. Content-Range says how long the whole is."


class InternalError(AuthError):
    status = 500
    code = "internal_error"
    message = "Something broke on our side. It has been logged; try again later."


class Delayed(AuthError):
    """A refusal that says when to come back: `retry_after` in seconds, at least 1 (RFC 9110 §10.2.3)."""

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class RateLimited(Delayed):
    """`policy` of `window` seconds refused `subject`; those who keep records go by it, callers are not told."""

    status = 429
    code = "rate_limited"
    message = "Too many requests. Wait as long as Retry-After says, then try again."

    def __init__(
        self, retry_after: float, message: str | None = None, *, policy: str = "", subject: str = "", window: int = 0
    ) -> None:
        super().__init__(retry_after, message)
        self.policy, self.subject, self.window = policy, subject, window


class ServiceUnavailable(Delayed):
    status = 503
    code = "service_unavailable"
    message = "The service cannot answer right now. Wait as long as Retry-After says, then try again."
