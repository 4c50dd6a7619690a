"""Refresh tokens: JWTs that are a function of (session, generation).

A retry of the same rotation yields the same successor, byte for byte: HMAC is deterministic, and every claim
comes from the session row. The key never leaves the server, so no other party can verify or make one. That is why they
are signed with the standard library: PyJWT, which reads and makes access tokens, prepares a key anew for each token and
looks at each character by itself (docs/decisions/0032).
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auth.tokens import compact
from auth.tokens.claims import RefreshClaims, check_times, refresh_claims
from auth.tokens.errors import TokenRefused

TYP = "rt+jwt"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class RefreshKey:
    """A server-only HMAC key derived from a secret; `kid` tells nothing about it."""

    kid: str
    secret: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes) -> "RefreshKey":
        """HKDF-Expand of RFC 5869 §2.3 with one block: the input secret is already uniform."""
        key = hmac.digest(secret, b"authgate refresh token key\x01", "sha256")
        kid = compact.base64url(hmac.digest(key, b"kid", "sha256")[:9])
        return cls(kid, key)


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Issues and verifies refresh tokens. The first of `keys` signs, all verify."""

    keys: Sequence[RefreshKey] = field(repr=False)
    issuer: str
    idle_lifetime: timedelta
    leeway: timedelta
    clock: Callable[[], float]

    def issue(self, *, subject: int, session: str, generation: int, rotated_at: datetime, ends_at: datetime) -> str:
        """The token of this generation: the same arguments return the same text.

        It is valid until the session has been idle too long or reaches its maximum age.
        """
        key = self.keys[0]
        issued_at = int(rotated_at.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": str(subject),
            "user_id": subject,
            "sid": session,
            "gen": generation,
            "jti": _token_id(key, session, generation),
            "iat": issued_at,
            "exp": min(issued_at + int(self.idle_lifetime.total_seconds()), int(ends_at.timestamp())),
            "type": "refresh",
        }
        return compact.hs256({"alg": _ALGORITHM, "kid": key.kid, "typ": TYP}, claims, key.secret)

    def verify(self, raw: str) -> RefreshClaims:
        """The claims of a refresh token that we signed and that has not expired. Raises TokenRefused."""
        parts = compact.split(raw)
        header = parts.header
        if header.keys() != {"alg", "typ", "kid"} or header["typ"] != TYP or header["alg"] != _ALGORITHM:
            raise TokenRefused("unexpected_header")
        payload = compact.hs256_claims(parts, self._key(header["kid"]).secret)
        claims = refresh_claims(payload, issuer=self.issuer)
        check_times(payload, now=self.clock(), leeway=self.leeway.total_seconds())
        return claims

    def _key(self, kid: object) -> RefreshKey:
        for key in self.keys:
            if key.kid == kid:
                return key
        raise TokenRefused("unknown_kid")


def _token_id(key: RefreshKey, session: str, generation: int) -> str:
    digest = hmac.digest(key.secret, f"{session}:{generation}".encode(), "sha256")[:16]
    return compact.base64url(digest)
