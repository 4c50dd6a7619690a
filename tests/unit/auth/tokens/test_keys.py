"""Signing keys: which are fit, what they are called, and what the world may see of them."""

import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, PublicFormat

from auth.tokens import KeySet
from auth.tokens.errors import TokenRefused
from auth.tokens.keys import MIN_SECRET_BYTES, UnusableKey, from_pem, from_secret, generate, thumbprint
from tests.unit.auth.tokens.support import base64url, key, pem

ASYMMETRIC = ("ES256", "EdDSA", "RS256")
RFC_7638_3_1 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3o"
    "knjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
    "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKn"
    "qDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
RFC_8037_A_3 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
UNFIT: dict[str, Callable[[], bytes]] = {
    "P-384": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
    "P-521": lambda: pem(ec.generate_private_key(ec.SECP521R1())),
    "secp256k1": lambda: pem(ec.generate_private_key(ec.SECP256K1())),
    "RSA of 1024 bits": lambda: pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    "Ed448": lambda: pem(ed448.Ed448PrivateKey.generate()),
    "X25519": lambda: pem(x25519.X25519PrivateKey.generate()),
    "a curve unknown to the library": lambda: SM2,
    "an encrypted key": lambda: _encrypted(ec.generate_private_key(ec.SECP256R1())),
    "a public key": lambda: key().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "half a key": lambda: pem(key().private)[:120],
    "nothing": lambda: b"",
    "a secret": lambda: b"x" * 64,
    "bytes": lambda: b"\0\xff\xfe",
}
SM2: bytes = b"""\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgG6a0+pz+75B8wV+X
sMBdndYy9b+1dhk721j2MgHEQQuhRANCAAROxbJ2w4nZxNKHEn6XnECwgJlVJ93m
o6BhpEoZnWziEmyryFcNIcvFuo8DNpMRPztjM3UWEHucaOAgQflCQpyk
-----END PRIVATE KEY-----
"""


def test_the_thumbprint_of_an_rsa_key_is_that_of_rfc_7638():
    assert thumbprint(RFC_7638_3_1) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_of_an_ed25519_key_is_that_of_rfc_8037():
    assert thumbprint(RFC_8037_A_3) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_that_is_made_is_of_the_algorithm_asked_for(algorithm):
    assert from_pem(pem(generate(algorithm))).algorithm == algorithm


def test_no_hmac_secret_is_made():
    with pytest.raises(UnusableKey, match="JWT_SECRET_KEY"):
        generate("HS256")


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_two_keys_have_two_names(algorithm):
    assert key(algorithm).kid != key(algorithm, 1).kid


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_is_called_by_its_thumbprint(algorithm):
    signing = key(algorithm)

    assert signing.jwk
    assert signing.kid == thumbprint(signing.jwk) == from_pem(pem(signing.private)).kid


@pytest.mark.parametrize("name", UNFIT)
def test_a_key_that_is_unfit_is_refused(name):
    with pytest.raises(UnusableKey):
        from_pem(UNFIT[name]())


def test_rsa_of_2048_bits_is_enough():
    assert from_pem(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))).algorithm == "RS256"


@pytest.mark.parametrize("length", [0, 1, MIN_SECRET_BYTES - 1])
def test_a_short_secret_is_refused(length):
    with pytest.raises(UnusableKey, match="32"):
        from_secret(b"x" * length)


def test_a_secret_of_32_bytes_signs():
    assert from_secret(b"0123456789abcdefghijklmnopqrstuv").algorithm == "HS256"


def test_the_refusal_of_a_secret_does_not_repeat_it():
    with pytest.raises(UnusableKey) as refused:
        from_secret(b"hunter2")

    assert "hunter2" not in str(refused.value)


def test_the_name_of_a_secret_is_stable_and_its_own():
    assert from_secret(b"x" * 32).kid == from_secret(b"x" * 32).kid != from_secret(b"y" * 32).kid


@pytest.mark.parametrize(
    ("algorithm", "members"),
    [
        ("ES256", {"kty", "crv", "x", "y"}),
        ("EdDSA", {"kty", "crv", "x"}),
        ("RS256", {"kty", "n", "e"}),
    ],
)
def test_the_jwk_has_public_members_alone(algorithm, members):
    jwk = key(algorithm).jwk
    assert jwk
    assert jwk.keys() == members | {"kid", "use", "alg"}


def test_the_jwk_says_what_the_key_is_for():
    jwk = key("EdDSA").jwk
    assert jwk

    assert (jwk["use"], jwk["alg"], jwk["kid"]) == ("sig", "EdDSA", key("EdDSA").kid)


def test_the_jwk_set_holds_every_verifying_key():
    ring = KeySet.of(key("ES256"), [key("RS256"), key("EdDSA")])

    assert {jwk["kid"] for jwk in ring.jwk_set()["keys"]} == {key(a).kid for a in ("ES256", "RS256", "EdDSA")}


def test_a_symmetric_key_is_never_published():
    assert KeySet.of(key("HS256")).jwk_set() == {"keys": []}


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_the_jwk_set_holds_no_private_number(algorithm):
    published = json.dumps(KeySet.of(key(algorithm)).jwk_set())

    assert [number for number in _private_numbers(key(algorithm)) if number in published] == []


@pytest.mark.parametrize("kid", [None, 1, b"x", [], {}, "", "nobody"], ids=repr)
def test_an_unknown_kid_finds_no_key(kid):
    with pytest.raises(TokenRefused, match="unknown_kid"):
        KeySet.of(key()).find(kid)


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_key_material_does_not_show_in_a_representation(algorithm):
    assert "private" not in repr(key(algorithm))
    assert "public" not in repr(key(algorithm))


def _private_numbers(signing):
    numbers = signing.private.private_numbers() if signing.algorithm != "EdDSA" else None
    if numbers is None:
        return [base64url(signing.private.private_bytes_raw())]
    names = ("private_value",) if signing.algorithm == "ES256" else ("d", "p", "q", "dmp1", "dmq1", "iqmp")
    found = [getattr(numbers, name) for name in names]
    return [base64url(number.to_bytes((number.bit_length() + 7) // 8)) for number in found]


def _encrypted(private):
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
