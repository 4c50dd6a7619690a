"""A public key with its one algorithm: the key decides (RFC 8725 §3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from authgate_verifier.errors import InvalidToken

_MEMBERS = {
    "ES256": ("kty", "crv", "x", "y"),
    "EdDSA": ("kty", "crv", "x"),
    "RS256": ("kty", "n", "e"),
}
_HEADER = {"alg", "typ", "kid"}
_TYPES = ("at+jwt", "application/at+jwt")
_MIN_RSA_BITS = 2048  # RFC 7518 §3.3


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    kid: str
    algorithm: str
    key: jwt.PyJWK

    def fits(self, signed: bytes, signature: bytes) -> bool:
        return self.key.Algorithm.verify(signed, self.key.key, signature)


def read_header(header: Mapping[str, Any]) -> tuple[str, str]:
    """`alg` and `kid`. Any other member than these and `typ` is refused, so also crit, jku and jwk.

    Raises InvalidToken.
    """
    alg, typ, kid = (header.get(name) for name in ("alg", "typ", "kid"))
    if not header.keys() <= _HEADER:
        raise InvalidToken("unexpected_header")
    if not isinstance(alg, str) or alg not in _MEMBERS:
        raise InvalidToken("wrong_alg")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:  # RFC 9068 §2.1
        raise InvalidToken("wrong_typ")
    if not isinstance(kid, str) or not kid:
        raise InvalidToken("bad_kid")
    return alg, kid


def from_jwk(jwk: object) -> VerifyingKey | None:
    """None for what is no key that signs our tokens; others may stand in the same set (RFC 7517 §5)."""
    if not isinstance(jwk, dict) or not isinstance(kid := jwk.get("kid"), str) or not kid:
        return None
    algorithm = _algorithm(jwk)
    if algorithm is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK({name: jwk.get(name) for name in _MEMBERS[algorithm]}, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None  # not a point of the curve, not base64url, a missing member
    return (
        None
        if getattr(key.key, "key_size", _MIN_RSA_BITS) < _min_bits(algorithm)
        else VerifyingKey(kid, algorithm, key)
    )


def _algorithm(jwk: Mapping[str, Any]) -> str | None:
    match jwk.get("kty"), jwk.get("crv"):
        case "EC", "P-256":
            return "ES256"
        case "OKP", "Ed25519":
            return "EdDSA"
        case "RSA", _:
            return "RS256"
    return None


def _min_bits(algorithm: str) -> int:
    return _MIN_RSA_BITS if algorithm == "RS256" else 0
