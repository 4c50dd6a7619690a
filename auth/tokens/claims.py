"""Claims as types. No claim dictionary leaves this package."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth.tokens.errors import TokenExpired, TokenRefused


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of an access token (RFC 9068 §2.2, plus the session and its generation)."""

    subject: int
    session: str
    token_id: str
    generation: int
    issued_at: int
    expires_at: int
    epoch: int | None = None
    """The session's at issue. Tokens of servers before 0.1.0 have none; nothing here is decided by it."""


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """The claims of a refresh token: one generation of one session."""

    subject: int
    session: str
    generation: int
    expires_at: int


def access_claims(payload: Mapping[str, Any]) -> AccessClaims:
    """Raises TokenRefused when a claim is missing or of another type than we issue."""
    _require_type(payload, "access")
    _text(payload, "client_id")
    return AccessClaims(
        subject=_subject(payload),
        session=_text(payload, "sid"),
        token_id=_text(payload, "jti"),
        generation=_integer(payload, "gen"),
        issued_at=_integer(payload, "iat"),
        expires_at=_integer(payload, "exp"),
        epoch=_integer(payload, "epoch") if "epoch" in payload else None,
    )


def refresh_claims(payload: Mapping[str, Any], *, issuer: str) -> RefreshClaims:
    """Raises TokenRefused when a claim is missing or not what we issue; `issuer` is the audience, too."""
    _require_type(payload, "refresh")
    _text(payload, "jti")
    if payload.get("iss") != issuer or payload.get("aud") != issuer:
        raise TokenRefused("wrong_issuer")
    return RefreshClaims(
        subject=_subject(payload),
        session=_text(payload, "sid"),
        generation=_integer(payload, "gen"),
        expires_at=_integer(payload, "exp"),
    )


def check_times(payload: Mapping[str, Any], *, now: float, leeway: float) -> None:
    """Refuses a token at the second of exp, not after it (RFC 7519 §4.1.4), and one that is not valid yet.

    `leeway` (seconds) tolerates a clock that is ahead on the issuing host (RFC 7519 §4.1.5); it never extends a token's
    lifetime.
    """
    if _integer(payload, "exp") <= now:
        raise TokenExpired
    if _integer(payload, "iat") > now + leeway:
        raise TokenRefused("issued_in_future")
    if "nbf" in payload and _integer(payload, "nbf") > now + leeway:
        raise TokenRefused("not_yet_valid")


def _require_type(payload: Mapping[str, Any], wanted: str) -> None:
    if payload.get("type") != wanted:
        raise TokenRefused("wrong_type")


def _subject(payload: Mapping[str, Any]) -> int:
    subject = _text(payload, "sub")
    if not (subject.isascii() and subject.isdigit() and len(subject) <= 18):
        raise TokenRefused("bad_sub")
    return int(subject)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isascii() or not value.isprintable():
        raise TokenRefused(f"bad_{name}")
    return value


def _integer(payload: Mapping[str, Any], name: str) -> int:
    value = payload.get(name)
    if type(value) is not int or not 0 <= value < 1 << 53:  # bool is an int to isinstance
        raise TokenRefused(f"bad_{name}")
    return value
