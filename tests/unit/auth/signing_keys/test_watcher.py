"""The keys in force in a worker: given by the environment, or followed on disk."""

import asyncio
import secrets
from dataclasses import replace

import pytest
from django.conf import settings

from auth.signing_keys import directory
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.tokens.keys import UnusableKey
from tests.unit.auth.tokens.support import key, pem
from tests.unit.clock import FakeClock

SECRETS = [secrets.token_bytes(32), secrets.token_bytes(32)]


@pytest.fixture
def auth(tmp_path):
    return replace(settings.AUTH, keys_dir=tmp_path, algorithm="ES256", private_keys=b"", hmac_secrets=())


def test_the_first_key_is_made_at_the_first_start(auth):
    assert KeyDirectoryWatcher(auth, clock=FakeClock()).current().signing.algorithm == "ES256"


def test_two_workers_hold_the_same_keys(auth):
    assert KeyDirectoryWatcher(auth).current().jwk_set() == KeyDirectoryWatcher(auth).current().jwk_set()


async def test_a_promoted_key_is_taken_over(auth):
    keyring = KeyDirectoryWatcher(auth)
    added = directory.add(auth.keys_dir, algorithm="ES256", now=0)
    directory.promote(auth.keys_dir, added.kid, algorithm="ES256", now=0)
    await keyring.catch_up()

    assert keyring.current().signing.kid == added.kid


async def test_a_removed_key_is_given_up(auth):
    keyring = KeyDirectoryWatcher(auth)
    added = directory.add(auth.keys_dir, algorithm="ES256", now=0)
    await keyring.catch_up()
    directory.remove(auth.keys_dir, added.kid)
    await keyring.catch_up()

    assert added.kid not in keyring.current().verifying


async def test_without_a_change_the_ring_stays_the_same(auth):
    keyring = KeyDirectoryWatcher(auth)
    ring = keyring.current()
    await keyring.catch_up()

    assert keyring.current() is ring


@pytest.mark.parametrize("file", ["broken.pem", "keys.json"])
async def test_a_directory_that_became_unreadable_leaves_the_last_ring_in_force(auth, file):
    keyring = KeyDirectoryWatcher(auth)
    ring = keyring.current()
    (auth.keys_dir / file).write_text("junk")

    with pytest.raises(UnusableKey, match=file):
        await keyring.catch_up()
    assert keyring.current() is ring


async def test_a_directory_that_was_mended_is_taken_over(auth):
    keyring = KeyDirectoryWatcher(auth)
    (auth.keys_dir / "broken.pem").write_text("junk")
    with pytest.raises(UnusableKey):
        await keyring.catch_up()
    (auth.keys_dir / "broken.pem").unlink()
    added = directory.add(auth.keys_dir, algorithm="EdDSA", now=0)
    await keyring.catch_up()

    assert added.kid in keyring.current().verifying


def test_hmac_secrets_are_given_and_the_first_signs(auth, tmp_path):
    ring = KeyDirectoryWatcher(replace(auth, algorithm="HS256", hmac_secrets=tuple(SECRETS))).current()

    assert ring.signing.private == SECRETS[0]
    assert len(ring.verifying) == 2
    assert list(tmp_path.iterdir()) == []


def test_private_keys_are_given_and_the_first_signs(auth, tmp_path):
    text = pem(key("EdDSA").private) + b"\n# the former\n" + pem(key("ES256").private)
    ring = KeyDirectoryWatcher(replace(auth, private_keys=text)).current()

    assert ring.signing.kid == key("EdDSA").kid
    assert ring.verifying.keys() == {key("EdDSA").kid, key("ES256").kid}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_private_keys_that_cannot_be_read_are_refused(auth, text):
    with pytest.raises(UnusableKey, match=r"^JWT_PRIVATE_KEYS: "):
        KeyDirectoryWatcher(replace(auth, private_keys=text))


@pytest.mark.parametrize(
    "given", [{"algorithm": "HS256", "hmac_secrets": (SECRETS[0],)}, {"private_keys": pem(key().private)}]
)
async def test_what_the_environment_gives_is_not_followed(auth, given):
    async with asyncio.timeout(30):
        await KeyDirectoryWatcher(replace(auth, **given)).run()
