"""Verifies Authgate's access tokens offline, and rejects revoked ones in seconds."""

from authgate_verifier.bearer import Refusal, Refused, authorize
from authgate_verifier.claims import Claims
from authgate_verifier.errors import (
    ExpiredToken,
    FeedStale,
    InvalidToken,
    KeysUnavailable,
    RevokedToken,
    Unavailable,
    VerificationError,
)
from authgate_verifier.freshness import Clocks
from authgate_verifier.revocation import Revocation
from authgate_verifier.verifier import Verifier

__all__ = [
    "Claims",
    "Clocks",
    "ExpiredToken",
    "FeedStale",
    "InvalidToken",
    "KeysUnavailable",
    "Refusal",
    "Refused",
    "Revocation",
    "RevokedToken",
    "Unavailable",
    "VerificationError",
    "Verifier",
    "authorize",
]
