"""The JWK Set as it is served (RFC 7517 §5): text, entity tag, lifetime."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from auth.tokens.keys import KeySet

CACHE_LIFETIME = timedelta(minutes=5)
"""A new key is published this long before it signs."""


@dataclass(frozen=True, slots=True)
class Document:
    text: bytes
    etag: str
    """Strong, quoted (RFC 9110 §8.8.3)."""


@lru_cache(maxsize=2)
def document(ring: KeySet) -> Document:
    text = json.dumps(ring.jwk_set(), separators=(",", ":"), sort_keys=True).encode()
    return Document(text, f'"{hashlib.sha256(text).hexdigest()[:32]}"')
