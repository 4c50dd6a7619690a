"""Access tokens: the JWT profile of RFC 9068."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt

from auth.tokens import compact
from auth.tokens.claims import AccessClaims, access_claims, check_times
from auth.tokens.errors import TokenRefused
from auth.tokens.keys import KeySet, SigningKey

TYP = "at+jwt"
"""RFC 9068 §2.1: explicit typing, so that no other JWT of this issuer passes for an access token."""

JITTER = 0.05

_REQUIRED = ["iss", "aud", "sub", "exp", "iat", "jti", "sid", "client_id", "type", "gen"]
_HEADER = {"alg", "typ", "kid"}


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Issues and verifies access tokens of one issuer for one audience.

    `clock` returns Unix seconds; `token_ids` a new unguessable id; `keys` the current key set.
    """

    keys: Callable[[], KeySet] = field(repr=False)
    issuer: str
    audience: str
    client_id: str
    lifetime: timedelta
    leeway: timedelta
    clock: Callable[[], float]
    token_ids: Callable[[], str]
    jitter: Callable[[], float]
    """A random share in [0, 1) of JITTER that a token's life is cut by, so that clients never align."""

    def issue(
        self,
        *,
        subject: int,
        session: str,
        generation: int,
        epoch: int,
        version: int,
        ends_at: int,
        extra: Mapping[str, Any],
    ) -> tuple[str, int]:
        """A signed token and its life in seconds, which never outlasts the session (`ends_at`, Unix seconds).

        `extra` claims are added; reserved names win.
        """
        now = int(self.clock())
        lifetime = self.lifetime.total_seconds() * (1 - JITTER * self.jitter())
        expires_at = min(now + int(lifetime), ends_at)
        claims = {
            **{name: value for name, value in extra.items() if name != "nbf"},  # ours are valid immediately
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(subject),
            "client_id": self.client_id,
            "sid": session,
            "jti": self.token_ids(),
            "iat": now,
            "exp": expires_at,
            "gen": generation,
            "epoch": epoch,
            "version": version,
            "type": "access",
        }
        return self._sign(claims), expires_at - now

    def verify(self, raw: str) -> AccessClaims:
        """The claims of a token that we signed, for us, in force now.

        Raises TokenRefused; TokenExpired when time is the only fault.
        """
        header = compact.header(raw)
        key = self._key(header)
        payload = compact.payload(
            raw, key.public, algorithm=key.algorithm, required=_REQUIRED, audience=self.audience, issuer=self.issuer
        )
        claims = access_claims(payload)
        check_times(payload, now=self.clock(), leeway=self.leeway.total_seconds())
        return claims

    def _sign(self, claims: Mapping[str, Any]) -> str:
        key = self.keys().signing
        headers = {"typ": TYP, "kid": key.kid}
        token = jwt.encode(dict(claims), key.private, algorithm=key.algorithm, headers=headers)
        if len(token) > compact.MAX_LENGTH:
            raise ValueError(
                f"the claims make a token of {len(token)} characters; at most {compact.MAX_LENGTH} are accepted"
            )
        return token

    def _key(self, header: Mapping[str, Any]) -> SigningKey:
        """RFC 8725 §3.1: the key decides the algorithm, never the token."""
        if header.keys() != _HEADER:
            raise TokenRefused("unexpected_header")
        key = self.keys().find(header["kid"])
        if header["typ"] != TYP:
            raise TokenRefused("wrong_typ")
        if header["alg"] != key.algorithm:
            raise TokenRefused("wrong_alg")
        return key
