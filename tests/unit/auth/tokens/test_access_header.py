"""What an attacker may write into the header of an access token (RFC 8725 §3.1, §3.10, §3.11)."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.tokens.errors import TokenRefused
from tests.unit.auth.tokens.support import (
    ALGORITHMS,
    access_tokens,
    base64url,
    claims,
    forge,
    header,
    issue,
    key,
    part,
    payload_of,
)

NONES: list[Any] = ["none", "None", "NONE", "nOnE", "none ", "", None, [], ["none"], {}, 0, False]
OTHER_ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES256K", "ES384", "EdDSA", "Ed25519"]
EMBEDDED = {
    "jwk": {"kty": "oct", "k": "AAAA"},
    "x5c": ["MIIB"],
    "x5t": "AAAA",
    "jku": "http://127.0.0.1:1/jwks.json",
    "x5u": "http://127.0.0.1:1/cert.pem",
    "iss": "http://127.0.0.1:1/",
    "crit": ["exp"],
    "b64": False,
    "zip": "DEF",
    "enc": "A256GCM",
    "cty": "JWT",
    "epk": {},
    "p2c": 2**31,
}
KIDS = {
    "missing": ...,
    "null": None,
    "empty": "",
    "a number": 1,
    "a list": ["x"],
    "an object": {"kid": "x"},
    "true": True,
    "unknown": "nobody",
    "a path": "../../../../dev/null",
    "SQL": "x' UNION SELECT 'secret'--",
    "a NUL": "\0",
    "a surrogate": "\ud800",
    "long": "x" * 2000,
}
TRIVIAL = [b"", b"\0", b"\0" * 32, b"\0" * 64, b"\xff" * 64, b"\0" * 63 + b"\1", b"\0" * 72, b"\0" * 256]
TYPS: list[Any] = [
    "JWT",
    "jwt",
    "at+JWT",
    "AT+JWT",
    "at+jwt ",
    "application/at+jwt",
    "rt+jwt",
    "",
    None,
    1,
    ["at+jwt"],
    {},
    ...,
]


@pytest.fixture(scope="module")
def tokens():
    return access_tokens()


def test_a_forged_token_without_a_fault_is_accepted(tokens):
    """The forge is sound: what the other tests refuse is refused for its one fault."""
    assert tokens.verify(forge(header(key()), claims(), key())).subject == 7


@pytest.mark.parametrize("alg", NONES, ids=repr)
@pytest.mark.parametrize("keep", ["signature kept", "signature of one byte", "signature dropped", "dot dropped"])
def test_alg_none_is_refused(tokens, alg, keep):
    head, payload, signature = forge(header(key(), alg=alg), claims(), key()).split(".")
    token = {
        "signature kept": f"{head}.{payload}.{signature}",
        "signature of one byte": f"{head}.{payload}.AA",
        "signature dropped": f"{head}.{payload}.",
        "dot dropped": f"{head}.{payload}",
    }[keep]

    with pytest.raises(TokenRefused):
        tokens.verify(token)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("alg", [*OTHER_ALGORITHMS, "es256", "ES256 ", "xx"])
def test_an_algorithm_other_than_the_key_s_is_refused(algorithm, alg):
    if alg == algorithm:
        alg = f"{alg}\n"
    token = forge(header(key(algorithm), alg=alg), claims(), key(algorithm))

    with pytest.raises(TokenRefused, match="wrong_alg"):
        access_tokens(key(algorithm)).verify(token)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize("spelling", ["pem", "pem stripped", "der", "raw", "jwk", "digest", "kid"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_public_key_is_never_an_hmac_secret(algorithm, spelling, digest):
    signing = key(algorithm)
    signing_input = f"{part(header(signing, alg=f'HS{digest[3:]}'))}.{part(claims())}"
    mac = hmac.digest(_spelled(signing, spelling), signing_input.encode(), digest)

    with pytest.raises(TokenRefused):
        access_tokens(signing, key("HS256")).verify(f"{signing_input}.{base64url(mac)}")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_an_hmac_under_the_kid_of_a_public_key_is_refused_whatever_alg_says(algorithm):
    signing = key(algorithm)
    signing_input = f"{part(header(signing))}.{part(claims())}"
    mac = hmac.digest(_spelled(signing, "pem"), signing_input.encode(), "sha256")

    with pytest.raises(TokenRefused):
        access_tokens(signing).verify(f"{signing_input}.{base64url(mac)}")


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_header_member_that_we_do_not_write_is_refused(tokens, name):
    token = forge(header(key(), **{name: EMBEDDED[name]}), claims(), key())

    with pytest.raises(TokenRefused, match="unexpected_header"):
        tokens.verify(token)


def test_a_key_sent_along_is_not_used(tokens):
    mine = key(number=9)
    token = forge(header(mine, jwk=dict(mine.jwk or {})), claims(), mine)

    with pytest.raises(TokenRefused):
        tokens.verify(token)


@pytest.mark.parametrize("name", KIDS)
def test_a_kid_that_names_no_key_of_ours_is_refused(tokens, name):
    token = forge(header(key(), kid=KIDS[name]), claims(), key())

    with pytest.raises(TokenRefused, match=r"unknown_kid|unexpected_header"):
        tokens.verify(token)


def test_a_kid_of_4_kb_is_refused(tokens):
    token = forge(header(key(), kid="x" * 4096), claims(), key())

    with pytest.raises(TokenRefused, match="too_long"):
        tokens.verify(token)


def test_the_kid_of_another_key_of_the_ring_is_refused():
    tokens = access_tokens(key(), key(number=1))
    token = forge(header(key(), kid=key(number=1).kid), claims(), key())

    with pytest.raises(TokenRefused, match="InvalidSignatureError"):
        tokens.verify(token)


@pytest.mark.parametrize("typ", TYPS, ids=repr)
def test_a_typ_other_than_at_jwt_is_refused(tokens, typ):
    token = forge(header(key(), typ=typ), claims(), key())

    with pytest.raises(TokenRefused, match=r"wrong_typ|unexpected_header"):
        tokens.verify(token)


def test_a_header_without_alg_is_refused(tokens):
    with pytest.raises(TokenRefused, match="unexpected_header"):
        tokens.verify(forge(header(key(), alg=...), claims(), key()))


@pytest.mark.parametrize("text", ['{{"alg":"none",{}}}', '{{{},"alg":"none"}}'], ids=["first", "last"])
def test_a_header_that_names_alg_twice_never_skips_the_signature(tokens, text):
    members = json.dumps(header(key()))[1:-1]
    token = f"{part(text.format(members).encode())}.{part(claims())}.AAAA"

    with pytest.raises(TokenRefused):
        tokens.verify(token)


@pytest.mark.parametrize("head", [b"", b"[]", b"null", b'"x"', b"1", b"{", b"\xff\xfe", b'{"alg":"ES256"', b"[" * 2500])
def test_a_header_that_is_no_json_object_is_refused(tokens, head):
    with pytest.raises(TokenRefused):
        tokens.verify(forge(head, claims(), key()))


@pytest.mark.parametrize("signature", TRIVIAL)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_trivial_signature_is_refused(algorithm, signature):
    head, payload, _ = issue(access_tokens(key(algorithm))).split(".")

    with pytest.raises(TokenRefused):
        access_tokens(key(algorithm)).verify(f"{head}.{payload}.{base64url(signature)}")


def test_claims_raised_after_signing_are_refused(tokens):
    head, _, signature = issue(tokens).split(".")
    raised = part({**payload_of(issue(tokens)), "sub": "1"})

    with pytest.raises(TokenRefused, match="InvalidSignatureError"):
        tokens.verify(f"{head}.{raised}.{signature}")


def _spelled(signing, spelling):
    """The public key as an attacker would type it in as an HMAC secret."""
    public = signing.public
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = {"ES256": (Encoding.X962, PublicFormat.UncompressedPoint), "EdDSA": (Encoding.Raw, PublicFormat.Raw)}
    encoding, form = raw.get(signing.algorithm, (Encoding.DER, PublicFormat.PKCS1))
    return {
        "pem": pem,
        "pem stripped": pem.strip(),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "raw": public.public_bytes(encoding, form),
        "jwk": part(dict(signing.jwk)).encode(),
        "digest": hashlib.sha256(pem).digest(),
        "kid": signing.kid.encode(),
    }[spelling]
