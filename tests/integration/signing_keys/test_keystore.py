"""Signing keys on disk: published, then signing, then retired."""

import json
import os
import stat
from functools import partial

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth.signing_keys import directory as keystore
from auth.signing_keys.directory import KeyRecord
from auth.tokens.keys import UnusableKey, from_pem, generate
from tests.integration.signing_keys.support import START, added, started


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


def test_a_first_start_makes_a_key_that_signs_at_once(directory):
    kid = started(directory)

    found = keystore.read(directory)
    assert (found.signing, list(found.keys)) == (kid, [kid])
    assert found.records == {kid: KeyRecord(START, START, None)}


def test_a_second_start_finds_it(directory):
    assert started(directory) == started(directory, now=START + 1)


def test_no_key_has_a_name_that_a_command_takes_for_an_option(directory, monkeypatch):
    unfit = next(key for key in iter(partial(generate, "EdDSA"), None) if kid_of(key).startswith("-"))
    drawn = iter([unfit, generate("EdDSA")])
    monkeypatch.setattr(keystore, "generate", lambda _: next(drawn, None) or generate("EdDSA"))

    kid = started(directory, algorithm="EdDSA")

    assert not kid.startswith("-")
    assert [path.stem for path in directory.glob("*.pem")] == [kid]


def kid_of(key):
    return from_pem(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).kid


def test_an_added_key_verifies_and_does_not_sign(directory):
    first = started(directory)
    kid = added(directory, now=START + 7)

    found = keystore.read(directory)
    assert found.signing == first
    assert found.ring().find(kid).kid == kid
    assert found.records[kid] == KeyRecord(START + 7)


def test_a_promoted_key_signs_and_the_former_goes_on_verifying(directory):
    first, kid = started(directory), added(directory)
    keystore.promote(directory, kid, algorithm="ES256", now=START + 9)

    ring = keystore.read(directory).ring()
    assert ring.signing.kid == kid
    assert ring.find(first).kid == first


def test_a_promotion_is_written_down_in_both_records(directory):
    first, kid = started(directory), added(directory, now=START + 1)
    keystore.promote(directory, kid, algorithm="ES256", now=START + 9)

    assert keystore.read(directory).records == {
        first: KeyRecord(START, START, START + 9),
        kid: KeyRecord(START + 1, START + 9, None),
    }


def test_promoting_the_key_that_signs_does_not_end_its_signing(directory):
    kid = started(directory)
    keystore.promote(directory, kid, algorithm="ES256", now=START + 9)

    assert keystore.read(directory).records[kid].signing_until is None


def test_a_removed_key_is_gone_with_its_file_and_record(directory):
    first, kid = started(directory), added(directory)
    keystore.promote(directory, kid, algorithm="ES256", now=START)
    keystore.remove(directory, first)

    found = keystore.read(directory)
    assert list(found.keys) == list(found.records) == [kid]
    assert not (directory / f"{first}.pem").exists()


def test_the_key_that_signs_cannot_be_removed(directory):
    kid = started(directory)

    with pytest.raises(UnusableKey, match=f"{kid} signs; promote another key first"):
        keystore.remove(directory, kid)
    assert list(keystore.read(directory).keys) == [kid]


@pytest.mark.parametrize("kid", ["unknown", "", "../keys", "keys.json"])
def test_an_unknown_key_is_neither_promoted_nor_removed(directory, kid):
    first = started(directory)

    with pytest.raises(UnusableKey, match="there is no key"):
        keystore.promote(directory, kid, algorithm="ES256", now=START)
    with pytest.raises(UnusableKey, match="there is no key"):
        keystore.remove(directory, kid)
    assert keystore.read(directory).signing == first


def test_a_directory_without_a_key_that_signs_is_unusable(directory):
    added(directory)

    with pytest.raises(UnusableKey, match="no signing key"):
        keystore.read(directory).ring()


def test_a_manifest_that_is_no_json_is_named(directory):
    started(directory)
    (directory / "keys.json").write_text("{")

    with pytest.raises(UnusableKey, match=r"^keys\.json is corrupt"):
        keystore.read(directory)


def test_a_key_file_that_is_no_key_is_named(directory):
    started(directory)
    (directory / "broken.pem").write_text("x")

    with pytest.raises(UnusableKey, match=r"^broken\.pem: "):
        keystore.read(directory)


def test_only_the_owner_can_read_them(directory):
    before = os.umask(0)
    try:
        started(directory)
        added(directory)
    finally:
        os.umask(before)

    files = [*directory.glob("*.pem"), directory / "keys.json"]
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_manifest_holds_no_secret(directory):
    kid, other = started(directory), added(directory)

    manifest = json.loads((directory / "keys.json").read_text())
    times = {"published_at", "signing_since", "signing_until"}
    assert manifest.keys() == {"signing", "keys"}
    assert manifest["keys"].keys() == {kid, other}
    assert {name for record in manifest["keys"].values() for name in record} == times


def test_no_draft_is_left(directory):
    first, kid = started(directory), added(directory)

    names = {path.name for path in directory.iterdir()}
    assert names == {"keys.json", ".lock", f"{first}.pem", f"{kid}.pem"}


def test_where_a_key_signs_nothing_is_written(directory):
    """A mounted secret, or a read-only disk."""
    keystore.ensure(directory, algorithm="ES256", now=1.0)
    (directory / ".lock").unlink()
    before = directory.stat().st_mtime_ns

    found = keystore.ensure(directory, algorithm="ES256", now=2.0)

    assert found.ring().signing.kid == found.signing
    assert directory.stat().st_mtime_ns == before
    assert not (directory / ".lock").exists()


def test_a_secret_as_kubernetes_mounts_it_is_read(directory, tmp_path):
    """Links to links: https://kubernetes.io/docs/concepts/configuration/secret/ (..data points to the current one)."""
    made = keystore.ensure(directory, algorithm="ES256", now=1.0)
    mounted = tmp_path / "mounted"
    (mounted / "..2026").mkdir(parents=True)
    (mounted / "..data").symlink_to("..2026")
    for file in (*directory.glob("*.pem"), directory / "keys.json"):
        (mounted / "..2026" / file.name).write_bytes(file.read_bytes())
        (mounted / file.name).symlink_to(f"..data/{file.name}")

    assert keystore.ensure(mounted, algorithm="ES256", now=2.0).signing == made.signing


def test_a_single_key_that_nobody_wrote_down_signs(directory):
    made = keystore.ensure(directory, algorithm="ES256", now=1.0)
    (directory / "keys.json").unlink()

    assert keystore.ensure(directory, algorithm="ES256", now=2.0).signing == made.signing


def test_of_two_keys_that_nobody_wrote_down_none_signs(directory):
    keystore.ensure(directory, algorithm="ES256", now=1.0)
    keystore.add(directory, algorithm="ES256", now=1.0)
    (directory / "keys.json").unlink()

    with pytest.raises(UnusableKey):
        keystore.read(directory).ring()
