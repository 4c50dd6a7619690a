"""Close codes of sockets: applications use 4000 and above (RFC 6455 §7.4.2)."""

from typing import NamedTuple

from authgate_verifier.errors import InvalidToken, RevokedToken, VerificationError


class Close(NamedTuple):
    code: int
    reason: str


UNAUTHORIZED = Close(4401, "invalid_token")
"""No token or ticket came in time, or none that is good."""
REVOKED = Close(4403, "revoked")
"""The session, the token or the account was ended."""
EXPIRED = Close(4408, "expired")
"""The token expired, and no new one was sent."""
UNAVAILABLE = Close(1013, "unavailable")
"""Nothing can be decided at the moment (IANA's registry of close codes: Try Again Later)."""
NORMAL = Close(1000, "")
DENIED = Close(1008, "denied")
"""The application behind `SocketKit.guard` answered by HTTP (RFC 6455 §7.4.1: violates its policy)."""
FAILED = Close(1011, "")
"""The application raised an error (RFC 6455 §7.4.1)."""


def sendable(how: Close) -> Close:
    """For servers that let applications use their own codes alone (autobahn, below Daphne): 1013 becomes 4013."""
    return how._replace(code=how.code + 3000) if NORMAL.code < how.code < 3000 else how


def close_for(error: VerificationError) -> Close:
    """What a refused token or ticket means for the socket that it came on."""
    if isinstance(error, RevokedToken):
        return REVOKED
    return UNAUTHORIZED if isinstance(error, InvalidToken) else UNAVAILABLE
