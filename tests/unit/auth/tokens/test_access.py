"""Issuing and verifying access tokens: the good ones, and their time."""

from datetime import timedelta

import pytest

from auth.tokens.errors import TokenExpired, TokenRefused
from tests.unit.auth.tokens.support import (
    ALGORITHMS,
    AUDIENCE,
    ISSUER,
    LEEWAY,
    LIFETIME,
    NOW,
    SESSION,
    access_tokens,
    claims,
    forge,
    header,
    header_of,
    issue,
    issued,
    key,
    payload_of,
)
from tests.unit.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def tokens(clock):
    return access_tokens(clock=clock)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_issued_verifies_under_every_algorithm(algorithm):
    tokens = access_tokens(key(algorithm))

    found = tokens.verify(issue(tokens, subject=42, generation=5))

    assert (found.subject, found.session, found.generation) == (42, SESSION, 5)
    assert (found.token_id, found.issued_at, found.expires_at) == ("a-token-id", NOW, NOW + LIFETIME)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_header_is_alg_typ_and_kid_alone(algorithm):
    signing = key(algorithm)

    assert header_of(issue(access_tokens(signing))) == {"alg": algorithm, "typ": "at+jwt", "kid": signing.kid}


def test_the_claims_are_those_of_the_contract(tokens):
    assert payload_of(issue(tokens)) == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7",
        "client_id": "first-party",
        "sid": SESSION,
        "jti": "a-token-id",
        "iat": NOW,
        "exp": NOW + LIFETIME,
        "gen": 3,
        "epoch": 4,
        "version": 5,
        "type": "access",
    }


def test_extra_claims_are_added(tokens):
    assert payload_of(issue(tokens, extra={"username": "ann"}))["username"] == "ann"


@pytest.mark.parametrize("name", [*sorted(claims()), "epoch", "version"])
def test_an_extra_claim_never_replaces_one_of_ours(tokens, name):
    assert payload_of(issue(tokens, extra={name: "mine"}))[name] == payload_of(issue(tokens))[name]


def test_each_token_has_its_own_id():
    numbers = iter("12")
    tokens = access_tokens(token_ids=lambda: next(numbers))

    assert [payload_of(issue(tokens))["jti"] for _ in range(2)] == ["1", "2"]


def test_the_life_that_is_told_is_the_one_in_the_token(tokens):
    token, seconds = issued(tokens, ends_at=NOW + 10**6)

    assert payload_of(token)["exp"] - NOW == seconds == LIFETIME


def test_a_token_never_outlasts_its_session(tokens):
    token, seconds = issued(tokens, ends_at=NOW + 60)

    assert payload_of(token)["exp"] - NOW == seconds == 60


def test_the_clock_s_fraction_is_cut_off_never_rounded_up():
    token = issue(access_tokens(clock=FakeClock(NOW + 0.999)))

    assert payload_of(token)["iat"] == NOW


def test_a_token_lives_until_the_last_moment_before_exp(tokens, clock):
    token = issue(tokens)
    clock.advance(LIFETIME - 0.001)

    assert tokens.verify(token).subject == 7


def test_a_token_is_refused_at_the_very_second_of_exp(tokens, clock):
    token = issue(tokens)
    clock.advance(LIFETIME)

    with pytest.raises(TokenExpired):
        tokens.verify(token)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_clock_that_runs_ahead_is_forgiven_up_to_the_leeway(tokens, name):
    assert tokens.verify(forge(header(key()), claims(**{name: NOW + LEEWAY}), key())).subject == 7


@pytest.mark.parametrize(("name", "reason"), [("iat", "issued_in_future"), ("nbf", "not_yet_valid")])
def test_what_is_not_valid_yet_beyond_the_leeway_is_refused(tokens, name, reason):
    token = forge(header(key()), claims(**{name: NOW + LEEWAY + 1}), key())

    with pytest.raises(TokenRefused, match=reason):
        tokens.verify(token)


def test_without_leeway_the_next_second_is_the_future():
    tokens = access_tokens(leeway=timedelta(0))

    with pytest.raises(TokenRefused, match="issued_in_future"):
        tokens.verify(forge(header(key()), claims(iat=NOW + 1), key()))


def test_a_retired_key_still_verifies():
    old, new = key(number=1), key()

    assert access_tokens(new, old).verify(issue(access_tokens(old))).subject == 7


def test_the_newest_key_signs():
    old, new = key(number=1), key()

    assert header_of(issue(access_tokens(new, old)))["kid"] == new.kid


def test_keys_of_two_algorithms_verify_side_by_side():
    tokens = access_tokens(key("EdDSA"), key("RS256"))

    assert tokens.verify(issue(access_tokens(key("RS256")))).subject == 7


def test_a_ring_that_changes_is_obeyed_at_once():
    ring = [access_tokens(key()).keys()]
    tokens = access_tokens(keys=lambda: ring[0])
    token = issue(tokens)
    ring[0] = access_tokens(key(number=1)).keys()

    with pytest.raises(TokenRefused, match="unknown_kid"):
        tokens.verify(token)


def test_the_keys_do_not_show_in_a_representation(tokens):
    assert "keys" not in repr(tokens)


def test_jitter_shortens_a_life_by_a_twentieth_at_most():
    token = issue(access_tokens(jitter=lambda: 0.999_999))

    assert LIFETIME * 0.95 - 1 <= payload_of(token)["exp"] - NOW < LIFETIME
