"""Response header fields that do not depend on the handler (pure)."""

import math
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from django.http.response import HttpResponseBase

from app.http.asgi_types import Fields
from app.http.whole_response import Rendered, rendered
from auth.core.policies import Usage

_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_OWN = (
    b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    b"base-uri 'none'; form-action 'self'; object-src 'none'"
)
_PAGES = ("/admin/", "/api/docs", "/static/")


class DefaultHeaders:
    """What every answer carries. Pages may load their own files; the API's answers may load nothing.

    `hsts` is the value of Strict-Transport-Security, or empty.
    """

    def __init__(self, *, hsts: bytes) -> None:
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
        self._page = _memoised([*common, *page, (b"content-security-policy", _OWN)])
        self._api = _memoised([*common, *api, (b"content-security-policy", _NOTHING), (b"vary", b"origin")])

    def beside(self, path: str, own: Fields) -> Rendered:
        """Those that the handler has not set itself. Without a word on caching: no-store."""
        names = tuple([name for name, _ in own])
        return self._page(names) if path.startswith(_PAGES) else self._api(names)


def _memoised(defaults: Fields) -> Callable[[tuple[bytes, ...]], Rendered]:
    """Few sets of names are set by handlers."""

    @lru_cache(maxsize=512)
    def beside(names: tuple[bytes, ...]) -> Rendered:
        named = {name.lower() for name in names}
        fields = [field for field in defaults if field[0] not in named]
        return rendered(fields if b"cache-control" in named else [*fields, (b"cache-control", b"no-store")])

    return beside


def of_response(response: HttpResponseBase) -> Fields:
    """Those of a response of Django's, without cookies."""
    return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]


def rate_limit(usages: Iterable[Usage]) -> Fields:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10 §3, §4), as lists of items."""
    states, policies = [], []
    for usage in usages:
        states.append(f'"{usage.policy}";r={usage.remaining};t={max(0, math.ceil(usage.reset))}')
        policies.append(_policy(usage.policy, usage.quota.limit, usage.quota.window))
    if not states:
        return []
    return [(b"ratelimit", ", ".join(states).encode()), (b"ratelimit-policy", ", ".join(policies).encode())]


@cache
def _policy(name: str, limit: int, window: int) -> str:
    return f'"{name}";q={limit};w={window}'
