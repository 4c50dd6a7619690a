"""Tokens that Authgate did not issue, or not so: signed with its own key, with a foreign one, or with none."""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.signing_keys import directory as keystore
from auth.tokens.keys import SigningKey, generate


@dataclass(frozen=True, slots=True)
class Keys:
    """The server's own signing keys."""

    directory: Path

    @property
    def signing(self) -> SigningKey:
        found = keystore.read(self.directory)
        return found.keys[found.signing]

    def retold(self, token: str, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """The token with these claims (None: without it) and header fields, signed with the server's own key."""
        claims, head = told(token, changes), {**jwt.get_unverified_header(token), **(header or {})}
        return jwt.encode(claims, self.signing.private, algorithm="ES256", headers=head)


def told(token: str, changes: dict[str, Any]) -> dict[str, Any]:
    claims = {**jwt.decode(token, options={"verify_signature": False}), **changes}
    return {name: value for name, value in claims.items() if value is not None}


def tampered(keys: Keys, token: str) -> str:
    """Another subject under the old signature."""
    head, _, signature = token.split(".")
    return f"{head}.{_part(told(token, {'sub': '1', 'user_id': 1}))}.{signature}"


def foreign(keys: Keys, token: str) -> str:
    """Signed by another key under the name of ours."""
    return jwt.encode(told(token, {}), generate("ES256"), headers=jwt.get_unverified_header(token))


def without_signature(keys: Keys, token: str) -> str:
    return f"{_part({**jwt.get_unverified_header(token), 'alg': 'none'})}.{token.split('.')[1]}."


def signed_with_the_public_key(keys: Keys, token: str) -> str:
    """HS256 with what everybody knows: RFC 8725 §2.1."""
    head = {**jwt.get_unverified_header(token), "alg": "HS256"}
    secret = keys.signing.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_part(head)}.{_part(told(token, {}))}"
    signature = hmac.digest(secret, signed.encode(), "sha256")  # PyJWT refuses such a secret
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def expired(keys: Keys, token: str) -> str:
    now = int(time.time())
    return keys.retold(token, iat=now - 120, exp=now - 60)


def without_end(keys: Keys, token: str) -> str:
    return keys.retold(token, exp=None)


def for_others(keys: Keys, token: str) -> str:
    return keys.retold(token, aud="somebody-else")


def of_others(keys: Keys, token: str) -> str:
    return keys.retold(token, iss="https://somebody.example")


def of_another_kind(keys: Keys, token: str) -> str:
    return keys.retold(token, header={"typ": "JWT"})


def empty_signature(keys: Keys, token: str) -> str:
    return token.rpartition(".")[0] + "."


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
