"""The memory of verified tokens: it saves the signature, and nothing but the signature."""

import pytest

from auth.tokens import KeySet
from auth.tokens.cache import VerifiedTokenCache
from auth.tokens.errors import TokenExpired, TokenRefused
from tests.unit.auth.tokens.support import LIFETIME, NOW, access_tokens, issue, key
from tests.unit.clock import FakeClock

LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Counting:
    """AccessTokens that count how often a token was looked at in full."""

    def __init__(self, ring, clock):
        self.ring = ring
        self._tokens = access_tokens(keys=self.keys, clock=clock)
        self.checked = 0

    def keys(self):
        return self.ring

    def verify(self, raw):
        self.checked += 1
        return self._tokens.verify(raw)

    def issue(self, **changes):
        return issue(self._tokens, **changes)


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def tokens(clock):
    return Counting(KeySet.of(key()), clock)


@pytest.fixture
def verified(tokens, clock):
    return VerifiedTokenCache(tokens, size=3, clock=clock)


def test_a_token_is_verified_once(verified, tokens):
    raw = tokens.issue()
    claims = [verified.verify(raw) for _ in range(3)]

    assert claims == [tokens._tokens.verify(raw)] * 3
    assert tokens.checked == 1


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_a_known_token_expires_at_its_second(verified, tokens, clock, seconds):
    raw = tokens.issue()
    clock.advance(LIFETIME - 1)
    verified.verify(raw)
    clock.advance(1 + seconds)

    for _ in range(2):
        with pytest.raises(TokenExpired):
            verified.verify(raw)
    assert tokens.checked == 2  # it is forgotten by then


def test_a_token_of_a_removed_key_is_refused_at_once(verified, tokens):
    raw = tokens.issue()
    verified.verify(raw)
    tokens.ring = KeySet.of(key(number=1))

    with pytest.raises(TokenRefused):
        verified.verify(raw)


def test_any_change_of_keys_empties_the_memory(verified, tokens):
    raw = tokens.issue()
    verified.verify(raw)
    tokens.ring = KeySet.of(key(), [key(number=1)])
    verified.verify(raw)

    assert tokens.checked == 2


def test_the_oldest_is_forgotten_when_it_is_full(verified, tokens):
    raws = [tokens.issue(subject=number) for number in range(5)]
    for raw in raws:
        verified.verify(raw)

    for raw in raws[2:]:
        verified.verify(raw)
    assert tokens.checked == 5
    for raw in raws[:2]:
        verified.verify(raw)
    assert tokens.checked == 7


def test_a_size_of_zero_remembers_nothing(tokens, clock):
    verified, raw = VerifiedTokenCache(tokens, size=0, clock=clock), tokens.issue()
    for _ in range(2):
        verified.verify(raw)

    assert tokens.checked == 2


def test_another_spelling_of_a_known_token_is_another_token(verified, tokens):
    """The last character of a signature has bits that decoders ignore; so has white space around a token."""
    raw = tokens.issue()
    verified.verify(raw)
    spellings = [raw[:-1] + last for last in LAST if last != raw[-1]]
    spellings += [f"{raw} ", f" {raw}", f"{raw}=", f"{raw}\n", raw.swapcase(), raw[:-1]]
    for spelling in spellings:
        with pytest.raises(TokenRefused):
            verified.verify(spelling)

    assert tokens.checked == 1 + len(spellings)
    verified.verify(raw)  # none of them has taken its place
    assert tokens.checked == 1 + len(spellings)


@pytest.mark.parametrize("raw", ["", "x", "a.b.c", "a" * 5000])
def test_a_refused_token_is_never_remembered(verified, tokens, raw):
    for _ in range(2):
        with pytest.raises(TokenRefused):
            verified.verify(raw)

    assert tokens.checked == 2
