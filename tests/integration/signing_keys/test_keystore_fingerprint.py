"""The fingerprint by which a worker sees that the key directory has changed."""

import os

import pytest

from auth.signing_keys import directory as keystore
from tests.integration.signing_keys.support import START, added, started


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


def test_the_fingerprint_changes_with_every_change(directory):
    seen = []
    first = started(directory)
    seen.append(keystore.fingerprint(directory))
    kid = added(directory)
    seen.append(keystore.fingerprint(directory))
    keystore.promote(directory, kid, algorithm="ES256", now=START)
    seen.append(keystore.fingerprint(directory))
    keystore.remove(directory, first)
    seen.append(keystore.fingerprint(directory))

    assert len(set(seen)) == 4


def test_the_fingerprint_does_not_change_by_itself(directory):
    started(directory)

    assert keystore.fingerprint(directory) == keystore.fingerprint(directory)


def test_a_change_in_the_same_tick_of_the_clock_changes_the_fingerprint(directory):
    first, kid = started(directory), added(directory)
    keystore.promote(directory, kid, algorithm="ES256", now=START)
    manifest = directory / "keys.json"
    moment = manifest.stat().st_mtime_ns
    before = keystore.fingerprint(directory)
    keystore.promote(directory, first, algorithm="ES256", now=START)
    os.utime(manifest, ns=(moment, moment))

    assert keystore.fingerprint(directory) != before
