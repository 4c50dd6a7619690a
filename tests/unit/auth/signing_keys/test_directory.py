"""Signing keys on disk: made once, private, followed through their lives."""

import json
import multiprocessing

import pytest

from auth.signing_keys import directory as keystore
from auth.tokens.keys import UnusableKey
from tests.unit.auth.tokens.support import key, pem

NOW = 1_900_000_000.0


def ensure(directory, algorithm="ES256", now=NOW):
    return keystore.ensure(directory, algorithm=algorithm, now=now)


def first_kid(directory):
    """What a worker that starts finds (at module level, for other processes)."""
    return ensure(directory).signing


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_first_start_makes_a_key_and_signs_with_it(tmp_path, algorithm):
    ring = ensure(tmp_path, algorithm).ring()

    assert (ring.signing.algorithm, len(ring.verifying)) == (algorithm, 1)


def test_the_file_is_named_after_the_key(tmp_path):
    kid = ensure(tmp_path).signing

    assert [path.name for path in tmp_path.glob("*.pem")] == [f"{kid}.pem"]


def test_only_their_owner_can_read_the_files(tmp_path):
    ensure(tmp_path / "keys")

    files = [*(tmp_path / "keys").glob("*.pem"), tmp_path / "keys" / "keys.json"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_the_manifest_holds_no_key(tmp_path):
    ensure(tmp_path)

    assert "PRIVATE" not in (tmp_path / "keys.json").read_text()


def test_no_draft_is_left_behind(tmp_path):
    ensure(tmp_path)

    assert {path.suffix for path in tmp_path.iterdir() if path.name != ".lock"} == {".pem", ".json"}


def test_a_second_start_finds_the_same_key(tmp_path):
    assert ensure(tmp_path).signing == ensure(tmp_path, now=NOW + 86400).signing


def test_a_start_under_another_algorithm_makes_a_key_and_keeps_the_old_one(tmp_path):
    old = ensure(tmp_path).signing
    ring = ensure(tmp_path, "EdDSA").ring()

    assert ring.signing.algorithm == "EdDSA"
    assert old in ring.verifying


def test_workers_that_start_together_make_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(first_kid, [tmp_path] * 24, chunksize=1)

    assert len(set(found)) == 1
    assert len(list(tmp_path.glob("*.pem"))) == 1


@pytest.mark.parametrize("content", [b"", b"junk", b"\0\xff", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_broken_file_is_named(tmp_path, content):
    ensure(tmp_path)
    (tmp_path / "broken.pem").write_bytes(content)

    with pytest.raises(UnusableKey, match=r"broken\.pem"):
        keystore.read(tmp_path)


def test_an_unfit_key_is_named(tmp_path):
    ensure(tmp_path)
    (tmp_path / "unfit.pem").write_bytes(pem(key("RS256").private).replace(b"A", b"B", 9))

    with pytest.raises(UnusableKey, match=r"unfit\.pem"):
        ensure(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{", "null", "[]", "7", '"x"', '{"keys": []}', '{"keys": {"KID": 1}}', '{"keys": {"KID": {}}}']
)
def test_a_broken_manifest_is_named(tmp_path, content):
    kid = ensure(tmp_path).signing
    (tmp_path / "keys.json").write_text(content.replace("KID", kid))

    with pytest.raises(UnusableKey, match=r"keys\.json"):
        keystore.read(tmp_path)


def test_a_lost_manifest_of_two_keys_makes_a_new_one_and_keeps_both(tmp_path):
    old = {ensure(tmp_path).signing, keystore.add(tmp_path, algorithm="ES256", now=NOW).kid}
    (tmp_path / "keys.json").unlink()
    ring = ensure(tmp_path).ring()

    assert ring.signing.kid not in old
    assert old < ring.verifying.keys()


def test_without_a_key_there_is_no_ring(tmp_path):
    with pytest.raises(UnusableKey, match="keys generate"):
        keystore.read(tmp_path).ring()


def test_an_added_key_verifies_and_does_not_sign(tmp_path):
    signing = ensure(tmp_path).signing
    added = keystore.add(tmp_path, algorithm="ES256", now=NOW)
    ring = keystore.read(tmp_path).ring()

    assert ring.signing.kid == signing
    assert added.kid in ring.verifying


def test_a_promoted_key_signs_and_the_former_goes_on_verifying(tmp_path):
    former = ensure(tmp_path).signing
    added = keystore.add(tmp_path, algorithm="ES256", now=NOW)
    keystore.promote(tmp_path, added.kid, algorithm="ES256", now=NOW + 300)
    ring = keystore.read(tmp_path).ring()

    assert ring.signing.kid == added.kid
    assert former in ring.verifying


def test_the_life_of_a_key_is_written_down(tmp_path):
    former = ensure(tmp_path).signing
    added = keystore.add(tmp_path, algorithm="ES256", now=NOW + 10)
    keystore.promote(tmp_path, added.kid, algorithm="ES256", now=NOW + 300)
    records = keystore.read(tmp_path).records

    assert records[former] == keystore.KeyRecord(NOW, NOW, NOW + 300)
    assert records[added.kid] == keystore.KeyRecord(NOW + 10, NOW + 300)


def test_a_removed_key_verifies_nothing(tmp_path):
    ensure(tmp_path)
    added = keystore.add(tmp_path, algorithm="ES256", now=NOW)
    keystore.remove(tmp_path, added.kid)

    assert added.kid not in keystore.read(tmp_path).ring().verifying
    assert not (tmp_path / f"{added.kid}.pem").exists()


def test_the_key_that_signs_is_not_removed(tmp_path):
    with pytest.raises(UnusableKey, match="promote another key first"):
        keystore.remove(tmp_path, ensure(tmp_path).signing)


@pytest.mark.parametrize(
    "change", [keystore.remove, lambda directory, kid: keystore.promote(directory, kid, algorithm="ES256", now=NOW)]
)
@pytest.mark.parametrize("kid", ["nobody", "../keys", ""])
def test_a_key_that_is_not_there_is_neither_promoted_nor_removed(tmp_path, change, kid):
    ensure(tmp_path)

    with pytest.raises(UnusableKey, match="there is no key"):
        change(tmp_path, kid)


def test_the_fingerprint_stays_as_long_as_nothing_changes(tmp_path):
    ensure(tmp_path)
    seen = keystore.fingerprint(tmp_path)
    ensure(tmp_path)

    assert keystore.fingerprint(tmp_path) == seen


@pytest.mark.parametrize(
    "change",
    [
        lambda directory, kid: keystore.add(directory, algorithm="ES256", now=NOW),
        lambda directory, kid: keystore.promote(directory, kid, algorithm="ES256", now=NOW),
        lambda directory, kid: keystore.remove(directory, kid),
    ],
    ids=["add", "promote", "remove"],
)
def test_the_fingerprint_changes_with_every_change(tmp_path, change):
    ensure(tmp_path)
    added = keystore.add(tmp_path, algorithm="ES256", now=NOW)
    seen = keystore.fingerprint(tmp_path)
    change(tmp_path, added.kid)

    assert keystore.fingerprint(tmp_path) != seen


def test_the_manifest_is_json_that_people_can_read(tmp_path):
    kid = ensure(tmp_path).signing

    assert json.loads((tmp_path / "keys.json").read_text())["signing"] == kid
