"""Secrets that anyone can read on the internet sign nothing that we accept."""

import hmac

import pytest

from auth.tokens.errors import TokenRefused
from settings.secrets import MIN_BYTES, weakness
from tests.unit import vectors
from tests.unit.auth.tokens.support import access_tokens, base64url, claims, header, issue, key, part


@pytest.fixture(scope="module")
def published():
    return [line for line in vectors.read("jwt-secrets/jwt.secrets.list").split("\n") if line]


def test_the_list_is_the_whole_one(published):
    assert len(set(published)) > 100_000


def test_none_is_fit_to_be_ours(published):
    assert [secret for secret in published if weakness("JWT_SECRET_KEY", secret) is None] == []


def test_those_that_are_long_enough_are_known_by_name(published):
    long = [secret for secret in published if len(secret.encode()) >= MIN_BYTES]

    assert len(long) > 1000
    assert {"published" in (weakness("JWT_SECRET_KEY", secret) or "") for secret in long} == {True}


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_none_has_signed_a_token_of_ours(published, algorithm):
    """The offline attack: whoever finds a secret that fits our signature can make any token."""
    signing_input, _, signature = issue(access_tokens(key(algorithm))).rpartition(".")

    assert not any(_mac(secret, signing_input) == signature for secret in published)


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_none_makes_a_token_that_we_accept(published, algorithm):
    tokens = access_tokens(key(algorithm))
    signing_input = f"{part(header(key(algorithm), alg='HS256'))}.{part(claims())}"

    assert [
        secret for secret in published[::20] if _is_accepted(tokens, f"{signing_input}.{_mac(secret, signing_input)}")
    ] == []


def _mac(secret, signing_input):
    return base64url(hmac.digest(secret.encode(errors="surrogateescape"), signing_input.encode(), "sha256"))


def _is_accepted(tokens, token):
    try:
        tokens.verify(token)
    except TokenRefused:
        return False
    return True
