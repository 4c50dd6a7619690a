"""Claims that are missing, of another type, or meant for somebody else, under a signature that is right."""

import json

import pytest

from auth.tokens.errors import TokenRefused
from tests.unit.auth.tokens.support import AUDIENCE, ISSUER, NOW, SESSION, access_tokens, claims, forge, header, key

MISTYPED = [None, True, False, 0, -1, 1.5, 1e308, "", "x" * 65, [], ["x"], {}, {"x": 1}]
TIMES = [*MISTYPED, float(NOW), str(NOW), 1 << 53, 10**30, -NOW, float("inf"), float("nan")]
CLAIMS = {
    "iss": [
        *MISTYPED,
        [ISSUER],
        {ISSUER: 1},
        ISSUER[:-1],
        f"{ISSUER}/",
        f"{ISSUER}.evil",
        ISSUER.upper(),
        f" {ISSUER}",
    ],
    "aud": [*MISTYPED, [AUDIENCE], [AUDIENCE, "x"], AUDIENCE[:-1], f"{AUDIENCE}x", ISSUER, f"{AUDIENCE} {ISSUER}"],
    "sub": [*MISTYPED, 7, "-7", "+7", "7.0", "7e3", " 7", "7\0", "\0", "٧", "²", "9" * 19, "9" * 500, "7;--", "ann"],
    "client_id": MISTYPED,
    "sid": [*MISTYPED, 7, f"{SESSION}\0", "\n", "é", "\ud800", "x" * 500],
    "jti": [*MISTYPED, 7, "a\0", "\n", "é", "\ud800", "x" * 500],
    "exp": TIMES,
    "iat": [time for time in TIMES if time is False or time != 0],
    "nbf": [time for time in TIMES if time is False or time != 0],
    "gen": [value for value in TIMES if value is False or value != 0],
    "epoch": [value for value in TIMES if value is False or value != 0],
    "type": [*MISTYPED, "refresh", "Access", "access ", "ACCESS", ["access"], "id"],
}


@pytest.fixture(scope="module")
def tokens():
    return access_tokens()


@pytest.mark.parametrize("name", sorted(claims()))
def test_a_missing_claim_is_refused(tokens, name):
    with pytest.raises(TokenRefused):
        tokens.verify(forge(header(key()), claims(**{name: ...}), key()))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CLAIMS.items() for value in values])
def test_a_claim_of_another_type_or_value_is_refused(tokens, name, value):
    with pytest.raises(TokenRefused):
        tokens.verify(forge(header(key()), claims(**{name: value}), key()))


@pytest.mark.parametrize("name", ["iat", "nbf", "gen", "epoch"])
def test_zero_is_an_integer_like_any_other(tokens, name):
    assert tokens.verify(forge(header(key()), claims(**{name: 0}), key())).subject == 7


@pytest.mark.parametrize(("claim", "epoch"), [pytest.param(..., None, id="none"), pytest.param(4, 4, id="some")])
def test_the_epoch_is_read_if_there_is_one(tokens, claim, epoch):
    assert tokens.verify(forge(header(key()), claims(epoch=claim), key())).epoch == epoch


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b'"x"', b"7", b"{", b"\xff", b"[" * 2000, b'{"a":' * 400])
def test_a_payload_that_is_no_json_object_is_refused(tokens, text):
    with pytest.raises(TokenRefused):
        tokens.verify(forge(header(key()), text, key()))


def test_a_number_of_thousands_of_digits_is_refused(tokens):
    digits = b'{"exp":' + b"9" * 2500 + b"}"

    with pytest.raises(TokenRefused):
        tokens.verify(forge(header(key()), digits, key()))


def test_the_last_of_two_claims_of_one_name_counts(tokens):
    """As every JSON reader of ours has it, so that two checks never see two values."""
    text = b'{"sub":"1",' + _members(claims()) + b"}"

    assert tokens.verify(forge(header(key()), text, key())).subject == 7


def test_a_claim_that_we_do_not_know_is_ignored(tokens):
    assert tokens.verify(forge(header(key()), claims(is_staff=True, user_id=1, scope="admin"), key())).subject == 7


def test_the_token_of_another_issuer_with_our_key_is_refused():
    with pytest.raises(TokenRefused, match="InvalidIssuerError"):
        access_tokens(issuer="https://other.example").verify(forge(header(key()), claims(), key()))


def test_the_token_for_another_audience_is_refused():
    with pytest.raises(TokenRefused, match="InvalidAudienceError"):
        access_tokens(audience="https://other.example").verify(forge(header(key()), claims(), key()))


def test_a_refusal_never_repeats_the_token(tokens):
    with pytest.raises(TokenRefused) as refused:
        tokens.verify(forge(header(key()), claims(sub="a-secret-subject"), key()))

    assert "a-secret-subject" not in str(refused.value)


def _members(value):
    return json.dumps(value).encode()[1:-1]
