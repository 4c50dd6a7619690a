"""Claims of an access token (RFC 9068 §2.2, and Authgate's own), as a type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authgate_verifier.errors import ExpiredToken, InvalidToken

LEEWAY = 30
"""Seconds that the issuer's clock may be ahead of ours (RFC 7519 §4.1.5). It never lengthens a token's life."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Times are Unix seconds."""

    subject: str
    user_id: int
    session: str
    token_id: str
    username: str
    is_staff: bool
    is_superuser: bool
    issued_at: int
    expires_at: int
    epoch: int | None
    """The session's at issue; None in tokens of servers before 0.1.0."""
    version: int | None
    """The account's when its rights were read; None in tokens of servers before 0.1.0."""
    generation: int
    raw: Mapping[str, Any] = field(repr=False, compare=False)
    """Every claim as it was signed. Rights that were taken away since are still true in here."""


def access_claims(raw: Mapping[str, Any], *, issuer: str, audience: str) -> Claims:
    """Raises InvalidToken when a claim is missing, of another type than Authgate issues, or not for us."""
    if raw.get("type") != "access":
        raise InvalidToken("wrong_type")
    if raw.get("iss") != issuer:
        raise InvalidToken("wrong_iss")
    if raw.get("aud") != audience:
        raise InvalidToken("wrong_aud")
    _text(raw, "client_id")
    return claims_from(raw)


def claims_from(raw: Mapping[str, Any]) -> Claims:
    """Those of an answer of the server itself, whoever they are for. Raises InvalidToken."""
    subject = _subject(raw)
    return Claims(
        subject=subject,
        user_id=int(subject),
        session=_text(raw, "sid"),
        token_id=_text(raw, "jti"),
        username=raw["username"] if isinstance(raw.get("username"), str) else "",
        is_staff=raw.get("is_staff") is True,
        is_superuser=raw.get("is_superuser") is True,
        issued_at=_integer(raw, "iat"),
        expires_at=_integer(raw, "exp"),
        epoch=_integer(raw, "epoch") if "epoch" in raw else None,
        version=_integer(raw, "version") if "version" in raw else None,
        generation=_integer(raw, "gen"),
        raw=raw,
    )


def check_times(claims: Claims, now: float) -> None:
    """Refuses at the second of exp, not after it (RFC 7519 §4.1.4). Raises InvalidToken."""
    if claims.expires_at <= now:
        raise ExpiredToken
    if claims.issued_at > now + LEEWAY:
        raise InvalidToken("issued_in_future")
    if "nbf" in claims.raw and _integer(claims.raw, "nbf") > now + LEEWAY:
        raise InvalidToken("not_yet_valid")


def _subject(raw: Mapping[str, Any]) -> str:
    subject = _text(raw, "sub")
    if not (subject.isdigit() and len(subject) <= 18):
        raise InvalidToken("bad_sub")
    return subject


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isascii() or not value.isprintable():
        raise InvalidToken(f"bad_{name}")
    return value


def _integer(raw: Mapping[str, Any], name: str) -> int:
    value = raw.get(name)
    if type(value) is not int or not 0 <= value < 1 << 53:  # bool is an int to isinstance
        raise InvalidToken(f"bad_{name}")
    return value
