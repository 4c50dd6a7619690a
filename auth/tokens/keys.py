"""Signing keys and their set: several verify, one signs."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth.tokens.errors import TokenRefused

Algorithm = Literal["ES256", "EdDSA", "RS256", "HS256"]

MIN_SECRET_BYTES = 32
"""An HMAC key must be as long as its hash (RFC 7518 §3.2)."""


class UnusableKey(ValueError):
    """The key material is of a kind or strength that we do not sign with; the text says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key: `kid` names it, `private` signs, `public` verifies, `jwk` is what the world may see."""

    kid: str
    algorithm: Algorithm
    private: Any = field(repr=False)
    public: Any = field(repr=False)
    jwk: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """The keys in force: tokens are signed with `signing`, and accepted from any key in `verifying`."""

    signing: SigningKey
    verifying: Mapping[str, SigningKey]

    @classmethod
    def of(cls, signing: SigningKey, others: Iterable[SigningKey] = ()) -> "KeySet":
        return cls(signing, {key.kid: key for key in (signing, *others)})

    def find(self, kid: object) -> SigningKey:
        """Raises TokenRefused for a `kid` we do not hold: there is no fallback key (RFC 8725 §3.10)."""
        key = self.verifying.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefused("unknown_kid")
        return key

    def jwk_set(self) -> dict[str, list[Mapping[str, str]]]:
        """The public keys (RFC 7517 §5). Symmetric keys have no public half and are left out."""
        return {"keys": [key.jwk for key in self.verifying.values() if key.jwk is not None]}


def from_pem(pem: bytes) -> SigningKey:
    """An ES256, EdDSA or RS256 key from its PKCS #8 text.

    Raises UnusableKey for any other curve, kind or size.
    """
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"not an unencrypted PEM private key: {error}") from error
    public = private.public_key()
    jwk, algorithm = _public_jwk(public)
    kid = thumbprint(jwk)
    return SigningKey(kid, algorithm, private, public, {**jwk, "kid": kid, "use": "sig", "alg": algorithm})


def from_pems(text: bytes) -> list[SigningKey]:
    """Every key of a text that holds one or more PEM blocks, in order. Raises UnusableKey; also when there is none."""
    blocks = re.findall(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", text, re.DOTALL)
    if not blocks:
        raise UnusableKey("no PEM block found")
    return [from_pem(block + b"\n") for block in blocks]


def from_secret(secret: bytes) -> SigningKey:
    """An HS256 key. Its `kid` is keyed with the secret itself, so that it tells nothing about it.

    Raises UnusableKey when it is shorter than MIN_SECRET_BYTES.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise UnusableKey(f"an HS256 secret needs {MIN_SECRET_BYTES} bytes or more, this one has {len(secret)}")
    kid = _base64url(hmac.digest(secret, b"authgate kid", "sha256")[:16])
    return SigningKey(kid, "HS256", secret, secret, None)


def generate(algorithm: Algorithm) -> Any:
    """A new private key object for an asymmetric algorithm, from the system's randomness."""
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case "RS256":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "HS256":
            raise UnusableKey("HS256 keys are not made by the server: set JWT_SECRET_KEY")
        case _:
            assert_never(algorithm)


def thumbprint(jwk: Mapping[str, str]) -> str:
    """JWK Thumbprint: SHA-256 over the required members in lexicographic order (RFC 7638 §3)."""
    required = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
    members = {name: jwk[name] for name in required[jwk["kty"]]}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return _base64url(hashlib.sha256(canonical).digest())


def _public_jwk(public: object) -> tuple[dict[str, str], Algorithm]:
    match public:
        case ec.EllipticCurvePublicKey() if public.curve.name == "secp256r1":
            return _members(ECAlgorithm.to_jwk(public, as_dict=True)), "ES256"
        case ed25519.Ed25519PublicKey():
            return _members(OKPAlgorithm.to_jwk(public, as_dict=True)), "EdDSA"
        case rsa.RSAPublicKey() if public.key_size >= 2048:
            return _members(RSAAlgorithm.to_jwk(public, as_dict=True)), "RS256"
        case _:
            raise UnusableKey("a signing key must be P-256, Ed25519, or RSA of 2048 bits or more")


def _members(jwk: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "y", "n", "e")}


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
