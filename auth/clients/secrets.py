"""Secrets of service clients (pure): random and long, so a plain hash is enough."""

import hashlib
import hmac
import re
from collections.abc import Callable

_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """256 bits from `random_bytes`, such as secrets.token_bytes."""
    return f"ags_{random_bytes(32).hex()}"


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, secret_hash: str) -> bool:
    return hmac.compare_digest(hash_secret(secret), secret_hash)


def check_client_id(client_id: str) -> str:
    """Returns the id. Raises ValueError with the allowed form."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise ValueError(f"{client_id!r} is not a client id: use up to 64 letters, digits and . _ -")
    return client_id


def parse_pairs(items: list[str]) -> dict[str, str]:
    """`id:hash` pairs of SERVICE_CLIENTS. Raises ValueError, which does not repeat what may be a secret."""
    pairs = dict(item.split(":", 1) for item in items if ":" in item)
    well_formed = all(_CLIENT_ID.fullmatch(name) and _HASH.fullmatch(found) for name, found in pairs.items())
    if len(pairs) != len(items) or not well_formed:
        raise ValueError(
            "expected id:hash pairs, each id once and of up to 64 letters, digits and . _ -,"
            " where hash is the SHA-256 of the client's secret in hex"
        )
    return pairs
