"""`manage.py keys list|generate|promote|retire|export`: what it refuses to do too early, and --force."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management import CommandError

from auth.management.commands.keys import FOLLOW_SECONDS, Command
from auth.signing_keys import directory as keystore
from auth.tokens.jwks import CACHE_LIFETIME
from tests.integration.signing_keys.support import ROOT, START, added, manage, started

PUBLISHING = CACHE_LIFETIME.total_seconds() + FOLLOW_SECONDS
OVERLAP = 15 * 60 + 30 + FOLLOW_SECONDS  # the life of an access token, the leeway, and until workers follow


@pytest.fixture
def auth(settings, tmp_path):
    """The settings of a server that keeps its keys in a directory of this test."""
    settings.AUTH = replace(settings.AUTH, keys_dir=tmp_path / "keys")
    return settings.AUTH


@pytest.fixture
def first(auth):
    return started(auth.keys_dir)


@pytest.fixture
def second(auth, first):
    return added(auth.keys_dir, now=START)


def test_generate_publishes_a_key(auth, first):
    said = manage("generate")

    [kid] = keystore.read(auth.keys_dir).keys.keys() - {first}
    assert said.startswith(f"{kid} is published. Sign with it from ")
    assert said.rstrip().endswith(f"manage.py keys promote {kid}")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_generate_makes_a_key_of_the_algorithm_asked_for(auth, first, algorithm):
    manage("generate", "--algorithm", algorithm)

    found = keystore.read(auth.keys_dir)
    [kid] = found.keys.keys() - {first}
    assert found.keys[kid].algorithm == algorithm


def test_generate_does_not_make_an_hmac_key(auth, first):
    with pytest.raises(CommandError, match="invalid choice: 'HS256'"):
        manage("generate", "--algorithm", "HS256")


def test_list_says_where_it_found_none(auth):
    assert str(auth.keys_dir) in manage("list")


def test_list_says_what_each_key_is_for(auth, first):
    second, third = added(auth.keys_dir, algorithm="EdDSA"), added(auth.keys_dir)
    keystore.promote(auth.keys_dir, second, algorithm="EdDSA", now=START)

    rows = {line.split()[0]: line.split()[1:] for line in manage("list").splitlines()}

    assert rows == {
        first: ["ES256", "verifying", "published", "2030-03-17T17:46:40Z"],
        second: ["EdDSA", "signing", "published", "2030-03-17T17:46:40Z"],
        third: ["ES256", "published", "published", "2030-03-17T17:46:40Z"],
    }


def test_no_command_prints_a_private_key(auth, first):
    said = manage("generate") + manage("list") + manage("export", first)

    lines = [line for path in auth.keys_dir.glob("*.pem") for line in path.read_text().splitlines()]
    assert len(lines) > 4
    assert [line for line in lines if line in said] == []


def test_a_key_that_verifiers_may_not_know_is_not_promoted(auth, first, second):
    with pytest.raises(CommandError, match=r"^Not yet: verifiers may not know it yet\. Wait until .*, or use --force"):
        Command().promote(auth, kid=second, now=START + PUBLISHING - 1, force=False)
    assert keystore.read(auth.keys_dir).signing == first


def test_a_key_that_verifiers_know_is_promoted(auth, first, second):
    Command().promote(auth, kid=second, now=START + PUBLISHING, force=False)

    assert keystore.read(auth.keys_dir).signing == second


def test_force_promotes_a_key_at_once(auth, first):
    second = added(auth.keys_dir, now=time.time())
    manage("promote", second, "--force")

    assert keystore.read(auth.keys_dir).signing == second


def test_a_key_whose_tokens_live_is_not_retired(auth, first, second):
    keystore.promote(auth.keys_dir, second, algorithm="ES256", now=START)

    with pytest.raises(CommandError, match=r"^Not yet: live tokens are signed with it\. Wait until"):
        Command().retire(auth, kid=first, now=START + OVERLAP - 1, force=False)
    assert first in keystore.read(auth.keys_dir).keys


def test_a_key_whose_last_token_is_dead_is_retired(auth, first, second):
    keystore.promote(auth.keys_dir, second, algorithm="ES256", now=START)

    Command().retire(auth, kid=first, now=START + OVERLAP, force=False)

    assert first not in keystore.read(auth.keys_dir).keys


def test_the_overlap_follows_the_life_of_access_tokens(auth, first, second):
    keystore.promote(auth.keys_dir, second, algorithm="ES256", now=START)
    longer = replace(auth, access_lifetime=2 * auth.access_lifetime)

    with pytest.raises(CommandError, match="live tokens"):
        Command().retire(longer, kid=first, now=START + OVERLAP, force=False)


def test_a_key_that_signed_twice_is_retired_after_the_second_time(auth, first, second):
    for number, kid in enumerate([second, first, second]):
        keystore.promote(auth.keys_dir, kid, algorithm="ES256", now=START + 1000 * number)

    with pytest.raises(CommandError, match="live tokens"):
        Command().retire(auth, kid=first, now=START + 2000 + OVERLAP - 1, force=False)


def test_a_key_that_never_signed_is_retired_at_once(auth, first, second):
    manage("retire", second)

    assert list(keystore.read(auth.keys_dir).keys) == [first]


def test_force_retires_a_key_whose_tokens_live(auth, first):
    second = added(auth.keys_dir)
    manage("promote", second, "--force")
    manage("retire", first, "--force")

    assert list(keystore.read(auth.keys_dir).keys) == [second]


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["waiting", "force"])
def test_no_waiting_and_no_force_retires_the_key_that_signs(auth, first, force):
    with pytest.raises(CommandError, match="signs; promote another key first"):
        manage("retire", first, *force)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_export_prints_the_public_half_and_nothing_else(auth, first, algorithm):
    kid = added(auth.keys_dir, algorithm=algorithm)

    said = manage("export", kid)

    assert said.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert said.endswith("-----END PUBLIC KEY-----\n")
    assert load_pem_public_key(said.encode()) == keystore.read(auth.keys_dir).keys[kid].public


@pytest.mark.parametrize("action", ["promote", "retire", "export"])
def test_an_unknown_key_is_refused(auth, first, action):
    with pytest.raises(CommandError, match=r"there is no key unknown; see manage\.py keys list"):
        manage(action, "unknown")


@pytest.mark.parametrize("change", [{"algorithm": "HS256"}, {"private_keys": b"-----BEGIN"}])
@pytest.mark.parametrize("action", [("list",), ("generate",), ("promote", "x"), ("retire", "x"), ("export", "x")])
def test_keys_of_the_environment_are_not_rotated_here(settings, auth, change, action):
    settings.AUTH = replace(auth, **change)

    with pytest.raises(CommandError, match="The keys come from the environment"):
        manage(*action)
    assert not auth.keys_dir.exists()


def test_a_broken_directory_is_one_clear_line(auth, first):
    (auth.keys_dir / "keys.json").write_text("{")

    with pytest.raises(CommandError, match=r"^keys\.json .*restore it from a backup$"):
        manage("list")


def test_it_runs_as_a_command_of_its_own(tmp_path):
    env = {**os.environ, "DATA_DIR": str(tmp_path)}
    kid = started(tmp_path / "keys")
    shown = subprocess.run(
        [sys.executable, "manage.py", "keys", "list"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )

    assert shown.stdout.split()[:3] == [kid, "ES256", "signing"]
