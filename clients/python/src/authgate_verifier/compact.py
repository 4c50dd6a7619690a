"""JWS Compact Serialization, read strictly (RFC 7515 §7.1)."""

import base64
import binascii
import json
import re
from typing import Any, NamedTuple, NoReturn

from authgate_verifier.errors import InvalidToken

MAX_LENGTH = 8192
"""Characters. Authgate issues at most half of it."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class CompactToken(NamedTuple):
    header: dict[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes


def read(token: str) -> CompactToken:
    """Raises InvalidToken for anything but three canonical base64url parts, the first of them a JSON object."""
    if not isinstance(token, str):
        raise InvalidToken("not_text")
    if len(token) > MAX_LENGTH:
        raise InvalidToken("too_long")
    if not _COMPACT.fullmatch(token):
        raise InvalidToken("not_compact")
    header, payload, signature = map(_decode, token.split("."))
    return CompactToken(json_object(header, "header"), payload, token.rpartition(".")[0].encode(), signature)


def json_object(text: bytes, part: str) -> dict[str, Any]:
    """A repeated member is refused (RFC 7515 §4, RFC 7519 §4). Raises InvalidToken."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise InvalidToken(f"{part}_repeats_member")
        return found

    try:
        value = json.loads(text.decode(), object_pairs_hook=members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidToken(f"{part}_not_json") from None  # the cause would quote the token
    if not isinstance(value, dict):
        raise InvalidToken(f"{part}_not_object")
    return value


def _decode(part: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise InvalidToken("not_canonical") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode():
        raise InvalidToken("not_canonical")  # stray low bits
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
