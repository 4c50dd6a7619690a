"""Tokens that travel by e-mail."""

from datetime import UTC, datetime, timedelta

import pytest

from auth.email.tokens import EmailVerificationTokens, PasswordResetTokens
from auth.errors import InvalidEmailToken
from auth.models import User

KINDS = [PasswordResetTokens, EmailVerificationTokens]
LIFETIME = timedelta(minutes=10)
BEGIN = datetime(2030, 1, 31, 12, 0, 0, 700_000, tzinfo=UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self):
        self.now = BEGIN

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=KINDS)
def tokens(request, clock):
    return request.param(lifetime=LIFETIME, clock=clock)


def user(**changes):
    return User(**{"pk": 7, "password": "argon2$hash", "email": "ann@example.com", **changes})


def is_good(tokens, text, someone=None):
    _, secret = tokens.parse(text)
    return tokens.check_token(someone or user(), secret)


def test_a_token_is_good_for_its_account(tokens):
    text = tokens.issue(user())

    assert tokens.parse(text)[0] == 7
    assert is_good(tokens, text)


def test_a_token_is_good_until_its_last_second(tokens, clock):
    text = tokens.issue(user())

    clock.now = BEGIN + LIFETIME
    assert is_good(tokens, text)
    clock.now = BEGIN + LIFETIME + timedelta(seconds=1)
    assert not is_good(tokens, text)


def test_the_time_is_that_of_the_clock_and_no_others(clock):
    """Another host, whose clock is off by hours, makes and takes the same tokens."""
    tokens = PasswordResetTokens(lifetime=LIFETIME, clock=clock)

    clock.now = datetime(2100, 1, 1, tzinfo=UTC)
    assert is_good(tokens, tokens.issue(user()))


@pytest.mark.parametrize("changes", [{"pk": 8}, {"email": "bob@example.com"}, {"email": "Ann@example.com"}])
def test_a_token_is_over_when_the_account_is_another(tokens, changes):
    assert not is_good(tokens, tokens.issue(user()), user(**changes))


def test_a_new_password_voids_the_tokens_for_one_and_no_others(clock):
    for kind, stays in zip(KINDS, [False, True], strict=True):
        tokens = kind(lifetime=LIFETIME, clock=clock)
        assert is_good(tokens, tokens.issue(user()), user(password="argon2$other")) is stays


def test_a_login_voids_nothing(tokens):
    assert is_good(tokens, tokens.issue(user()), user(last_login=BEGIN))


def test_neither_flow_takes_a_token_of_the_other(clock):
    one, other = [kind(lifetime=LIFETIME, clock=clock) for kind in KINDS]

    assert not is_good(other, one.issue(user()))
    assert not is_good(one, other.issue(user()))


def test_the_age_of_a_token_cannot_be_edited(tokens, clock):
    old, _, secret = tokens.issue(user()).partition("-")
    clock.now += timedelta(hours=1)
    new, _, _ = tokens.issue(user()).partition("-")

    assert old != new
    assert not is_good(tokens, f"{new}-{secret}")


def test_ids_and_times_do_not_run_into_each_other(tokens, clock):
    """Of account 1 at second 23 and of account 12 at second 3 the texts under the hash differ."""

    def hashed(pk, second):
        clock.now = datetime(2001, 1, 1, 0, 0, second, tzinfo=UTC)  # Django's tokens count from here
        return tokens.issue(user(pk=pk)).partition("-")[2]

    assert hashed(1, 23) != hashed(12, 3)


def test_a_former_secret_still_verifies(tokens, settings):
    text, former = tokens.issue(user()), settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-0123456789-abcdefghij"
    assert not is_good(tokens, text)

    settings.SECRET_KEY_FALLBACKS = [former]
    assert is_good(tokens, text)


GOOD = "7.d1abcd-" + "0" * 32


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "x", "7", GOOD[1:], f"0{GOOD}", f"+{GOOD}", f" {GOOD}", f"{GOOD} ", f"{GOOD}\n", f"{GOOD}0"),
        *(
            GOOD.upper(),
            f"-{GOOD}",
            f"٧{GOOD[1:]}",
            f"{'9' * 19}{GOOD[1:]}",
            GOOD.replace("-", "_"),
            GOOD[:-1],
            f"\0{GOOD}",
        ),
    ],
)
def test_there_is_one_spelling(tokens, text):
    tokens.parse(GOOD)
    with pytest.raises(InvalidEmailToken):
        tokens.parse(text)
