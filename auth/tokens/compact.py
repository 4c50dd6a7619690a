"""JWS Compact Serialization, read strictly (RFC 7515 §7.1).

A token has exactly one valid encoding here. Base64url decoders ignore padding, line breaks and stray low bits; code
that compares or caches token strings must not.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt

from auth.tokens.errors import TokenRefused

MAX_LENGTH = 4096
"""Characters. Our tokens have about 700; a token must fit into a header line of 8 KiB."""

_as_json = json.JSONEncoder(separators=(",", ":")).encode
"""As json.dumps, which makes an encoder for each call."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class Parts(NamedTuple):
    """What a compact token consists of; nothing of it is verified."""

    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes
    """The JWS Signing Input (RFC 7515 §5.1)."""


def split(raw: str) -> Parts:
    """The parts of a well-formed compact token.

    Raises TokenRefused for anything that is not exactly three canonical base64url parts, the first a JSON object.
    """
    if len(raw) > MAX_LENGTH:
        raise TokenRefused("too_long")
    if not _COMPACT.fullmatch(raw):
        raise TokenRefused("not_compact")
    header, payload, signature = (_decode(part) for part in raw.split("."))
    return Parts(_json_object(header, "header"), payload, signature, raw[: raw.rindex(".")].encode())


def header(raw: str) -> dict[str, Any]:
    """The JOSE header of a well-formed compact token. Raises TokenRefused as `split`."""
    return split(raw).header


def hs256(header: Mapping[str, Any], claims: Mapping[str, Any], key: bytes) -> str:
    """A JWT signed with HMAC SHA-256 (RFC 7515 §3.1, RFC 7518 §3.2): the same arguments return the same text."""
    signed = ".".join(base64url(_as_json(part).encode()) for part in (header, claims))
    return f"{signed}.{base64url(hmac.digest(key, signed.encode(), 'sha256'))}"


def hs256_claims(parts: Parts, key: bytes) -> dict[str, Any]:
    """The claims of a JWT that `hs256` made with this key. Raises TokenRefused."""
    if not hmac.compare_digest(hmac.digest(key, parts.signed, "sha256"), parts.signature):
        raise TokenRefused("bad_signature")
    return _json_object(parts.payload, "payload")


def payload(raw: str, key: Any, *, algorithm: str, required: list[str], audience: str, issuer: str) -> dict[str, Any]:
    """The claims of a token with a valid signature, issuer and audience. Raises TokenRefused.

    Its times are left to check_times, which uses the clock that we were given.
    """
    checks: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "strict_aud": True}
    options: Any = {"require": required, **checks}
    try:
        return jwt.decode(raw, key, [algorithm], options, audience=audience, issuer=issuer)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from error


def base64url(value: bytes) -> str:
    """Without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenRefused("not_base64url") from error
    if base64url(decoded) != part:
        raise TokenRefused("not_canonical")
    return decoded


def _json_object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TokenRefused(f"{what}_not_json") from error
    if not isinstance(value, dict):
        raise TokenRefused(f"{what}_not_object")
    return value
