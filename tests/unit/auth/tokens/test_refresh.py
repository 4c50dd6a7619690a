"""Refresh tokens: a function of (session, generation), and never an access token."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth.tokens import RefreshTokens
from auth.tokens.errors import TokenExpired, TokenRefused
from auth.tokens.refresh import RefreshKey
from tests.unit.auth.tokens.support import (
    ISSUER,
    LEEWAY,
    NOW,
    SESSION,
    access_tokens,
    base64url,
    forge,
    header_of,
    issue,
    key,
    part,
    payload_of,
)
from tests.unit.clock import FakeClock

SECRET = b"the-first-secret-of-thirty-two-bytes"
OLD_SECRET = b"an-older-secret-of-thirty-two-bytes!"
IDLE = 7 * 86400
BAD: list[Any] = [None, True, False, 1.5, 1e308, "", "x" * 65, [], {}, ["x"], -1]
WRONG: dict[str, list[Any]] = {
    "iss": [*BAD, 1, [ISSUER], f"{ISSUER}/"],
    "aud": [*BAD, 1, [ISSUER], f"{ISSUER}/"],
    "sub": [*BAD, 7, "-7", "7\0", "9" * 19, "٧"],
    "sid": [*BAD, 7, "\n", "é"],
    "jti": [value for value in [*BAD, 7] if not isinstance(value, str)],
    "gen": [*BAD, "1", 1 << 53],
    "iat": [*BAD, str(NOW), 1 << 53],
    "exp": [*BAD, 0, str(NOW), 1 << 53],
    "type": [*BAD, "access", "Refresh"],
}


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def tokens(clock):
    return RefreshTokens(
        keys=[RefreshKey.derive(SECRET)],
        issuer=ISSUER,
        idle_lifetime=timedelta(seconds=IDLE),
        leeway=timedelta(seconds=LEEWAY),
        clock=clock,
    )


def issued(tokens, **changes):
    moment = datetime.fromtimestamp(NOW, UTC)
    given = {"subject": 7, "session": SESSION, "generation": 3, "rotated_at": moment}
    return tokens.issue(**{**given, "ends_at": moment + timedelta(days=90), **changes})


def forged(tokens, *, header=None, **changes):
    """A token signed with the server's own key; a change to `...` leaves the claim out."""
    good = issued(tokens)
    payload = {name: value for name, value in {**payload_of(good), **changes}.items() if value is not ...}
    return forge({**header_of(good), **(header or {})}, payload, _signer(tokens))


def _signer(tokens):
    return replace(key("HS256"), private=tokens.keys[0].secret)


def test_what_is_issued_verifies(tokens):
    found = tokens.verify(issued(tokens))

    assert (found.subject, found.session, found.generation, found.expires_at) == (7, SESSION, 3, NOW + IDLE)


def test_a_forged_token_without_a_fault_is_accepted(tokens):
    assert tokens.verify(forged(tokens)).generation == 3


def test_the_same_generation_is_the_same_text_at_any_time(tokens, clock):
    first = issued(tokens)
    clock.advance(1234.5)

    assert issued(tokens) == first


@pytest.mark.parametrize(
    "change",
    [{"generation": 4}, {"session": "another"}, {"subject": 8}, {"rotated_at": datetime.fromtimestamp(NOW + 1, UTC)}],
    ids=str,
)
def test_another_place_in_a_rotation_is_another_text(tokens, change):
    assert issued(tokens, **change) != issued(tokens)


@pytest.mark.parametrize("change", [{"generation": 4}, {"session": "another"}], ids=str)
def test_another_place_in_a_rotation_has_another_id(tokens, change):
    assert payload_of(issued(tokens, **change))["jti"] != payload_of(issued(tokens))["jti"]


def test_the_id_is_not_to_be_guessed_without_the_secret(tokens):
    other = replace(tokens, keys=[RefreshKey.derive(OLD_SECRET)])

    assert payload_of(issued(other))["jti"] != payload_of(issued(tokens))["jti"]


def test_an_idle_session_s_token_expires_after_the_idle_lifetime(tokens):
    assert payload_of(issued(tokens))["exp"] == NOW + IDLE


def test_no_token_outlasts_the_absolute_end_of_its_session(tokens):
    ends_at = datetime.fromtimestamp(NOW + 60, UTC)

    assert payload_of(issued(tokens, ends_at=ends_at))["exp"] == NOW + 60


def test_a_token_lives_until_the_last_moment_before_exp(tokens, clock):
    token = issued(tokens)
    clock.advance(IDLE - 0.001)

    assert tokens.verify(token).generation == 3


