"""JWS Compact Serialization, read strictly (RFC 7515 §7.1).

A token has exactly one valid encoding here. Base64url decoders ignore padding, line breaks and stray low bits; code
that compares or caches token strings must not.
"""

import base64
import binascii
import json
import re
from typing import Any

import jwt

from auth.tokens.errors import TokenRefused

MAX_LENGTH = 4096
"""Characters. Our tokens have about 700; a token must fit into a header line of 8 KiB."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


def header(raw: str) -> dict[str, Any]:
    """The JOSE header of a well-formed compact token.

    Raises TokenRefused for anything that is not exactly three canonical base64url parts.
    """
    if len(raw) > MAX_LENGTH:
        raise TokenRefused("too_long")
    if not _COMPACT.fullmatch(raw):
        raise TokenRefused("not_compact")
    parts = [_decode(part) for part in raw.split(".")]
    return _json_object(parts[0])


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


def _decode(part: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenRefused("not_base64url") from error
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode():
        raise TokenRefused("not_canonical")
    return decoded


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TokenRefused("header_not_json") from error
    if not isinstance(value, dict):
        raise TokenRefused("header_not_object")
    return value
