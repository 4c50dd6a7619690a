"""Errors of verification.

VerificationError
├── InvalidToken          the token must not be accepted: answer 401
│   ├── ExpiredToken      time is its only fault
│   └── RevokedToken      it, its session, or all sessions of its account were ended
└── Unavailable           nothing was decided about the token: answer 503 with Retry-After, never 401
    ├── FeedStale         recent revocations are not known
    └── KeysUnavailable   the public keys could not be fetched

No message holds any part of a token.
"""

from typing import ClassVar


class VerificationError(Exception):
    """Why a token was not accepted. Decide by the class, or by `code`."""

    code: ClassVar[str]


class InvalidToken(VerificationError):
    """`reason` is a short stable word for logs."""

    code = "invalid_token"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The access token is invalid: {reason}.")
        self.reason = reason


class ExpiredToken(InvalidToken):
    """RFC 7519 §4.1.4."""

    def __init__(self) -> None:
        super().__init__("expired")


class RevokedToken(InvalidToken):
    def __init__(self) -> None:
        super().__init__("revoked")


class Unavailable(VerificationError):
    code = "unavailable"

    retry_after: ClassVar[int] = 1
    """Seconds after which asking again makes sense."""


class FeedStale(Unavailable):
    pass


class KeysUnavailable(Unavailable):
    pass
