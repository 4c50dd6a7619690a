"""A cache of verified access tokens: each signature is checked once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from auth.tokens.access import AccessTokens
from auth.tokens.claims import AccessClaims
from auth.tokens.errors import TokenExpired
from auth.tokens.keys import KeySet


@dataclass(slots=True)
class VerifiedTokenCache:
    """`verify` of AccessTokens, with a memory of `size` tokens, oldest forgotten first.

    The whole token is the key, so another spelling of it is another token. Expiry is checked each time. A change of the
    key ring empties the memory: a removed key's tokens are refused at once.
    """

    tokens: AccessTokens
    size: int
    clock: Callable[[], float]
    _ring: KeySet | None = field(default=None, repr=False)
    _known: OrderedDict[str, AccessClaims] = field(default_factory=OrderedDict, repr=False)

    def verify(self, raw: str) -> AccessClaims:
        """Raises TokenRefused; TokenExpired when time is the only fault."""
        ring = self.tokens.keys()
        if ring is not self._ring:
            self._ring = ring
            self._known.clear()
        claims = self._known.get(raw)
        if claims is None:
            return self._put(raw, self.tokens.verify(raw))
        if claims.expires_at <= self.clock():
            del self._known[raw]
            raise TokenExpired
        return claims

    def _put(self, raw: str, claims: AccessClaims) -> AccessClaims:
        if len(self._known) >= self.size > 0:
            self._known.popitem(last=False)
        if self.size:
            self._known[raw] = claims
        return claims
