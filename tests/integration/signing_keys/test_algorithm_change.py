"""A start with another JWT_ALGORITHM: which key signs, and which go on verifying."""

import pytest

from auth.signing_keys import directory as keystore
from auth.tokens.keys import UnusableKey
from tests.integration.signing_keys.support import START, added, started


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


def test_a_start_with_another_algorithm_signs_with_a_new_key_and_verifies_with_the_old(directory):
    old = started(directory)
    new = started(directory, algorithm="EdDSA", now=START + 5)

    found = keystore.read(directory)
    assert (found.keys[new].algorithm, found.signing) == ("EdDSA", new)
    assert found.ring().find(old).algorithm == "ES256"
    assert found.records[old].signing_until == START + 5


def test_a_start_with_another_algorithm_signs_with_the_key_that_was_published_for_it(directory):
    started(directory)
    published = added(directory, algorithm="EdDSA")
    added(directory, algorithm="EdDSA", now=START + 1)

    assert started(directory, algorithm="EdDSA", now=START + 300) == published
    assert keystore.read(directory).records[published].published_at == START


def test_going_back_to_an_algorithm_makes_no_further_key(directory):
    first = started(directory)
    started(directory, algorithm="EdDSA", now=START + 5)

    assert started(directory, now=START + 9) == first
    assert len(keystore.read(directory).keys) == 2


def test_a_key_of_another_algorithm_does_not_sign_until_the_setting_says_so(directory):
    first = started(directory)
    other = added(directory, algorithm="EdDSA")

    with pytest.raises(UnusableKey, match=r"is for EdDSA, and JWT_ALGORITHM is ES256: set JWT_ALGORITHM=EdDSA"):
        keystore.promote(directory, other, algorithm="ES256", now=START)
    assert keystore.read(directory).signing == first
