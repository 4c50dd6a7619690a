"""Keys, verifiers and a forge: what the token tests are made with."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth.tokens import AccessTokens, KeySet, SigningKey
from auth.tokens.keys import from_pem, from_secret, generate
from tests.unit.clock import FakeClock

ALGORITHMS = ("ES256", "EdDSA", "RS256", "HS256")
ISSUER = "https://auth.example"
AUDIENCE = "https://api.example"
SESSION = "6f1c1f38-7a0e-4f3a-9a39-0d6f2a1c5b7e"
NOW = 1_900_000_000
LIFETIME = 900
LEEWAY = 30


@cache
def key(algorithm: str = "ES256", number: int = 0) -> SigningKey:
    """One key of each kind and number a test run: making RSA keys is slow."""
    if algorithm == "HS256":
        return from_secret(f"{number}-an-hmac-secret-of-thirty-two-bytes-or-more".encode())
    return from_pem(pem(generate(algorithm)))  # type: ignore[arg-type]


def pem(private: Any) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def access_tokens(signing: SigningKey | None = None, *others: SigningKey, **changes: Any) -> AccessTokens:
    """Tokens signed by `signing` (ES256 unless given), at the second NOW."""
    ring = KeySet.of(signing or key(), others)
    tokens = AccessTokens(
        keys=lambda: ring,
        issuer=ISSUER,
        audience=AUDIENCE,
        client_id="first-party",
        lifetime=timedelta(seconds=LIFETIME),
        leeway=timedelta(seconds=LEEWAY),
        clock=FakeClock(NOW),
        token_ids=lambda: "a-token-id",
        jitter=lambda: 0.0,
    )
    return replace(tokens, **changes)


def issue(tokens: AccessTokens, **changes: Any) -> str:
    """A token of user 7, valid for LIFETIME."""
    return issued(tokens, **changes)[0]


def issued(tokens: AccessTokens, **changes: Any) -> tuple[str, int]:
    """The same, and its life in seconds."""
    given = {"subject": 7, "session": SESSION, "generation": 3, "epoch": 4, "version": 5, "extra": {}}
    return tokens.issue(**{**given, "ends_at": NOW + 90 * 86400, **changes})


def header(signing: SigningKey, **changes: Any) -> dict[str, Any]:
    """The header that we write. A change to `...` leaves the member out."""
    return _changed({"alg": signing.algorithm, "typ": "at+jwt", "kid": signing.kid}, changes)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good access token, of a release that gave no epoch. A change to `...` leaves the claim out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7",
        "client_id": "first-party",
        "sid": SESSION,
        "jti": "a-token-id",
        "iat": NOW,
        "exp": NOW + LIFETIME,
        "gen": 3,
        "type": "access",
    }
    return _changed(good, changes)


def forge(head: Any, payload: Any, signer: SigningKey) -> str:
    """A compact JWS of any header and payload (bytes are taken as they are), with a signature that is right."""
    signing_input = f"{part(head)}.{part(payload)}"
    signature = jwt.get_algorithm_by_name(signer.algorithm).sign(signing_input.encode(), signer.private)
    return f"{signing_input}.{base64url(signature)}"


def part(value: Any) -> str:
    return base64url(value if isinstance(value, bytes) else json.dumps(value).encode())


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def payload_of(token: str) -> dict[str, Any]:
    return json.loads(decoded(token.split(".")[1]))


def header_of(token: str) -> dict[str, Any]:
    return json.loads(decoded(token.split(".")[0]))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _changed(good: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}