def test_a_token_is_refused_at_the_very_second_of_exp(tokens, clock):
    token = issued(tokens)
    clock.advance(IDLE)

    with pytest.raises(TokenExpired):
        tokens.verify(token)


def test_a_token_from_beyond_the_leeway_is_refused(tokens):
    with pytest.raises(TokenRefused, match="issued_in_future"):
        tokens.verify(forged(tokens, iat=NOW + LEEWAY + 1))


def test_an_older_secret_still_verifies(tokens):
    old = replace(tokens, keys=[RefreshKey.derive(OLD_SECRET)])
    both = replace(tokens, keys=[RefreshKey.derive(SECRET), RefreshKey.derive(OLD_SECRET)])

    assert both.verify(issued(old)).generation == 3


def test_the_first_secret_signs(tokens):
    both = replace(tokens, keys=[RefreshKey.derive(SECRET), RefreshKey.derive(OLD_SECRET)])

    assert issued(both) == issued(tokens)


def test_a_secret_that_was_removed_verifies_nothing(tokens):
    old = replace(tokens, keys=[RefreshKey.derive(OLD_SECRET)])

    with pytest.raises(TokenRefused, match="unknown_kid"):
        tokens.verify(issued(old))


def test_the_kid_does_not_choose_between_keys_that_did_not_sign(tokens):
    old = RefreshKey.derive(OLD_SECRET)
    both = replace(tokens, keys=[*tokens.keys, old])

    with pytest.raises(TokenRefused, match="bad_signature"):
        both.verify(forged(tokens, header={"kid": old.kid}))


def test_the_signing_key_is_not_the_secret_itself(tokens):
    token = forge(header_of(issued(tokens)), payload_of(issued(tokens)), replace(key("HS256"), private=SECRET))

    with pytest.raises(TokenRefused, match="bad_signature"):
        tokens.verify(token)


@pytest.mark.parametrize("name", WRONG)
def test_a_missing_claim_is_refused(tokens, name):
    with pytest.raises(TokenRefused):
        tokens.verify(forged(tokens, **{name: ...}))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_claim_of_another_type_or_value_is_refused(tokens, name, value):
    with pytest.raises(TokenRefused):
        tokens.verify(forged(tokens, **{name: value}))


@pytest.mark.parametrize("change", [{"alg": "none"}, {"alg": "HS512"}, {"alg": None}, {"crit": ["exp"]}, {"jku": "x"}])
def test_a_header_that_is_not_ours_is_refused(tokens, change):
    with pytest.raises(TokenRefused, match="unexpected_header"):
        tokens.verify(forged(tokens, header=change))


@pytest.mark.parametrize("kid", [None, 1, "", [], {}, "\0", "x" * 2000])
def test_a_kid_that_names_no_key_of_ours_is_refused(tokens, kid):
    with pytest.raises(TokenRefused, match="unknown_kid"):
        tokens.verify(forged(tokens, header={"kid": kid}))


@pytest.mark.parametrize("typ", ["at+jwt", "JWT", "RT+JWT", "application/rt+jwt", "", None])
def test_another_typ_is_refused(tokens, typ):
    with pytest.raises(TokenRefused, match="unexpected_header"):
        tokens.verify(forged(tokens, header={"typ": typ}))


@pytest.mark.parametrize("change", [lambda t: f"{t}=", lambda t: f"{t} ", lambda t: f"\n{t}", lambda t: f"{t}.AA"])
def test_another_spelling_is_refused(tokens, change):
    with pytest.raises(TokenRefused, match="not_compact"):
        tokens.verify(change(issued(tokens)))


def test_an_unsigned_token_is_refused(tokens):
    good = issued(tokens)
    unsigned = f"{part({**header_of(good), 'alg': 'none'})}.{part(payload_of(good))}.{base64url(b'x')}"

    with pytest.raises(TokenRefused):
        tokens.verify(unsigned)


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_an_access_token_is_no_refresh_token(tokens, algorithm):
    with pytest.raises(TokenRefused):
        tokens.verify(issue(access_tokens(key(algorithm), issuer=ISSUER, audience=ISSUER)))


def test_a_refresh_token_is_no_access_token(tokens):
    with pytest.raises(TokenRefused):
        access_tokens(issuer=ISSUER, audience=ISSUER).verify(issued(tokens))


def test_the_secrets_do_not_show_in_a_representation(tokens):
    assert "keys" not in repr(tokens)
    assert "secret" not in repr(tokens.keys[0])
