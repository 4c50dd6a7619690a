"""What the Python verifier refuses, and with which word."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization

from authgate_verifier import ExpiredToken, InvalidToken
from tests.integration.python_client.fake import claims, fake, new_key

HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}
SECONDS = int(time.time())


@pytest_asyncio.fixture(scope="module")
async def authgate():
    async with fake() as found:
        yield found


@pytest_asyncio.fixture(scope="module")
async def verifier(authgate):
    async with authgate.verifier() as found:
        yield found


def part(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(authgate, header, payload):
    """A token of exactly these parts, signed by the right key."""
    text = f"{part(header)}.{part(payload)}"
    signature = jwt.get_algorithm_by_name("ES256").sign(text.encode(), authgate.key)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def hmac_with_public_key(authgate):
    """RFC 8725 §2.1."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = authgate.key.public_key().public_bytes(serialization.Encoding.PEM, form)
    text = f"{part(HEADER | {'alg': 'HS256'})}.{part(claims())}"
    mac = hmac.digest(pem, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def tampered(authgate):
    head, _, signature = authgate.token().split(".")
    return f"{head}.{part(claims(sub='8'))}.{signature}"


ABUSES = {
    "alg none": (lambda a: f"{part(HEADER | {'alg': 'none'})}.{part(claims())}.AAAA", "wrong_alg"),
    "alg none, unsigned": (lambda a: f"{part(HEADER | {'alg': 'none'})}.{part(claims())}.", "not_compact"),
    "HS256 with the public key": (hmac_with_public_key, "wrong_alg"),
    "the algorithm of another key": (lambda a: signed(a, HEADER | {"alg": "EdDSA"}, claims()), "wrong_alg"),
    "typ JWT": (lambda a: a.token({"typ": "JWT"}), "wrong_typ"),
    "a refresh token": (lambda a: a.token(type="refresh"), "wrong_type"),
    "tampered claims": (tampered, "bad_signature"),
    "another key": (
        lambda a: jwt.encode(claims(), new_key(), "ES256", {"typ": "at+jwt", "kid": "k1"}),
        "bad_signature",
    ),
    "crit": (lambda a: signed(a, HEADER | {"crit": ["b64"], "b64": True}, claims()), "unexpected_header"),
    "jku": (lambda a: a.token({"jku": "http://127.0.0.1/"}), "unexpected_header"),
    "kid of another type": (lambda a: signed(a, HEADER | {"kid": 1}, claims()), "bad_kid"),
    "unknown kid": (lambda a: a.token({"kid": "k2"}), "unknown_kid"),
    "another issuer": (lambda a: a.token(iss="evil"), "wrong_iss"),
    "another audience": (lambda a: a.token(aud="other"), "wrong_aud"),
    "a list of audiences": (lambda a: a.token(aud=["authgate"]), "wrong_aud"),
    "a number as sub": (lambda a: signed(a, HEADER, claims(sub=7)), "bad_sub"),
    "no sid": (lambda a: a.token(sid=None), "bad_sid"),
    "no jti": (lambda a: a.token(jti=None), "bad_jti"),
    "no exp": (lambda a: a.token(exp=None), "bad_exp"),
    "an exp with a fraction": (lambda a: a.token(exp=9e9 + 0.5), "bad_exp"),
    "an exp without end": (lambda a: signed(a, HEADER, json.dumps(claims(exp=float("inf")))), "payload_not_json"),
    "an epoch of text": (lambda a: a.token(epoch="3"), "bad_epoch"),
    "a version of text": (lambda a: a.token(version="3"), "bad_version"),
    "issued in future": (lambda a: a.token(iat=SECONDS + 9999), "issued_in_future"),
    "not yet valid": (lambda a: a.token(nbf=SECONDS + 9999), "not_yet_valid"),
    "expired": (lambda a: a.token(exp=SECONDS - 1), "expired"),
    "a repeated header member": (
        lambda a: signed(a, '{"alg":"ES256","typ":"at+jwt","kid":"k1","\\u0061lg":"none"}', "{}"),
        "header_repeats_member",
    ),
    "a repeated claim": (lambda a: signed(a, HEADER, '{"sub":"7","sub":"8"}'), "payload_repeats_member"),
    "a payload of text": (lambda a: signed(a, HEADER, '"7"'), "payload_not_object"),
    "a header that is no JSON": (lambda a: signed(a, "{", "{}"), "header_not_json"),
    "deep JSON": (lambda a: f"{part('[' * 4000)}.e30.AAAA", "header_not_json"),
    "too much": (lambda a: a.token(more="x" * 8192), "too_long"),
    "padding": (lambda a: f"{a.token()}=", "not_compact"),
    "a line break": (lambda a: f"{a.token()}\n", "not_compact"),
    "four parts": (lambda a: f"{a.token()}.e30", "not_compact"),
    "nothing": (lambda a: "", "not_compact"),
    "no text": (lambda a: b"", "not_text"),
}


@pytest.mark.parametrize("abuse", ABUSES)
async def test_refuses(authgate, verifier, abuse):
    make, reason = ABUSES[abuse]
    with pytest.raises(InvalidToken) as refused:
        verifier.verify(make(authgate))

    assert (refused.value.code, refused.value.reason) == ("invalid_token", reason)


async def test_expiry_is_told_apart_and_comes_at_the_second_of_exp(authgate, verifier):
    with pytest.raises(ExpiredToken):
        verifier.verify(authgate.token(exp=int(time.time())))


async def test_every_other_spelling_of_a_good_token_is_refused(authgate, verifier):
    token = authgate.token()
    for other in set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") - {token[-1]}:
        with pytest.raises(InvalidToken):
            verifier.verify(token[:-1] + other)


async def test_a_good_token_is_read_as_types(authgate, verifier):
    found = verifier.verify(authgate.token({"typ": "Application/AT+JWT"}))

    assert (found.subject, found.user_id, found.session, found.token_id) == ("7", 7, "s1", "j1")
    assert (found.username, found.is_staff, found.is_superuser) == ("ada", True, False)
    assert (found.epoch, found.generation, found.raw["client_id"]) == (3, 1, "authgate")


async def test_no_refusal_quotes_the_token(authgate, verifier):
    with pytest.raises(InvalidToken) as refused:
        verifier.verify(signed(authgate, HEADER, "secret"))

    assert "secret" not in repr(refused.value.__cause__) + str(refused.value)
    assert refused.value.__suppress_context__
