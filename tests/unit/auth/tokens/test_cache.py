"""Tokens verified before: accepted without a second look at the signature, and never a moment too long."""

from dataclasses import replace

import pytest

from auth.tokens import KeySet
from auth.tokens.cache import VerifiedTokenCache
from auth.tokens.errors import TokenExpired, TokenRefused
from tests.unit.auth.tokens.support import LIFETIME, NOW, access_tokens, issue, key
from tests.unit.clock import FakeClock


class CountedRing(KeySet):
    """Counts how often a key is looked up: once for each signature that is checked."""

    looked_up = 0

    def find(self, kid):
        CountedRing.looked_up += 1
        return super().find(kid)


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def ring():
    CountedRing.looked_up = 0
    return [CountedRing.of(key())]


@pytest.fixture
def tokens(clock, ring):
    return access_tokens(clock=clock, keys=lambda: ring[0])


@pytest.fixture
def verified(tokens, clock):
    return VerifiedTokenCache(tokens, size=3, clock=clock)


def some(tokens, count):
    return [issue(tokens, subject=number) for number in range(1, count + 1)]


def test_what_is_remembered_is_what_was_verified(tokens, verified):
    token = issue(tokens)

    assert [verified.verify(token) for _ in range(3)] == [tokens.verify(token)] * 3


def test_a_signature_is_checked_once(tokens, verified):
    token = issue(tokens)
    for _ in range(5):
        verified.verify(token)

    assert CountedRing.looked_up == 1


def test_a_remembered_token_is_refused_at_the_very_second_of_exp(tokens, verified, clock):
    token = issue(tokens)
    verified.verify(token)
    clock.advance(LIFETIME - 0.001)
    assert verified.verify(token).subject == 7
    clock.advance(0.001)

    with pytest.raises(TokenExpired):
        verified.verify(token)


def test_a_token_of_a_removed_key_is_refused_at_once(tokens, verified, ring):
    token = issue(tokens)
    verified.verify(token)
    ring[0] = KeySet.of(key(number=1))

    with pytest.raises(TokenRefused, match="unknown_kid"):
        verified.verify(token)


def test_after_a_rotation_the_former_key_s_tokens_are_accepted(tokens, verified, ring):
    token = issue(tokens)
    verified.verify(token)
    ring[0] = KeySet.of(key(number=1), [key()])

    assert verified.verify(token).subject == 7


@pytest.mark.parametrize("change", [lambda t: f"{t}=", lambda t: f"{t} ", lambda t: t[:-1], lambda t: t.swapcase()])
def test_another_spelling_of_a_remembered_token_is_refused(tokens, verified, change):
    token = issue(tokens)
    verified.verify(token)

    with pytest.raises(TokenRefused):
        verified.verify(change(token))


def test_a_refused_token_is_refused_again(verified):
    for _ in range(2):
        with pytest.raises(TokenRefused):
            verified.verify("a.b.c")


def test_no_more_tokens_are_remembered_than_its_size(tokens, verified):
    issued = some(tokens, 50)
    for token in issued:
        verified.verify(token)
    checked = CountedRing.looked_up
    for token in reversed(issued):  # those that are remembered first, before others take their places
        verified.verify(token)

    assert CountedRing.looked_up == checked + 47


def test_the_oldest_is_forgotten_first(tokens, verified):
    first, second, third, fourth = some(tokens, 4)
    for token in (first, second, third, fourth):
        verified.verify(token)
    checked = CountedRing.looked_up
    for token in (second, third, fourth):
        verified.verify(token)
    assert CountedRing.looked_up == checked
    verified.verify(first)

    assert CountedRing.looked_up == checked + 1


def test_of_size_zero_it_remembers_nothing(tokens, verified):
    token, verified = issue(tokens), replace(verified, size=0)
    for _ in range(3):
        verified.verify(token)

    assert CountedRing.looked_up == 3


def test_the_tokens_do_not_show_in_a_representation(tokens, verified):
    token = issue(tokens)
    verified.verify(token)

    assert token not in repr(verified)
