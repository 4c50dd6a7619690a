"""Bearer tokens of HTTP requests, and the error responses of RFC 6750 §3."""

import re
from dataclasses import dataclass
from typing import Any

from authgate_verifier.claims import Claims
from authgate_verifier.errors import InvalidToken, Unavailable
from authgate_verifier.verifier import Verifier

_BEARER = re.compile(r"Bearer +([^\s,]+) *", re.ASCII | re.IGNORECASE)
_CHALLENGE = 'Bearer realm="api"'  # RFC 6750 §3; the whole service is one protected space


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to answer: `body` as JSON."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


class Refused(Exception):
    """The request must not pass. It is to be answered as `refusal` says."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.body["message"])
        self.refusal = refusal


def authorize(verifier: Verifier, authorization: str | None, *, staff: bool = False) -> Claims:
    """The claims of the token in the header field Authorization; `staff`: of a member of staff. Raises Refused."""
    if authorization is None:
        raise Refused(_MISSING)
    match = _BEARER.fullmatch(authorization)
    try:
        claims = verifier.verify(match[1]) if match else None
    except InvalidToken:
        claims = None
    except Unavailable as error:
        raise Refused(_UNAVAILABLE) from error
    if claims is None:
        raise Refused(_INVALID)
    if staff and not claims.is_staff:
        raise Refused(_FORBIDDEN)
    return claims


def _refusal(status: int, error: str, message: str, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, named | {"Cache-Control": "no-store"}, {"error": error, "message": message, "details": None})


_MISSING = _refusal(401, "invalid_token", "An access token is needed.", WWW_Authenticate=_CHALLENGE)
_INVALID = _refusal(
    401,
    "invalid_token",
    "The access token is invalid or has expired.",
    WWW_Authenticate=f'{_CHALLENGE}, error="invalid_token"',
)
_FORBIDDEN = _refusal(
    403,
    "insufficient_scope",
    "This account lacks the right.",
    WWW_Authenticate=f'{_CHALLENGE}, error="insufficient_scope"',
)
_UNAVAILABLE = _refusal(
    503,
    "service_unavailable",
    "The token cannot be judged at the moment. Keep it, and try again.",
    Retry_After=str(Unavailable.retry_after),
)
