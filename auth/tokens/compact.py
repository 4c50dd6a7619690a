"""JWS Compact Serialization, read strictly (RFC 7515 §7.1).

One token has one spelling here. Base64url decoders forgive padding, line breaks and stray low bits;
whoever compares or caches token strings must not.
"""

import base64
import binascii
import json
import re
from typing import Any

from auth.tokens.errors import TokenRefused

MAX_LENGTH = 4096
"""Characters. Our own tokens have about 700; a header line of 8 KiB must still hold one."""

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
