"""Response header fields that do not depend on the handler (pure)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.http.response import HttpResponseBase

from auth.core.policies import Quota, Usage

Fields = list[tuple[bytes, bytes]]

_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_OWN = (
    b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    b"base-uri 'none'; form-action 'self'; object-src 'none'"
)
_PAGES = ("/admin/", "/api/docs", "/static/")
_NAMES = frozenset(
    {
        b"x-content-type-options",
        b"x-frame-options",
        b"cross-origin-opener-policy",
        b"cross-origin-resource-policy",
        b"strict-transport-security",
        b"referrer-policy",
        b"content-security-policy",
        b"vary",
    }
)


@dataclass(frozen=True, slots=True)
class DefaultHeaders:
    """What every answer carries, made once. Pages may load their own files; the API's answers may load nothing."""

    page: Fields
    api: Fields

    @classmethod
    def make(cls, *, hsts: bytes) -> "DefaultHeaders":
        # Under no-referrer a browser posts forms with "Origin: null", which Django's CSRF check refuses.
        page = [(b"referrer-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin")]
        api = [(b"referrer-policy", b"no-referrer"), (b"cross-origin-resource-policy", b"cross-origin")]
        common = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if hsts:
            common.append((b"strict-transport-security", hsts))
        return cls(
            page=[*common, *page, (b"content-security-policy", _OWN)],
            api=[*common, *api, (b"content-security-policy", _NOTHING), (b"vary", b"origin")],
        )

    def complete(self, path: str, own: Fields) -> Fields:
        """The handler's fields and those of ours that it has not set itself. Without a word on caching: no-store."""
        defaults = self.page if path.startswith(_PAGES) else self.api
        named = {name.lower() for name, _ in own}
        if not named.isdisjoint(_NAMES):
            defaults = [field for field in defaults if field[0] not in named]
        if b"cache-control" in named:
            return own + defaults
        return [*own, *defaults, (b"cache-control", b"no-store")]


def of_response(response: HttpResponseBase) -> Fields:
    """Those of a response of Django's, without cookies."""
    return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]


def rate_limit(usages: Iterable[Usage]) -> Fields:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10 §3, §4), as lists of items."""
    states, policies = [], []
    for usage in usages:
        states.append(f'"{usage.policy}";r={usage.remaining};t={max(0, math.ceil(usage.reset))}')
        policies.append(_policy(usage.policy, usage.quota))
    if not states:
        return []
    return [(b"ratelimit", ", ".join(states).encode()), (b"ratelimit-policy", ", ".join(policies).encode())]


@cache
def _policy(name: str, quota: Quota) -> str:
    return f'"{name}";q={quota.limit};w={quota.window}'
