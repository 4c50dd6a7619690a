"""Response header fields that do not depend on the handler (pure)."""

import math
from collections.abc import Iterable

from auth.policies import Usage

Fields = list[tuple[bytes, bytes]]

_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_OWN = (
    b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    b"base-uri 'none'; form-action 'self'; object-src 'none'"
)
_PAGES = ("/admin/", "/api/docs", "/static/")


def security(path: str, *, hsts: bytes) -> Fields:
    """What every answer carries; pages may load their own files, the API's answers nothing at all."""
    is_page = path.startswith(_PAGES)
    fields = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        # Under no-referrer a browser posts forms with "Origin: null", which Django's CSRF check refuses.
        (b"referrer-policy", b"same-origin" if is_page else b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin" if is_page else b"cross-origin"),
        (b"content-security-policy", _OWN if is_page else _NOTHING),
    ]
    return [*fields, (b"strict-transport-security", hsts)] if hsts else fields


def rate_limit(usages: Iterable[Usage]) -> Fields:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10 §3, §4), as lists of items."""
    states, policies = [], []
    for usage in usages:
        states.append(f'"{usage.policy}";r={usage.remaining};t={max(0, math.ceil(usage.reset))}')
        policies.append(f'"{usage.policy}";q={usage.quota.limit};w={usage.quota.window}')
    if not states:
        return []
    return [(b"ratelimit", ", ".join(states).encode()), (b"ratelimit-policy", ", ".join(policies).encode())]
